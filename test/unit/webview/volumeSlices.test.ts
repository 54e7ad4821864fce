/** How the volume editor paints slices, chooses contrast and colours, and keeps its state. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  falseNegative,
  falsePositive,
  fromHex,
  labelColour,
  toHex,
  type Colour,
} from '../../../webview/volume/colours';
import { Connection, HostError, SlabCollector } from '../../../webview/volume/connection';
import { labelOutlines, paintIntensities, paintLabels, type Slice } from '../../../webview/volume/slices';
import { restoredState } from '../../../webview/volume/state';
import { autoWindow, draggedWindow } from '../../../webview/volume/windowing';
import type { VolumeToHost } from '../../../src/protocol/volume';

const slice = (width: number, values: number[]): Slice => ({
  width,
  height: values.length / width,
  values: Float32Array.from(values),
});

describe('painting of slices', () => {
  it('runs from black to white through the window and leaves the outside clear', () => {
    const rgba = new Uint8ClampedArray(16);
    paintIntensities(slice(4, [-50, 99.9, 500, NaN]), { low: 0, high: 200 }, rgba);
    assert.deepEqual([...rgba], [0, 0, 0, 255, 127, 127, 127, 255, 255, 255, 255, 255, 0, 0, 0, 0]);
  });

  it('fills visible labels only', () => {
    const rgba = new Uint8ClampedArray(12);
    paintLabels(slice(3, [0, 1, 2]), (label) => ({ colour: [10, 20, 30], opacity: 0.5, isVisible: label === 1 }), rgba);
    assert.deepEqual([...rgba], [0, 0, 0, 0, 10, 20, 30, 128, 0, 0, 0, 0]);
  });

  it('outlines a label along the edges of its pixels, in joined lines', () => {
    const lines = labelOutlines(slice(4, [0, 0, 0, 0, 0, 7, 7, 0, 0, 0, 0, 0])).get(7) ?? [];
    const found = new Set<string>();
    for (let i = 0; i < lines.length; i += 4) found.add(lines.slice(i, i + 4).join(' '));
    assert.deepEqual(found, new Set(['1 1 3 1', '1 2 3 2', '1 1 1 2', '3 1 3 2']));
    assert.equal(lines.length, 16);
  });

  it('gives neighbours their own outlines, and closes labels at the border', () => {
    const outlines = labelOutlines(slice(2, [1, 2]));
    assert.equal(outlines.get(1)?.length, 16);
    assert.equal(outlines.get(2)?.length, 16);
  });
});

describe('contrast', () => {
  it('leaves the background and single bright voxels out of the automatic window', () => {
    const values = new Float32Array(10_000);
    for (let i = 6000; i < 10_000; i++) values[i] = 100 + (i % 100);
    values[9999] = 1e6;
    const { low, high } = autoWindow(values);
    assert.equal(low, 0);
    assert.ok(high >= 190 && high <= 199, String(high));
  });

  it('is never empty, also for constant, empty and non-finite data', () => {
    for (const values of [new Int16Array(8).fill(3), new Float32Array(0), new Float32Array(4).fill(NaN)]) {
      const { low, high } = autoWindow(values);
      assert.ok(low < high);
    }
  });

  it('gets wider to the right and brighter upwards', () => {
    assert.deepEqual(draggedWindow({ low: 0, high: 300 }, 300, 0, 300), { low: -150, high: 450 });
    assert.deepEqual(draggedWindow({ low: 0, high: 300 }, 0, 150, 300), { low: -150, high: 150 });
  });
});

/** Distance as seen with one kind of cone missing (Viénot, Brettel and Mollon 1999), in linear light. */
function seenDistance(a: Colour, b: Colour, matrix: readonly number[]): number {
  const see = (colour: Colour): number[] => {
    const linear = colour.map((value) => (value / 255) ** 2.2);
    return [0, 1, 2].map((row) => linear.reduce((sum, value, i) => sum + value * (matrix[3 * row + i] ?? 0), 0));
  };
  const [x, y] = [see(a), see(b)];
  return Math.hypot(...x.map((value, i) => Math.max(value, 0) ** (1 / 2.2) - Math.max(y[i] ?? 0, 0) ** (1 / 2.2)));
}

const normal = [1, 0, 0, 0, 1, 0, 0, 0, 1];
const protan = [0.11238, 0.88762, 0, 0.11238, 0.88762, 0, 0.00401, -0.00401, 1];
const deutan = [0.29275, 0.70725, 0, 0.29275, 0.70725, 0, -0.02234, 0.02234, 1];

describe('label colours', () => {
  it('are told apart among the first eight, also with red or green cones missing', () => {
    for (const matrix of [normal, protan, deutan])
      for (let a = 1; a <= 8; a++)
        for (let b = a + 1; b <= 8; b++) {
          const distance = seenDistance(labelColour(a), labelColour(b), matrix);
          assert.ok(distance > 0.08, `labels ${a} and ${b}: ${distance.toFixed(3)}`);
        }
  });

  it('tell false positive from false negative for everyone', () => {
    for (const matrix of [normal, protan, deutan]) assert.ok(seenDistance(falsePositive, falseNegative, matrix) > 0.4);
  });

  it('do not repeat in 200 labels, and survive hex', () => {
    const colours = Array.from({ length: 200 }, (_, i) => toHex(labelColour(i + 1)));
    assert.equal(new Set(colours).size, 200);
    assert.deepEqual(fromHex('#E69F00'), [230, 159, 0]);
    assert.equal(fromHex('red'), undefined);
  });
});

describe('talk with the host', () => {
  it('settles each request once, with its slabs in any order', async () => {
    const sent: VolumeToHost[] = [];
    const connection = new Connection(
      (message) => sent.push(message),
      () => assert.fail('nothing was announced'),
    );
    const collector = new SlabCollector(2, 2);
    const { answer } = connection.ask('loadSegmentation', { segmentation: 'a' }, collector.add);
    const id = (sent[0] as { id: number }).id;
    const slab = (firstSlice: number, values: number[], count: number): void =>
      connection.receive({
        type: 'slab',
        id,
        voxelType: 'uint8',
        firstSlice,
        slices: 1,
        data: Uint8Array.from(values).buffer,
        sent: count,
      });
    slab(1, [3, 4], 1);
    slab(0, [1, 2], 2);
    connection.receive({ type: 'done', id, result: { labels: [], warnings: [] } });
    assert.deepEqual(await answer, { labels: [], warnings: [] });
    assert.deepEqual(collector.voxels, Uint8Array.from([1, 2, 3, 4]));
  });

  it('turns a rejection into an error for the person', async () => {
    const sent: VolumeToHost[] = [];
    const connection = new Connection(
      (message) => sent.push(message),
      () => assert.fail('nothing was announced'),
    );
    const { answer } = connection.ask('compare', { prediction: 'a', reference: 'b' });
    connection.receive({
      type: 'rejected',
      id: (sent[0] as { id: number }).id,
      failure: { code: 'gone', message: 'The file is gone', hint: 'Predict again' },
    });
    await assert.rejects(answer, (error) => error instanceof HostError && error.failure.code === 'gone');
  });
});

describe('kept state of the volume editor', () => {
  const settings = { isRadiological: true, maskOpacity: 0.5 };

  it('comes back as it was', () => {
    const kept = { ...restoredState(undefined, settings), zoom: 3, hiddenLabels: [2], window: { low: -5, high: 9 } };
    kept.crosshair = [1, 2, 3];
    kept.layout = { kind: 'compare', plane: 'sagittal', segmentations: ['a', 'b'] };
    assert.deepEqual(restoredState(JSON.parse(JSON.stringify(kept)), settings), kept);
  });

  it('survives nonsense', () => {
    const nonsense = {
      version: 1,
      zoom: 'x',
      layout: { kind: 'single', plane: 'up' },
      window: { low: 3, high: 3 },
      hiddenLabels: {},
    };
    assert.deepEqual(restoredState(nonsense, settings), restoredState(undefined, settings));
    assert.deepEqual(restoredState('text', settings), restoredState(undefined, settings));
  });
});
