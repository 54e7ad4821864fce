import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CurveColumns, CurveRun } from '../../../src/protocol/curves';
import { downsampled, mergeRows, smoothed } from '../../../webview/curves/columns';
import { curvesCsv } from '../../../webview/curves/csv';
import { aligned, axisName, axisTexts, ownRange, waitingText } from '../../../webview/curves/chartData';
import {
  formatValue,
  makeCharts,
  readoutItems,
  rowOfEpoch,
  type Chart,
  type ShownRun,
} from '../../../webview/curves/series';
import { curvesPicture, ticks } from '../../../webview/curves/svg';

function columns(length: number, from = 0): CurveColumns {
  const column = (value: (row: number) => number) => Float64Array.from({ length }, (_, row) => value(from + row));
  return {
    epoch: column((row) => row),
    trainLoss: column((row) => -row / 100),
    valLoss: column(() => -0.5),
    meanDice: column(() => 0.5),
    emaDice: column(() => 0.6),
    learningRate: column(() => 0.01),
    seconds: column(() => 10),
    dice: [column(() => 0.4), column(() => NaN)],
  };
}

function run(name: string, changes: Partial<CurveRun> = {}): CurveRun {
  return {
    id: `/runs/${name}`,
    name,
    detail: '',
    state: 'running',
    classNames: ['Anterior', 'Posterior'],
    plannedEpochs: null,
    bestEpoch: null,
    notes: [],
    ...changes,
  };
}

const shown = (name: string, index: number, length = 10): ShownRun => ({
  run: run(name),
  columns: columns(length),
  index,
});
const iterations = { iteration: Float64Array.of(1, 5, 9), loss: Float64Array.of(2, NaN, 1) };
const begun = (epochs: number): ShownRun => ({ ...shown('a', 0, epochs), iterations });
const plain = { smoothing: 0, logScale: false, showClasses: true };

describe('rows that arrive', () => {
  it('are put after the rows that stay', () => {
    const merged = mergeRows(columns(5), 3, columns(4, 3));
    assert.deepEqual([...merged.epoch], [0, 1, 2, 3, 4, 5, 6]);
    assert.equal(merged.dice[1]!.length, 7);
  });

  it('replace everything from the first row on', () => {
    assert.equal(mergeRows(columns(5), 0, columns(2)).epoch.length, 2);
  });

  it('may bring a class that was not there before', () => {
    const before = { ...columns(2), dice: [] };
    assert.deepEqual([...mergeRows(before, 2, columns(1, 2)).dice[0]!], [NaN, NaN, 0.4]);
  });
});

describe('smoothing', () => {
  it('keeps a constant, without a slow start from zero', () => {
    smoothed(Float64Array.of(3, 3, 3), 20).forEach((value) => assert.ok(Math.abs(value - 3) < 1e-12));
  });

  it('leaves gaps where they are and is off for a span of 0', () => {
    const values = Float64Array.of(1, NaN, 2);
    assert.ok(Number.isNaN(smoothed(values, 5)[1]));
    assert.ok(smoothed(values, 5)[2]! > 1);
    assert.equal(smoothed(values, 0), values);
  });
});

describe('downsampling', () => {
  const x = Float64Array.from({ length: 10_000 }, (_, index) => index);

  it('keeps every peak, the ends and the order', () => {
    const y = new Float64Array(10_000);
    y[1234] = 9;
    y[8765] = -7;
    const points = downsampled(x, y, 200);
    assert.ok(points.x.length <= 1000, `${points.x.length} points`);
    assert.equal(points.y[points.x.indexOf(1234)], 9);
    assert.equal(points.y[points.x.indexOf(8765)], -7);
    assert.deepEqual([points.x[0], points.x.at(-1)], [0, 9999]);
    assert.ok(points.x.every((value, index) => index === 0 || value > points.x[index - 1]!));
  });

  it('keeps a gap of a single epoch', () => {
    const y = new Float64Array(10_000);
    y[5555] = NaN;
    const points = downsampled(x, y, 200);
    assert.ok(Number.isNaN(points.y[points.x.indexOf(5555)]));
  });

  it('leaves a short curve alone', () => assert.equal(downsampled(x.subarray(0, 50), x, 200).x.length, 50));
});

describe('the charts', () => {
  it('colour the lines of one run by what they are, of several by run', () => {
    const [loss] = makeCharts([shown('a', 0)], plain);
    assert.deepEqual(
      loss!.lines.map(({ label, color }) => [label, color]),
      [
        ['train', 0],
        ['validation', 1],
      ],
    );
    const [both] = makeCharts([shown('a', 0), shown('b', 3)], plain);
    assert.deepEqual(
      both!.lines.map(({ color }) => color),
      [0, 0, 3, 3],
    );
    assert.notDeepEqual(both!.lines[0]!.dash, both!.lines[1]!.dash);
  });

  it('name the classes and can leave them out', () => {
    const labels = (showClasses: boolean) =>
      makeCharts([shown('a', 0)], { ...plain, showClasses })[1]!.lines.map(({ label }) => label);
    assert.deepEqual(labels(true), ['Anterior', 'Posterior', 'mean', 'moving average']);
    assert.deepEqual(labels(false), ['mean', 'moving average']);
    const [, dice] = makeCharts([shown('a', 0)], plain);
    assert.deepEqual(
      readoutItems(dice!).map(({ label }) => label),
      ['moving average', 'mean', 'Anterior', 'Posterior'],
    );
  });

  it('draw the recorded line faintly behind the smoothed one, and read out what was recorded', () => {
    const [loss] = makeCharts([shown('a', 0)], { ...plain, smoothing: 5 });
    assert.deepEqual(
      loss!.lines.map(({ isBackground }) => isBackground),
      [true, false, true, false],
    );
    assert.equal(readoutItems(loss!)[0]!.lines[0]!.values[9], -9 / 100);
  });

  it('show the loss above its lowest possible value on a logarithmic scale', () => {
    const [loss] = makeCharts([shown('a', 0)], { ...plain, logScale: true });
    assert.equal(loss!.isLogarithmic, true);
    assert.ok(Math.abs(loss!.lines[0]!.drawn[9]! - 0.91) < 1e-12);
  });

  it('do not let one slow epoch flatten all others', () => {
    const slow = shown('a', 0, 100);
    slow.columns.seconds[0] = 500;
    const range = makeCharts([slow], plain)[3]!.range!;
    assert.ok(range[1] < 20 && range[0] < 10);
    assert.equal(makeCharts([shown('a', 0, 100)], plain)[3]!.range, undefined);
  });

  it('have one legend entry a run where there are several', () => {
    const charts = makeCharts([shown('a', 0), shown('b', 1)], plain);
    assert.deepEqual(
      readoutItems(charts[1]!).map(({ label }) => label),
      ['a', 'b'],
    );
  });

  it('find the row of an epoch, and none for one that is missing', () => {
    assert.equal(rowOfEpoch(Float64Array.of(0, 1, 5), 5), 2);
    assert.equal(rowOfEpoch(Float64Array.of(0, 1, 5), 3), -1);
  });

  it('write numbers as people read them', () => {
    assert.equal(formatValue('loss', -0.5), '−0.5000');
    assert.equal(formatValue('learningRate', 0.00002), '2.00e−5');
    assert.equal(formatValue('seconds', 18.72), '18.7 s');
    assert.equal(formatValue('dice', NaN), 'NaN');
  });
});

describe('the chart of a training that has just begun', () => {
  const [loss, dice] = makeCharts([begun(0)], plain) as [Chart, Chart];

  it('draws its iterations, over an axis of its own and without gaps for those that were not told', () => {
    assert.deepEqual([loss.id, loss.unit, loss.title], ['loss', 'iteration', 'Loss of each iteration']);
    assert.deepEqual(aligned(loss), [
      [1, 5, 9],
      [2, null, 1],
    ]);
    assert.deepEqual(ownRange(loss), [1, 9]);
    assert.equal(waitingText(loss), '');
    assert.equal(waitingText(dice), 'Drawn once the first epoch is finished');
  });

  it('draws epochs as soon as there are two, of any training shown', () => {
    assert.equal(makeCharts([begun(1)], plain)[0]!.unit, 'iteration');
    assert.equal(makeCharts([begun(2)], plain)[0]!.unit, 'epoch');
    assert.equal(makeCharts([begun(0), shown('b', 1)], plain)[0]!.unit, 'epoch');
  });

  it('shows epochs that are missing as gaps', () => {
    const chart = makeCharts([{ ...shown('a', 0, 3), columns: columns(2, 1) }], plain)[0]!;
    assert.deepEqual(aligned(chart)[1], [null, -0.01, -0.02]);
  });
});

describe('the table', () => {
  it('has a line for each run and epoch, with both ways of counting', () => {
    const lines = curvesCsv([shown('a', 0, 2), shown('b', 1, 1)])
      .trimEnd()
      .split('\r\n');
    assert.equal(
      lines[0],
      'run,epoch,nnunet_epoch,train_loss,validation_loss,mean_pseudo_dice,ema_pseudo_dice,learning_rate,seconds,pseudo_dice Anterior,pseudo_dice Posterior',
    );
    assert.equal(lines[2], 'a,2,1,-0.01,-0.5,0.5,0.6,0.01,10,0.4,');
    assert.equal(lines.length, 4);
  });

  it('quotes names, and disarms those that a spreadsheet would run', () => {
    const text = curvesCsv([{ ...shown('=cmd, "x"', 0, 1) }]);
    assert.ok(text.includes('\r\n"\'=cmd, ""x""",1,0,'));
  });
});

describe('the picture', () => {
  const options = { title: 'a <b> & "c"', color: (index: number) => `#00000${index}`, from: 1, to: 100, best: [50] };

  it('is well-formed SVG with a path per line, escaped texts and the best epoch', () => {
    const charts = makeCharts([shown('a', 0, 100)], plain);
    const { svg, width, height } = curvesPicture(charts, options);
    assert.ok(svg.startsWith(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"`));
    assert.ok(svg.includes('<title>a &lt;b&gt; &amp; &quot;c&quot;</title>'));
    assert.equal(
      svg.match(/<path /g)!.length,
      charts.reduce((sum, { lines }) => sum + lines.length, 0),
    );
    assert.equal(svg.match(/Best epoch 50/g)!.length, 2);
    assert.ok(!/NaN|Infinity|undefined/.test(svg));
    const tags = [...svg.matchAll(/<(\/?)([a-zA-Z]+)[^>]*?(\/?)>/g)].reduce<string[]>(
      (open, [, closes, name, empty]) => {
        if (closes) assert.equal(open.pop(), name);
        else if (!empty) open.push(name!);
        return open;
      },
      [],
    );
    assert.deepEqual(tags, []);
  });

  it('runs over iterations, and names them, where there is no second epoch', () => {
    const charts = makeCharts([begun(1)], plain);
    assert.deepEqual(charts.map(axisName), ['Iteration', 'Epoch', 'Epoch', 'Epoch']);
    const { svg } = curvesPicture(charts, { ...options, to: 2, best: [1] });
    const names = [...svg.matchAll(/>(Epoch|Iteration)</g)].map(([, name]) => name);
    assert.deepEqual(names, charts.map(axisName));
    const loss = svg.split('clipPath id="plot1"')[0]!;
    const points = [.../ d="([^"]*)"/.exec(loss)![1]!.matchAll(/[ML]([\d.]+) /g)].map(([, x]) => Number(x));
    assert.deepEqual(points, [64, 572], 'from edge to edge');
    assert.equal(svg.match(/Best epoch 1/g)!.length, 1);
  });

  it('stays small for ten thousand epochs', () => {
    const charts = makeCharts([shown('a', 0, 10_000)], plain);
    assert.ok(curvesPicture(charts, { ...options, to: 10_000 }).svg.length < 500_000);
  });

  it('has round numbers on its axes', () => {
    assert.deepEqual(ticks(-0.95, -0.2, 5), [-0.8, -0.6, -0.4, -0.2]);
    assert.deepEqual(ticks(1, 1000, 7), [200, 400, 600, 800, 1000]);
  });

  it('writes the numbers of one axis alike', () => {
    assert.deepEqual(axisTexts([0, 2e-4, 4e-4, 6e-4, 8.0000000000000004e-4, 1e-3]), [
      ...['0', '0.0002', '0.0004', '0.0006', '0.0008', '0.0010'],
    ]);
    assert.deepEqual(axisTexts([-0.1, 0, 0.1, 0.30000000000000004]), ['−0.1', '0', '0.1', '0.3']);
    assert.deepEqual(axisTexts([0.8, 0.82, null]), ['0.80', '0.82', '']);
    assert.deepEqual(axisTexts([1e-6, 1e-5, 1e-2]), ['1e−6', '1e−5', '1e−2']);
    assert.deepEqual(axisTexts([0, 5, 12.5]), ['0', '5.0', '12.5']);
  });
});
