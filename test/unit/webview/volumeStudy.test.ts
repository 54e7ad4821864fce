/** What the volume page knows of rewritten files, sizes and failures, by what it asks of a host that is played here. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type {
  ComparisonRow,
  SegmentationInfo,
  SegmentationLoaded,
  VolumeDescription,
  VolumeRequest,
  VolumeToHost,
} from '../../../src/protocol/volume';
import { compared, type Compared } from '../../../webview/volume/compared';
import { Connection } from '../../../webview/volume/connection';
import { allSaid, failures } from '../../../webview/volume/failures';
import { isFound, labelTable, type LabelTable } from '../../../webview/volume/labelTable';
import { pageNotice, paneNotice } from '../../../webview/volume/notices';
import { placeInWords } from '../../../webview/volume/placeInWords';
import { paneContent, sceneContent } from '../../../webview/volume/shown';
import { initialState, type ViewState } from '../../../webview/volume/state';
import { Study } from '../../../webview/volume/study';

const description: VolumeDescription = {
  name: 'case.nii.gz',
  format: 'NIfTI-1',
  shape: [2, 2, 2],
  spacing: [1, 2, 5],
  hasSpacing: true,
  affine: [
    [1, 0, 0, 0],
    [0, 2, 0, 0],
    [0, 0, 5, 0],
    [0, 0, 0, 1],
  ],
  orientation: 'RAS',
  hasOrientation: true,
  dimensions: 3,
  storedType: 'int16',
  channels: [{ name: 'Channel 0' }],
  openedChannel: 0,
  frames: 1,
  isColour: false,
  header: [],
  warnings: [],
  modality: 'other',
};

const segmentation = (id: string, more: Partial<SegmentationInfo> = {}): SegmentationInfo => ({
  id,
  source: 'file',
  name: id,
  detail: id,
  version: '1',
  ...more,
});

const label = segmentation('label', { source: 'label' });
const model = segmentation('model', { source: 'prediction' });

const loaded = (...voxels: [value: number, voxels: number][]): SegmentationLoaded => ({
  labels: voxels.map(([value, count]) => ({ value, name: `Organ ${value}`, isIgnored: false, voxels: count })),
  warnings: [],
});

const state = (change: Partial<ViewState> = {}): ViewState => ({
  ...initialState({ isRadiological: true, maskOpacity: 0.5 }),
  segmentations: ['label', 'model'],
  ...change,
});

/** A study, and the host's side of it. */
class Host {
  readonly sent: VolumeToHost[] = [];
  changes = 0;
  private readonly connection = new Connection(
    (message) => this.sent.push(message),
    () => undefined,
  );
  readonly study: Study;

  constructor(change: Partial<VolumeDescription> = {}) {
    this.study = new Study({ ...description, ...change }, [], this.connection, () => this.changes++);
  }

  asked(type: VolumeRequest['type']): VolumeRequest[] {
    return this.sent.filter((one): one is VolumeRequest => one.type === type);
  }

  async answer(request: VolumeRequest | undefined, result: unknown): Promise<void> {
    assert.ok(request, 'it was not asked for');
    this.connection.receive({ type: 'done', id: request.id, result: result as never });
    await settled();
  }

  async reject(request: VolumeRequest | undefined, message: string): Promise<void> {
    assert.ok(request, 'it was not asked for');
    this.connection.receive({ type: 'rejected', id: request.id, failure: { code: 'x', message, hint: 'Do this.' } });
    await settled();
  }
}

/** Answers pass through a few promises. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a mask that was rewritten', () => {
  it('is read again, and what was compared with it is void', async () => {
    const host = new Host();
    const { study } = host;
    study.setSegmentations([label, model]);
    for (const id of ['label', 'model']) study.mask(id);
    for (const request of host.asked('loadSegmentation')) await host.answer(request, loaded([1, 10]));
    compared(study, state());
    await host.answer(host.asked('compare')[0], { rows: [], meanDice: 0.5, warnings: [] });
    study.setSegmentations([label, { ...model, version: '2' }]);
    assert.equal(study.mask('label').state, 'ready');
    assert.equal(study.mask('model').state, 'loading');
    assert.equal(compared(study, state())?.outcome?.state, 'loading');
    assert.equal(host.asked('loadSegmentation').length, 3);
    assert.equal(host.asked('compare').length, 2);
  });

  it('is not shown by the late answer of what was in it before', async () => {
    const host = new Host();
    host.study.setSegmentations([model]);
    host.study.mask('model');
    host.study.setSegmentations([{ ...model, version: '2' }]);
    host.study.mask('model');
    const [old, now] = host.asked('loadSegmentation');
    assert.ok(host.sent.some((one) => one.type === 'cancel' && one.id === old?.id));
    await host.answer(old, loaded([1, 10]));
    assert.equal(host.study.mask('model').state, 'loading');
    await host.answer(now, loaded([1, 20]));
    assert.equal(host.study.mask('model').state, 'ready');
  });

  it('leaves a page that is gone alone', async () => {
    const host = new Host();
    host.study.setSegmentations([model]);
    host.study.mask('model');
    host.study.dispose();
    const before = host.changes;
    await host.answer(host.asked('loadSegmentation')[0], loaded([1, 10]));
    assert.equal(host.changes, before);
  });
});

/** What is said of an image, as far as it matters here. */
const image = { scaling: { slope: 1, intercept: 0 }, range: null, window: null };

describe('a mask over time', () => {
  const ofFrame = (frame: number): SegmentationLoaded => ({ ...loaded([1, 10]), ofFrame: frame });
  it('of the frame before is not shown when the slider moves, whether it was there or came late', async () => {
    const host = new Host({ frames: 3 });
    const { study } = host;
    study.setSegmentations([model]);
    study.showImage(0, 0);
    study.mask('model');
    await host.answer(host.asked('loadImage')[0], image);
    study.showImage(0, 1);
    // It was asked for at frame 0, and comes while frame 1 is being read.
    await host.answer(host.asked('loadSegmentation')[0], ofFrame(0));
    assert.equal(study.mask('model').state, 'loading');
    assert.equal(host.asked('loadSegmentation').length, 1);
    await host.answer(host.asked('loadImage')[1], image);
    study.mask('model');
    await host.answer(host.asked('loadSegmentation')[1], ofFrame(1));
    assert.equal(study.mask('model').state, 'ready');
    study.showImage(0, 2);
    assert.equal(study.mask('model').state, 'loading');
    // The image came first.
    await host.answer(host.asked('loadImage')[2], image);
    await host.answer(host.asked('loadSegmentation')[2], ofFrame(1));
    assert.equal(study.mask('model').state, 'loading');
    assert.equal(host.asked('loadSegmentation').length, 4);
  });

  it('stays where another channel of the same frame is shown, and so does one without time', async () => {
    const host = new Host({ frames: 3 });
    const { study } = host;
    study.setSegmentations([label, model]);
    study.showImage(0, 0);
    for (const id of ['label', 'model']) study.mask(id);
    const [first, second] = host.asked('loadSegmentation');
    await host.answer(first, loaded([1, 1]));
    await host.answer(second, ofFrame(0));
    study.showImage(1, 0);
    await host.answer(host.asked('loadImage')[1], image);
    assert.deepEqual([study.mask('label').state, study.mask('model').state], ['ready', 'ready']);
    study.showImage(1, 1);
    assert.deepEqual([study.mask('label').state, study.mask('model').state], ['ready', 'loading']);
  });
});

describe('answers for a page that was here before', () => {
  it('find no question of this one', () => {
    const asked: VolumeToHost[] = [];
    const first = new Connection(
      (message) => asked.push(message),
      () => undefined,
    );
    first.ask('loadImage', { channel: 0, frame: 0 });
    const second = new Connection(
      (message) => asked.push(message),
      () => undefined,
    );
    second.ask('loadImage', { channel: 0, frame: 0 });
    const [before, now] = asked.map((one) => ('id' in one ? one.id : NaN));
    assert.notEqual(before, now);
  });

  it('are dropped with their document', async () => {
    const asked: VolumeToHost[] = [];
    const connection = new Connection(
      (message) => asked.push(message),
      () => undefined,
    );
    let answers = 0;
    const count = (): number => answers++;
    connection.ask('compare', { prediction: 'a', reference: 'b' }).answer.then(count, count);
    connection.dropQuestions();
    const [request] = asked as VolumeRequest[];
    connection.receive({ type: 'done', id: request!.id, result: { rows: [], meanDice: null, warnings: [] } });
    await settled();
    assert.equal(answers, 0);
  });
});

describe('sizes of labels', () => {
  it('are listed for every segmentation shown, those by hand as well', async () => {
    const host = new Host();
    const { study } = host;
    const manual = segmentation('manual', { isOfRegion: true });
    study.setSegmentations([label, manual]);
    const view = state({ segmentations: ['label', 'manual'] });
    labelTable(study, view, undefined);
    const [first, second] = host.asked('loadSegmentation');
    await host.answer(first, loaded([1, 1000], [2, 7]));
    assert.deepEqual(labelTable(study, view, undefined).rows[0]?.sizes, [
      { voxels: 1000, amount: '10.0', count: '1,000 voxels' },
      undefined,
    ]);
    await host.answer(second, loaded([2, 200]));
    const table = labelTable(study, view, undefined);
    assert.equal(table.unit, 'ml');
    assert.deepEqual(
      table.columns.map(({ name, isOfRegion }) => [name, isOfRegion]),
      [
        ['label', false],
        ['manual', true],
      ],
    );
    assert.deepEqual(
      table.rows.map(({ name, sizes }) => [name, ...sizes.map((size) => `${size?.amount} ${size?.voxels}`)]),
      [
        ['Organ 1', '10.0 1000', '0 0'],
        ['Organ 2', '0.0700 7', '2.00 200'],
      ],
    );
  });

  it('are listed with their Dice of 0 for an empty mask that is shown alone', async () => {
    const host = new Host();
    const { study } = host;
    study.setSegmentations([label, model]);
    const view = state({ segmentations: ['model'] });
    labelTable(study, view, undefined);
    await host.answer(host.asked('loadSegmentation')[0], loaded());
    const row = (key: string, labels: number[], dice: number | null): ComparisonRow => ({
      ...{ key, name: key, labels, dice, iou: dice, truePositive: 0, falsePositive: 0, falseNegative: 5 },
      ...{ referenceVolumeMm3: 5, predictionVolumeMm3: 0 },
    });
    const rows = [row('2', [2], 0), row('1', [1], 0), row('3', [3], null), row('(1, 2)', [1, 2], 0)];
    const of: Compared = {
      pair: { prediction: 'model', reference: 'label' },
      outcome: { state: 'ready', value: { rows, meanDice: 0, warnings: [] } },
    };
    const listed = (table: LabelTable) =>
      table.rows.map(({ value, sizes, overlap }) => [value, sizes[0]?.voxels, overlap?.dice]);
    assert.deepEqual(listed(labelTable(study, view, of)), [
      [1, 0, 0],
      [2, 0, 0],
    ]);
    // Nothing shown, nothing listed.
    assert.deepEqual(listed(labelTable(study, state({ segmentations: [] }), of)), []);
  });

  it('are voxels where the file does not tell how large they are', async () => {
    const host = new Host({ hasSpacing: false });
    host.study.setSegmentations([label]);
    host.study.mask('label');
    await host.answer(host.asked('loadSegmentation')[0], loaded([1, 1]));
    const { unit, rows } = labelTable(host.study, state({ segmentations: ['label'] }), undefined);
    assert.equal(unit, undefined);
    assert.deepEqual(rows[0]?.sizes, [{ voxels: 1, amount: undefined, count: '1 voxel' }]);
  });

  it('are pixels in a picture', async () => {
    const host = new Host({ hasSpacing: false, dimensions: 2 });
    host.study.setSegmentations([label]);
    host.study.mask('label');
    await host.answer(host.asked('loadSegmentation')[0], loaded([1, 2]));
    const { arePixels, rows } = labelTable(host.study, state({ segmentations: ['label'] }), undefined);
    assert.deepEqual([arePixels, rows[0]?.sizes[0]?.count], [true, '2 pixels']);
  });

  it('are found by a part of the name', () => {
    assert.ok(isFound('Left Kidney', ' kid') && !isFound('Left Kidney', 'liver') && isFound('x', ''));
  });

  it('have the colour that the person chose', async () => {
    const host = new Host();
    host.study.setSegmentations([label]);
    host.study.mask('label');
    await host.answer(host.asked('loadSegmentation')[0], loaded([1, 1]));
    host.study.colours = { 1: [1, 2, 3] };
    assert.deepEqual(labelTable(host.study, state({ segmentations: ['label'] }), undefined).rows[0]?.colour, [1, 2, 3]);
  });
});

describe('Dice', () => {
  it('is asked for by the page only for a prediction against the label', async () => {
    const host = new Host();
    const { study } = host;
    study.setSegmentations([label, segmentation('manual')]);
    const pair = { prediction: 'manual', reference: 'label' };
    assert.deepEqual(compared(study, state()), { pair, outcome: undefined });
    assert.equal(host.asked('compare').length, 0);
    study.comparisons.ask(pair);
    assert.equal(compared(study, state())?.outcome?.state, 'loading');
    study.setSegmentations([label, model]);
    compared(study, state());
    const [, unasked] = host.asked('compare') as ({ prediction: string; reference: string } & VolumeRequest)[];
    assert.deepEqual([unasked?.prediction, unasked?.reference], ['model', 'label']);
  });
});

describe('a failure', () => {
  it('is said once, wherever else the same reason stands', async () => {
    const host = new Host();
    const { study } = host;
    study.setSegmentations([label, model]);
    const view = state({ layout: { kind: 'difference', prediction: 'model', reference: 'label' } });
    failures(study, view);
    for (const request of host.asked('loadSegmentation')) await host.reject(request, 'The file is damaged.');
    failures(study, view);
    for (const request of [...host.asked('compare'), ...host.asked('difference')])
      await host.reject(request, 'The file is damaged.');
    const said = failures(study, view);
    assert.deepEqual(
      allSaid(said).map(({ message }) => message),
      ['The file is damaged.'],
    );
    assert.deepEqual([...said.masks.keys()], ['label']);
    // The sheet says it; without the sheet the panes do, all of them together.
    study.image.load = { state: 'ready', value: {} as never, voxels: new Uint8Array(8) };
    assert.equal(pageNotice(study, view, true), undefined);
    assert.deepEqual(pageNotice(study, view, false), {
      message: 'The file is damaged.',
      hint: 'Do this.',
      isError: true,
    });
    assert.equal(paneNotice(study, view, undefined, false), undefined);
  });

  it('of the image is said over all panes, and the image is not asked for again by itself', async () => {
    const host = new Host();
    host.study.showImage(0, 0);
    await host.reject(host.asked('loadImage')[0], 'The file is cut short.');
    host.study.showImage(0, 0);
    assert.equal(host.asked('loadImage').length, 1);
    assert.equal(pageNotice(host.study, state({ segmentations: [] }), true)?.message, 'The file is cut short.');
    assert.equal(paneNotice(host.study, state({ segmentations: [] }), undefined, false), undefined);
    host.study.image.retry();
    assert.equal(host.asked('loadImage').length, 2);
  });
});

describe('an image', () => {
  it('has whole values by what is stored and how it is scaled', async () => {
    const hasWhole = async (storedType: string, slope: number): Promise<boolean> => {
      const host = new Host({ storedType });
      host.study.showImage(0, 0);
      await host.answer(host.asked('loadImage')[0], {
        scaling: { slope, intercept: -1024 },
        range: null,
        window: null,
      });
      return host.study.image.hasWholeValues;
    };
    assert.deepEqual(await Promise.all([hasWhole('int16', 1), hasWhole('int16', 0.5), hasWhole('float32', 1)]), [
      true,
      false,
      false,
    ]);
  });
});

describe('a place', () => {
  it('is told in pixels of a picture, and no label is said of a mask that is not there yet', async () => {
    const host = new Host({ dimensions: 2, shape: [4, 2, 1], hasSpacing: false });
    host.study.setSegmentations([label]);
    assert.equal(placeInWords(host.study, ['label'], [1, 2, 0]), 'Pixel 1, 1');
    await host.reject(host.asked('loadSegmentation')[0], 'The file is damaged.');
    assert.equal(placeInWords(host.study, ['label'], [1, 2, 0]), 'Pixel 1, 1');
  });
});

describe('hidden masks', () => {
  it('are said to be hidden, where there are any', () => {
    const host = new Host();
    host.study.setSegmentations([label]);
    assert.match(paneNotice(host.study, state(), undefined, true)?.message ?? '', /Masks are hidden/);
    assert.equal(paneNotice(host.study, state({ segmentations: [] }), undefined, true), undefined);
  });
});

describe('a label map that is opened alone', () => {
  it('is seen by its colours, not as greys below them', async () => {
    const host = new Host();
    const { study } = host;
    study.image.load = { state: 'ready', value: {} as never, voxels: new Uint8Array(8) };
    const view = state({ segmentations: ['opened'] });
    study.setSegmentations([segmentation('opened', { isOpened: true })]);
    assert.ok(paneContent(study, view, undefined, false).image, 'greys until the labels have come');
    await host.answer(host.asked('loadSegmentation')[0], loaded([1, 4]));
    const { image, overlays } = paneContent(study, view, undefined, false);
    assert.equal(image, undefined);
    assert.deepEqual([overlays[0]?.isOutline, overlays[0]?.styleOf(1).opacity], [false, 1]);
    assert.ok(paneContent(study, view, undefined, true).image);
  });

  it('is asked for once: its voxels are those of the image, where they are the labels', async () => {
    const labels = [{ value: 1, voxels: 4 }];
    const opening = async (change: Partial<VolumeDescription>, value: object) => {
      const host = new Host(change);
      const { study } = host;
      study.setSegmentations([segmentation('opened', { isOpened: true })]);
      study.showImage(0, 0);
      assert.equal(study.mask('opened').state, 'loading');
      assert.deepEqual(host.asked('loadSegmentation'), [], 'not before the image says what it is');
      await host.answer(host.asked('loadImage')[0], { ...image, labels, ...value });
      study.mask('opened');
      const [request] = host.asked('loadSegmentation');
      await host.answer(request, loaded([1, 4]));
      const [mask, { load }] = [study.mask('opened'), study.image];
      const isSame = mask.state === 'ready' && load.state === 'ready' && mask.voxels === load.voxels;
      return [request?.type === 'loadSegmentation' && request.isShown, isSame];
    };
    assert.deepEqual(await opening({}, {}), [true, true]);
    const others = [
      await opening({}, { scaling: { slope: 2, intercept: 0 } }),
      await opening({}, { labels: null }),
      await opening({}, { labels: [{ value: 2 ** 24 + 1, voxels: 4 }] }),
      await opening({ frames: 2 }, {}),
    ];
    for (const one of others) assert.deepEqual(one, [undefined, false]);
  });

  it('is not drawn as a translucent volume before its surfaces', async () => {
    const host = new Host();
    const { study } = host;
    const view = state({ segmentations: ['opened'] });
    const awaits = (): boolean => sceneContent(study, view, false).awaitsLabels;
    study.showImage(0, 0);
    await host.answer(host.asked('loadImage')[0], { ...image, labels: [{ value: 1, voxels: 4 }] });
    assert.ok(awaits(), 'it is offered as a label map soon');
    study.setSegmentations([segmentation('opened', { isOpened: true })]);
    assert.ok(awaits(), 'it is being loaded');
    await host.answer(host.asked('loadSegmentation')[0], loaded([1, 4]));
    assert.ok(!awaits());
    const scan = new Host();
    scan.study.showImage(0, 0);
    await scan.answer(scan.asked('loadImage')[0], { ...image, labels: null });
    assert.ok(!sceneContent(scan.study, state({ segmentations: [] }), false).awaitsLabels);
  });
});
