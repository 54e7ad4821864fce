import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { writeVolume } from '../../../../src/images/write';
import type { LabelBox } from '../../../../src/pipeline/prediction/predictPreview';
import type { VolumeRequests, VolumeToHost, VolumeToWebview } from '../../../../src/protocol/volume';
import type { SearchedFiles } from '../../../../src/vscode/volume/files';
import { holdsLabels } from '../../../../src/vscode/volume/holdsLabels';
import { VolumeFailure } from '../../../../src/vscode/volume/failure';
import { VolumeSession } from '../../../../src/vscode/volume/session';
import type { SessionHost, SessionWorker } from '../../../../src/vscode/volume/sessionHost';
import { VolumeReader } from '../../../../src/vscode/volume/volumeReader';
import { performTask } from '../../../../src/vscode/volume/workerTasks';
import { Collected } from './collect';

const folder = mkdtempSync(join(tmpdir(), 'nnunet session-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const raw = join(folder, 'nnUNet_raw', 'Dataset001_Test');
const predicted = join(folder, 'nnUNet_results/Dataset001_Test/nnUNetTrainer__nnUNetPlans__2d/fold_0/validation');
const image = join(raw, 'imagesTr', 'a_0000.nrrd');

async function writeCase(): Promise<void> {
  for (const name of [join(raw, 'imagesTr'), join(raw, 'labelsTr'), predicted]) mkdirSync(name, { recursive: true });
  const datasetJson = {
    channel_names: { 0: 'CT' },
    labels: { background: 0, organ: 1 },
    numTraining: 1,
    file_ending: '.nrrd',
  };
  writeFileSync(join(raw, 'dataset.json'), JSON.stringify(datasetJson));
  const shape: [number, number, number] = [2, 3, 4];
  const geometry = { spacing: [1, 1, 2] };
  await writeVolume(
    image,
    new Int16Array(24).map((_, i) => 10 * i - 100),
    shape,
    geometry,
  );
  await writeVolume(
    join(raw, 'labelsTr', 'a.nrrd'),
    new Uint8Array(24).map((_, i) => (i < 8 ? 1 : 0)),
    shape,
    geometry,
  );
  await writeVolume(
    join(predicted, 'a.nrrd'),
    new Uint8Array(24).map((_, i) => (i < 4 ? 1 : 0)),
    shape,
    geometry,
  );
}

const disk: SearchedFiles = {
  holdsLabels,
  list: async (path) =>
    existsSync(path)
      ? readdirSync(path, { withFileTypes: true }).map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
      : undefined,
  exists: async (path) => existsSync(path) && statSync(path).isFile(),
  readText: async (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
  version: async (path) => {
    const found = statSync(path, { throwIfNoEntry: false });
    return found && `${found.mtimeMs} ${found.size}`;
  },
};

/** Like the thread, one task after the other, within this one. */
function inlineWorker(): SessionWorker {
  const reader = new VolumeReader();
  let queue: Promise<unknown> = Promise.resolve();
  return {
    run: (task, { signal, onSlab } = {}) => {
      const perform = () =>
        performTask(reader, task, onSlab ?? (() => undefined), signal ?? new AbortController().signal);
      const done = queue.then(perform);
      queue = done.catch(() => undefined);
      return done as never;
    },
  };
}

/** The webview's end: asks and waits. */
class Webview {
  readonly messages: VolumeToWebview[] = [];
  readonly log: string[] = [];
  readonly saved: [string, string, number][] = [];
  chooses: string | undefined;
  readonly session: VolumeSession;
  private next = 1;

  constructor(path: string, worker: SessionWorker = inlineWorker()) {
    const host: SessionHost = {
      files: disk,
      post: (message) => this.messages.push(structuredClone(message)),
      surroundings: () => ({
        raw: join(folder, 'nnUNet_raw'),
        results: join(folder, 'nnUNet_results'),
        workspaces: [folder],
      }),
      settings: () => ({ isRadiological: true, maskOpacity: 0.5 }),
      limitBytes: () => 2 ** 30,
      local: async (file) => file,
      chooseFile: async () => this.chooses,
      save: async (name, kind, bytes) => {
        this.saved.push([name, kind, bytes.length]);
        return `/pictures/${name}`;
      },
      reopen: () => undefined,
      log: (message) => void this.log.push(message),
    };
    this.session = new VolumeSession(path, host, worker);
  }

  of<T extends VolumeToWebview['type']>(type: T): Extract<VolumeToWebview, { type: T }>[] {
    return this.messages.filter((message) => message.type === type) as Extract<VolumeToWebview, { type: T }>[];
  }

  async ask<T extends keyof VolumeRequests>(
    type: T,
    what: VolumeRequests[T]['ask'],
  ): Promise<VolumeRequests[T]['answer']> {
    const id = this.next++;
    await this.session.receive({ type, id, ...what } as unknown as VolumeToHost);
    const [answer, ...more] = this.messages.filter(
      (message) => (message.type === 'done' || message.type === 'rejected') && message.id === id,
    );
    assert.ok(answer && more.length === 0, `${type} was answered once`);
    if (answer.type === 'rejected') throw new VolumeFailure(answer.failure);
    return (answer as { result: unknown }).result as VolumeRequests[T]['answer'];
  }
}

describe('VolumeSession', async () => {
  await writeCase();

  it('describes the volume, then names what was found of it', async () => {
    const webview = new Webview(image);
    await webview.session.receive({ type: 'ready' });
    const [{ description, labels }] = webview.of('document') as [Extract<VolumeToWebview, { type: 'document' }>];
    assert.deepEqual([description.shape, description.spacing, description.modality], [[4, 3, 2], [1, 1, 2], 'CT']);
    assert.deepEqual(
      labels.map(({ name }) => name),
      ['organ'],
    );
    assert.deepEqual(
      webview.of('segmentations')[0]!.segmentations.map(({ source, name }) => `${source}: ${name}`),
      ['label: Label', 'prediction: 2d, fold 0'],
    );
  });

  it('reads before the webview asks, and sends the middle of a large volume right after its description', async () => {
    const large = join(folder, 'large.nrrd');
    await writeVolume(large, new Int16Array(1e6).fill(7), [100, 100, 100], { spacing: [1, 1, 1] });
    const webview = new Webview(large);
    webview.session.prepare();
    assert.deepEqual(webview.messages, []);
    await webview.session.receive({ type: 'ready' });
    await webview.ask('loadImage', { channel: 0, frame: 0 });
    const order = webview.messages.map(({ type }) => type).filter((type) => type !== 'segmentations');
    assert.deepEqual(order, ['document', 'preview', 'slab', 'done']);
    // Hidden and shown again.
    rmSync(large);
    await webview.session.receive({ type: 'ready' });
    assert.equal(webview.of('failed').length, 1);
  });

  it('sends voxels, Dice and differences when asked', async () => {
    const webview = new Webview(image);
    await webview.session.receive({ type: 'ready' });
    const loaded = await webview.ask('loadImage', { channel: 0, frame: 0 });
    assert.deepEqual(loaded.range, { min: -100, max: 130 });
    const collected = new Collected();
    webview.of('slab').forEach(collected.add);
    assert.deepEqual(
      [...collected.voxels([4, 3, 2])],
      Array.from({ length: 24 }, (_, i) => 10 * i - 100),
    );
    const [label, prediction] = webview.of('segmentations')[0]!.segmentations.map(({ id }) => id) as [string, string];
    const { labels } = await webview.ask('loadSegmentation', { segmentation: label });
    assert.deepEqual(labels, [{ value: 1, name: 'organ', colour: undefined, isIgnored: false, voxels: 8 }]);
    const { rows } = await webview.ask('compare', { prediction, reference: label });
    assert.deepEqual([rows[0]!.name, rows[0]!.dice], ['organ', 8 / 12]);
    const { errors } = await webview.ask('difference', { prediction, reference: label });
    assert.deepEqual(
      errors.map(({ kind, voxels }) => [kind, voxels]),
      [['falseNegative', 4]],
    );
  });

  it('answers what can’t be answered with a reason', async () => {
    const webview = new Webview(image);
    await webview.session.receive({ type: 'ready' });
    await assert.rejects(webview.ask('loadSegmentation', { segmentation: 'gone' }), { code: 'segmentation-gone' });
    const [label] = webview.of('segmentations')[0]!.segmentations.map(({ id }) => id) as [string];
    await assert.rejects(webview.ask('loadImage', { channel: 3, frame: 0 }), /./);
    assert.ok((await webview.ask('loadSegmentation', { segmentation: label })).labels.length > 0);
  });

  it('shows a damaged file’s reason and what is known of it', async () => {
    const damaged = join(folder, 'damaged.nii');
    writeFileSync(damaged, 'not a volume');
    const webview = new Webview(damaged);
    await webview.session.receive({ type: 'ready' });
    const [failed] = webview.of('failed');
    assert.equal(failed?.failure.code, 'not-an-image');
    assert.deepEqual(
      failed?.known.map(({ name }) => name),
      ['Name', 'Size'],
    );
    assert.equal(webview.of('document').length, 0);
  });

  it('offers a label map that is opened alone as labels, by its values', async () => {
    const alone = join(folder, 'alone.nrrd');
    await writeVolume(
      alone,
      new Uint8Array(24).map((_, i) => (i < 6 ? 2 : 0)),
      [2, 3, 4],
      { spacing: [1, 1, 2] },
    );
    const webview = new Webview(alone);
    await webview.session.receive({ type: 'ready' });
    const { labels } = await webview.ask('loadImage', { channel: 0, frame: 0 });
    assert.deepEqual(labels, [{ value: 2, voxels: 6 }]);
    const [opened, ...more] = webview.of('segmentations').at(-1)!.segmentations;
    assert.deepEqual([opened?.name, opened?.isOpened, more.length], ['This file, as labels', true, 0]);
    const order = webview.messages.map(({ type }) => type);
    assert.ok(
      order.indexOf('done') < order.lastIndexOf('segmentations'),
      'its values waited for the look at the folders',
    );
    const lists = webview.of('segmentations').length;
    await webview.ask('loadImage', { channel: 0, frame: 0 });
    assert.equal(webview.of('segmentations').length, lists);
    const slabs = webview.of('slab').length;
    const shown = await webview.ask('loadSegmentation', { segmentation: opened!.id, isShown: true });
    assert.equal(webview.of('slab').length, slabs, 'the page has its voxels');
    const { labels: read, warnings } = await webview.ask('loadSegmentation', { segmentation: opened!.id });
    assert.deepEqual(shown, { labels: read, warnings });
    assert.ok(webview.of('slab').length > slabs);
    const other = new Webview(image);
    await other.session.receive({ type: 'ready' });
    await other.ask('loadImage', { channel: 0, frame: 0 });
    assert.ok(other.of('segmentations').every(({ segmentations }) => segmentations.every((one) => !one.isOpened)));
  });

  it('offers a chosen file, and says when none was chosen', async () => {
    const webview = new Webview(image);
    await webview.session.receive({ type: 'ready' });
    assert.deepEqual(await webview.ask('chooseSegmentation', {}), { segmentation: null });
    webview.chooses = '/elsewhere/mine.nrrd';
    const { segmentation } = await webview.ask('chooseSegmentation', {});
    assert.ok(
      webview
        .of('segmentations')
        .at(-1)!
        .segmentations.some(({ id }) => id === segmentation),
    );
  });

  it('saves pictures under a harmless name', async () => {
    const webview = new Webview(image);
    const bytes = new ArrayBuffer(9);
    const { saved } = await webview.ask('save', { suffix: '/../b: axial', kind: 'png', bytes });
    assert.deepEqual(webview.saved, [['a_0000_.._b_ axial.png', 'png', 9]]);
    assert.equal(saved, '/pictures/a_0000_.._b_ axial.png');
  });

  it('grants a wish once the webview is there', async () => {
    const webview = new Webview(image);
    const paths = [join(predicted, 'a.nrrd'), join(raw, 'labelsTr', 'a.nrrd')];
    await webview.session.show({ segmentations: paths, compare: true });
    assert.equal(webview.messages.length, 0);
    await webview.session.receive({ type: 'ready' });
    const ids = webview.of('segmentations')[0]!.segmentations.map(({ id }) => id);
    assert.deepEqual(webview.of('open')[0], {
      type: 'open',
      segmentations: [ids[1], ids[0]],
      layout: { kind: 'compare', plane: 'sagittal', segmentations: [ids[1], ids[0]] },
    });
  });

  it('shows what a prediction has found so far, also in a page that comes later', async () => {
    const webview = new Webview(image);
    const labels = [{ value: 7, name: 'cyst', isIgnored: false }];
    const box = { low: [1, 2, 3], shape: [1, 1, 1], labels: Uint8Array.of(7) } as LabelBox;
    webview.session.grow('model', labels, box);
    assert.equal(webview.of('growing').length, 0);
    await webview.session.receive({ type: 'ready' });
    const [grown] = webview.of('growing');
    assert.deepEqual([grown!.low, grown!.shape, [...new Uint8Array(grown!.data)]], [[3, 2, 1], [1, 1, 1], [7]]);
    webview.session.endGrowing(join(predicted, 'a.nrrd'));
    assert.equal(webview.of('grown')[0]!.segmentation, join(predicted, 'a.nrrd'));
    await webview.session.receive({ type: 'ready' });
    assert.equal(webview.of('growing').length, 1, 'it ended');

    // The finished mask has the names that its model gave.
    const mask = join(predicted, 'a.nrrd');
    const named = [{ value: 1, name: 'cyst', isIgnored: false }];
    await webview.session.show({ segmentations: [mask], labels: named });
    const { labels: found } = await webview.ask('loadSegmentation', { segmentation: mask });
    assert.equal(found[0]!.name, 'cyst');
  });

  it('asks the page where the person is looking', async () => {
    const webview = new Webview(image);
    const early = webview.session.place();
    await webview.session.receive({ type: 'ready' });
    assert.equal(webview.of('askCrosshair').length, 1);
    await webview.session.receive({ type: 'crosshair', voxel: [3, 1, 0] });
    assert.deepEqual(await early, { voxel: [3, 1, 0], shape: [4, 3, 2], spacing: [1, 1, 2] });
    const drawn = webview.session.place();
    const region = { low: [1, 0, 0], high: [3, 2, 9] };
    await webview.session.receive({ type: 'crosshair', voxel: [3, 1, 0], region });
    assert.deepEqual((await drawn)!.region, { low: [1, 0, 0], high: [3, 2, 2] });
    const late = webview.session.place();
    await webview.session.receive({ type: 'crosshair', voxel: 'nowhere' });
    assert.equal(await late, undefined);
    const never = webview.session.place();
    webview.session.dispose();
    assert.equal(await never, undefined);
  });

  it('lets no question hang where the page is hidden, and takes its last answer', async () => {
    const webview = new Webview(image);
    await webview.session.receive({ type: 'ready' });
    const first = webview.session.place();
    await webview.session.receive({ type: 'crosshair', voxel: [3, 1, 0] });
    await first;
    const asked = webview.session.place();
    webview.session.hide();
    assert.deepEqual((await asked)!.voxel, [3, 1, 0]);
    assert.deepEqual((await webview.session.place())!.voxel, [3, 1, 0]);
    // A wish waits for the page that comes.
    await webview.session.show({ segmentations: [join(predicted, 'a.nrrd')] });
    assert.equal(webview.of('open').length, 0);
    webview.session.unhide();
    const later = webview.session.place();
    await webview.session.receive({ type: 'ready' });
    assert.equal(webview.of('open').length, 1);
    await webview.session.receive({ type: 'crosshair', voxel: [0, 0, 0] });
    assert.deepEqual((await later)!.voxel, [0, 0, 0]);
  });

  it('answers no page what another one asked, and a closed one nothing', async () => {
    const webview = new Webview(image);
    await webview.session.receive({ type: 'ready' });
    // Asked by a page that is loaded anew before the answer; it counts from 1 again.
    const old = webview.session.receive({ type: 'loadImage', id: 1, channel: 0, frame: 0 });
    await webview.session.receive({ type: 'ready' });
    await old;
    const answers = (): string[] =>
      webview.messages.filter(({ type }) => ['done', 'rejected', 'slab'].includes(type)).map(({ type }) => type);
    assert.deepEqual(answers(), []);
    const closing = webview.session.receive({ type: 'loadImage', id: 1, channel: 0, frame: 0 });
    webview.session.dispose();
    await closing;
    await webview.session.refresh();
    assert.deepEqual(answers(), []);
  });

  it('tells of a new prediction, and says nothing where nothing changed', async () => {
    const webview = new Webview(image);
    await webview.session.receive({ type: 'ready' });
    await webview.session.refresh();
    assert.equal(webview.of('segmentations').length, 1);
    const other = join(folder, 'nnUNet_predictions', 'Dataset001_Test', 'night');
    mkdirSync(other, { recursive: true });
    writeFileSync(join(other, 'a.nrrd'), '');
    await webview.session.refresh();
    assert.deepEqual(webview.of('segmentations')[1]!.segmentations.at(-1)?.name, 'night');
    rmSync(other, { recursive: true });
  });

  it('says that a mask was rewritten, and answers with the new one', async () => {
    const webview = new Webview(image);
    await webview.session.receive({ type: 'ready' });
    const [, before] = webview.of('segmentations')[0]!.segmentations;
    const volume = async (): Promise<number> =>
      (await webview.ask('loadSegmentation', { segmentation: before!.id })).labels[0]!.voxels;
    assert.equal(await volume(), 4);
    const mask = new Uint8Array(24).map((_, i) => (i < 7 ? 1 : 0));
    await writeVolume(join(predicted, 'a.nrrd'), mask, [2, 3, 4], { spacing: [1, 1, 2] });
    await webview.session.refresh();
    const [, after] = webview.of('segmentations')[1]!.segmentations;
    assert.deepEqual([after!.id, after!.version === before!.version], [before!.id, false]);
    assert.equal(await volume(), 7);
    assert.equal(webview.of('document').length, 1);
    await writeCase();
  });

  it('sends the image anew once it was rewritten, also on another grid', async () => {
    const changing = join(folder, 'changing.nrrd');
    const label = join(folder, 'changing_seg.nrrd');
    const write = async (depth: number): Promise<void> => {
      await writeVolume(changing, new Int16Array(12 * depth).fill(depth), [depth, 3, 4], { spacing: [1, 1, 2] });
      await writeVolume(
        label,
        new Uint8Array(12 * depth).map((_, i) => (i < 2 * depth ? 1 : 0)),
        [depth, 3, 4],
        { spacing: [1, 1, 2] },
      );
    };
    await write(2);
    const webview = new Webview(changing);
    await webview.session.receive({ type: 'ready' });
    await webview.ask('loadImage', { channel: 0, frame: 0 });
    await write(3);
    await webview.session.refresh();
    await webview.session.refresh();
    assert.deepEqual(
      webview.of('document').map(({ description }) => description.shape[2]),
      [2, 3],
    );
    const loaded = await webview.ask('loadImage', { channel: 0, frame: 0 });
    assert.deepEqual(loaded.range, { min: 3, max: 3 });
    const mask = await webview.ask('loadSegmentation', { segmentation: label });
    assert.equal(mask.labels[0]!.voxels, 6);
    rmSync(changing);
    rmSync(label);
  });

  it('logs what is no message, and does nothing else', async () => {
    const webview = new Webview(image);
    for (const message of [null, 'ready', { type: 'run', command: 'rm' }, { type: 'loadImage' }, { type: 'toString' }])
      await webview.session.receive(message);
    await webview.session.receive({ type: 'showCase', step: 2, by: 'order' });
    assert.deepEqual([webview.messages.length, webview.log.length], [0, 6]);
  });
});
