import assert from 'node:assert/strict';
import { appendFile, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { writePredictionRecord } from '../../../../src/dataset/predictionRecord';
import { rootsBelow } from '../../../../src/dataset/roots';
import { Catalog } from '../../../../src/vscode/catalog/catalog';
import type { DatasetReference } from '../../../../src/dataset/references';
import { pageSize } from '../../../../src/vscode/explorer/lists';
import { type ExplorerNode, nodeId, type ValidationCaseNode } from '../../../../src/vscode/explorer/nodes';
import { ExplorerTree } from '../../../../src/vscode/explorer/tree';
import { rowLine } from '../../../../src/runs/describe';
import { appearance } from '../../../../src/vscode/explorer/present';
import { scratchFolder, writeText } from '../../dataset/scratch';

const name = 'Dataset001_Test';

async function workspace(context: TestContext, cases: number): Promise<{ root: string; catalog: Catalog }> {
  const root = await scratchFolder(context);
  await writeRaw(join(root, 'nnUNet_raw', name), cases);
  const catalog = new Catalog(rootsBelow(root));
  context.after(() => catalog.dispose());
  return { root, catalog };
}

/** Names are enough: the explorer opens no volume. */
async function writeRaw(folder: string, cases: number): Promise<void> {
  for (const part of ['imagesTr', 'labelsTr']) await mkdir(join(folder, part), { recursive: true });
  for (let i = 0; i < cases; i++) {
    const id = `case_${String(i).padStart(4, '0')}`;
    await Promise.all([
      writeFile(join(folder, 'imagesTr', `${id}_0000.nii.gz`), ''),
      writeFile(join(folder, 'labelsTr', `${id}.nii.gz`), ''),
    ]);
  }
  await writeText(join(folder, 'dataset.json'), {
    channel_names: { 0: 'CT' },
    labels: { background: 0, liver: 1, tumour: 2 },
    numTraining: cases,
    file_ending: '.nii.gz',
  });
}

async function datasetNode(tree: ExplorerTree): Promise<ExplorerNode> {
  const [node] = await tree.roots();
  assert.ok(node);
  return node;
}

function labels(nodes: readonly ExplorerNode[]): string[] {
  return nodes.map((node) => appearance(node).label);
}

const foldFolder = (root: string, fold = 0): string =>
  join(root, 'nnUNet_results', name, 'nnUNetTrainer__nnUNetPlans__3d_fullres', `fold_${fold}`);

const epoch = (number: number, emaDice: number): string =>
  `${JSON.stringify({ type: 'epoch', time: '2026-01-01T00:00:00Z', epoch: number, epochs: 10, trainLoss: 0, valLoss: 0, dice: [emaDice], meanDice: emaDice, emaDice, learningRate: 0.01, seconds: 60, samplesPerSecond: 1 })}\n`;

const metrics = (dice: number | null): object => {
  return { Dice: dice, IoU: dice, FP: 0, TP: 0, FN: 0, TN: 0, n_pred: 0, n_ref: 0 };
};

describe('the explorer', () => {
  it('shows the cases of a dataset with their channels and label', async (context) => {
    const { catalog } = await workspace(context, 3);
    const tree = new ExplorerTree(catalog);
    const dataset = await datasetNode(tree);
    assert.equal(appearance(dataset).description, '3 cases');
    const [cases] = await tree.children(dataset);
    assert.equal(appearance(cases!).label, 'Training cases');
    const nodes = await tree.children(cases!);
    assert.deepEqual(labels(nodes), ['case_0000', 'case_0001', 'case_0002']);
    assert.deepEqual(labels(await tree.children(nodes[0]!)), ['CT', 'label']);
    const { open } = appearance(nodes[0]!);
    assert.match(open!.file, /case_0000_0000\.nii\.gz$/);
    assert.match(open!.mask!, /labelsTr.case_0000\.nii\.gz$/);
  });

  it('shows 5,000 cases in pages', async (context) => {
    const { catalog } = await workspace(context, 5000);
    const tree = new ExplorerTree(catalog);
    const [cases] = await tree.children(await datasetNode(tree));
    const pages = await tree.children(cases!);
    assert.equal(pages.length, 5000 / pageSize);
    assert.equal(appearance(pages[1]!).label, 'case_0200 … case_0399');
    const first = await tree.children(pages[0]!);
    assert.equal(first.length, pageSize);
    const ids = new Set([...pages, ...first].map(nodeId));
    assert.equal(ids.size, pages.length + first.length);
  });

  it('takes about as long for each of 5,000 cases as for each of 500', async (context) => {
    const processorTime = async (count: number): Promise<number> => {
      const { catalog } = await workspace(context, count);
      const tree = new ExplorerTree(catalog);
      const before = process.cpuUsage();
      const [cases] = await tree.children(await datasetNode(tree));
      const pages = await tree.children(cases!);
      await tree.children(pages[0]!);
      return process.cpuUsage(before).user;
    };
    await processorTime(500); // the first one compiles
    const [some, many] = [await processorTime(500), await processorTime(5000)];
    assert.ok(many < 50 * some, `5,000 cases: ${many} µs, 500: ${some} µs`);
  });

  it('marks a case whose label is missing, and its dataset', async (context) => {
    const { root, catalog } = await workspace(context, 2);
    await rm(join(root, 'nnUNet_raw', name, 'labelsTr', 'case_0001.nii.gz'));
    const tree = new ExplorerTree(catalog);
    const dataset = await datasetNode(tree);
    assert.deepEqual([appearance(dataset).icon, appearance(dataset).description], ['error', '2 cases · 1 error']);
    const [cases] = await tree.children(dataset);
    const nodes = await tree.children(cases!);
    assert.deepEqual(
      nodes.map((node) => appearance(node).icon),
      ['file-media', 'error'],
    );
    assert.match(appearance(nodes[1]!).description!, /There is no label/);
  });

  it('says what is wrong with a broken dataset.json instead of failing', async (context) => {
    const { root, catalog } = await workspace(context, 1);
    await writeFile(join(root, 'nnUNet_raw', name, 'dataset.json'), '{ "labels": ');
    const tree = new ExplorerTree(catalog);
    const [problem] = await tree.children(await datasetNode(tree));
    assert.equal(problem!.kind, 'problem');
    assert.equal(appearance(problem!).icon, 'error');
  });

  it('shows patients whose numbers look like channels as cases of their own, and endings in capitals', async (context) => {
    const { root, catalog } = await workspace(context, 0);
    const folder = join(root, 'nnUNet_raw', name);
    for (const id of ['Img_0069', 'Img_0070']) {
      await writeFile(join(folder, 'imagesTr', `${id}.nii.gz`), '');
      await writeFile(join(folder, 'labelsTr', `${id}.nii.gz`), '');
    }
    await writeFile(join(folder, 'imagesTr', 'loud_0000.NII.GZ'), '');
    await writeFile(join(folder, 'labelsTr', 'loud.NII.gz'), '');
    const { cases } = await catalog.raw((await catalog.datasets())[0]!);
    assert.deepEqual(
      cases.map(({ id, images, label }) => [id, ...[...images, label].map((file) => basename(file))]),
      [
        ['Img_0069', 'Img_0069.nii.gz', 'Img_0069.nii.gz'],
        ['Img_0070', 'Img_0070.nii.gz', 'Img_0070.nii.gz'],
        ['loud', 'loud_0000.NII.GZ', 'loud.NII.gz'],
      ],
    );
  });

  it('shows one row for what cannot be read, and everything else', async (context) => {
    const { root, catalog } = await workspace(context, 1);
    await writeRaw(join(root, 'nnUNet_raw', 'Dataset002_Good'), 2);
    const images = join(root, 'nnUNet_raw', name, 'imagesTr');
    await rename(images, `${images}.away`);
    // A link to itself cannot be read by anybody, not even by an administrator.
    await symlink('imagesTr', images);
    const results = join(root, 'nnUNet_results');
    await mkdir(results);
    await symlink('Dataset002_Good', join(results, 'Dataset002_Good'));
    await mkdir(join(foldFolder(root), 'events.jsonl'), { recursive: true });
    const tree = new ExplorerTree(catalog);
    const [bad, good] = await tree.roots();
    assert.deepEqual([appearance(bad!).icon, appearance(bad!).description], ['error', 'no raw data · 1 error']);
    const [problem] = await tree.children(bad!);
    assert.deepEqual([problem!.kind, appearance(problem!).icon], ['problem', 'error']);
    assert.match(appearance(problem!).tooltip!, /imagesTr/);
    // Its results lead nowhere, its cases are there.
    assert.equal(appearance(good!).description, '2 cases · 1 error');
    const parts = await tree.children(good!);
    assert.deepEqual(
      parts.map(({ kind }) => kind),
      ['cases', 'problem'],
    );
    const models = await tree.modelRoots();
    const [ofBad, ofGood] = await Promise.all(models.map(({ dataset }) => tree.modelsOf(dataset)));
    assert.equal(ofGood![0]!.kind, 'problem');
    const [fold] = await tree.children(ofBad![0]!);
    assert.match(appearance(fold!).description!, /^cannot be read/);
    assert.deepEqual(await tree.unreadableRoots(), []);
  });

  it('shows the datasets of the other roots when one root is no folder', async (context) => {
    const { root, catalog } = await workspace(context, 1);
    await writeFile(join(root, 'nnUNet_results'), '');
    const tree = new ExplorerTree(catalog);
    assert.deepEqual(labels(await tree.roots()), [name]);
    const [row] = await tree.unreadableRoots();
    assert.match(appearance(row!).label, /^nnUNet_results: This root cannot be read/);
    await rm(join(root, 'nnUNet_results'));
    await catalog.look();
    assert.deepEqual(await tree.unreadableRoots(), []);
  });

  it('shows only what the filter names', async (context) => {
    const { catalog } = await workspace(context, 12);
    const tree = new ExplorerTree(catalog);
    tree.filter = 'CASE_001';
    const [cases] = await tree.children(await datasetNode(tree));
    assert.deepEqual(labels(await tree.children(cases!)), ['case_0010', 'case_0011']);
    tree.filter = 'nothing like it';
    assert.deepEqual(await tree.roots(), []);
  });

  it('notices cases and datasets that come and go outside', async (context) => {
    const { root, catalog } = await workspace(context, 1);
    const tree = new ExplorerTree(catalog);
    assert.equal(appearance(await datasetNode(tree)).description, '1 case');
    const changes: (string | undefined)[] = [];
    catalog.onDidChange(({ dataset }) => changes.push(dataset));
    await catalog.look();
    assert.deepEqual(changes, []);
    const labelsFolder = join(root, 'nnUNet_raw', name, 'labelsTr');
    await rm(join(labelsFolder, 'case_0000.nii.gz'));
    await utimes(labelsFolder, new Date(), new Date(Date.now() + 5000));
    await catalog.look();
    assert.deepEqual(changes, [name]);
    assert.equal(appearance(await datasetNode(tree)).description, '1 case · 1 error');
    await rm(join(root, 'nnUNet_raw', name), { recursive: true });
    await catalog.look();
    assert.deepEqual(await tree.roots(), []);
  });

  it('follows a training by what its log gains', async (context) => {
    const { root, catalog } = await workspace(context, 1);
    const folder = foldFolder(root);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'events.jsonl'), epoch(0, 0.1) + epoch(1, 0.25));
    const { status } = await catalog.fold(folder, name);
    assert.deepEqual([status!.state, status!.epoch, status!.emaDice], ['interrupted', 2, 0.25]);
    const changes: (string | undefined)[] = [];
    catalog.onDidChange(({ dataset }) => changes.push(dataset));
    await appendFile(join(folder, 'events.jsonl'), epoch(2, 0.5));
    await catalog.look();
    assert.deepEqual(changes, [name]);
    const { emaDice, seconds } = await catalog.fold(folder, name);
    assert.deepEqual([emaDice, seconds], [[0.1, 0.25, 0.5], 180]);
    // A new training in the same folder.
    await writeFile(join(folder, 'events.jsonl'), epoch(0, 0.2));
    assert.deepEqual((await catalog.fold(folder, name)).emaDice, [0.2]);
  });

  it('shows predictions that lie elsewhere under their dataset, until they are deleted', async (context) => {
    const { root, catalog } = await workspace(context, 1);
    const folder = join(root, 'my masks', 'run 1');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'case_0000.nii.gz'), '');
    const changes: (string | undefined)[] = [];
    catalog.onDidChange(({ dataset }) => changes.push(dataset));
    catalog.setFoundPredictions(new Map([[name, [folder]]]));
    catalog.setFoundPredictions(new Map([[name, [folder]]]));
    assert.deepEqual(changes, [name]);
    const tree = new ExplorerTree(catalog);
    const [dataset] = await tree.modelRoots();
    assert.equal(appearance(dataset!).description, '1 prediction');
    const [found] = await tree.modelsOf(dataset!.dataset);
    assert.equal(appearance(found!).label, join('my masks', 'run 1'));
    assert.deepEqual(labels(await tree.children(found!)), ['case_0000.nii.gz']);
    await rm(folder, { recursive: true });
    catalog.refresh();
    assert.deepEqual(await tree.modelRoots(), []);
  });

  it('says by which model predictions were made, of what, and how good they are', async (context) => {
    const { root, catalog } = await workspace(context, 1);
    const predictions = join(root, 'nnUNet_predictions', name);
    const masks = async (folder: string): Promise<void> => {
      await mkdir(join(predictions, folder), { recursive: true });
      await writeFile(join(predictions, folder, 'case_0000.nii.gz'), '');
    };
    for (const folder of ['2d', '2d-2', 'theirs', 'unknown']) await masks(folder);
    const model = join(root, 'nnUNet_results', name, 'nnUNetTrainer__nnUNetPlans__2d');
    const made = { input: ['/scans/imagesTs'], model: [model], time: '2020-11-24T10:05:00.000Z' };
    await writePredictionRecord(join(predictions, '2d'), { ...made, folds: ['0'], mirroring: false });
    await writePredictionRecord(join(predictions, '2d-2'), { ...made, folds: ['0', '1'], mirroring: true });
    // As nnU-Net leaves it.
    const call = { list_of_lists_or_source_folder: '/data/imagesTs', save_probabilities: false };
    await writeText(join(predictions, 'theirs', 'predict_from_raw_data_args.json'), call);
    await writeText(join(predictions, '2d-2', 'summary.json'), {
      foreground_mean: metrics(0.6),
      mean: { 1: metrics(0.6) },
      metric_per_case: [
        { metrics: { 1: metrics(0.6) }, prediction_file: '/x/case_0000.nii.gz', reference_file: '/y/case_0000.nii.gz' },
      ],
    });
    const tree = new ExplorerTree(catalog);
    const [dataset] = await tree.roots();
    const shown = (await tree.modelsOf(dataset!.dataset)).map(appearance);
    const [first, second, theirs, unknown] = shown.map(({ label, description }) => `${label}: ${description}`);
    const time = /24 Nov 2020,? \d\d:05/;
    assert.match(first!, time);
    assert.equal(first!.replace(time, 'TIME'), '2d, fold 0: imagesTs · fast · 1 mask · TIME');
    assert.equal(second!.replace(time, 'TIME'), '2d, folds 0, 1: Dice 0.600 · imagesTs · 1 mask · TIME · 2d-2');
    assert.match(theirs!, /^theirs: imagesTs · 1 mask · \d+ /);
    assert.equal(unknown, 'unknown: 1 mask');
    assert.match(shown[0]!.tooltip!, /\| Mirroring \| no \|/);
  });

  it('lays a mask over the image that it was made of, where a test and a training case have one name', async (context) => {
    const { root, catalog } = await workspace(context, 1);
    const raw = join(root, 'nnUNet_raw', name);
    await mkdir(join(raw, 'imagesTs'));
    await writeFile(join(raw, 'imagesTs', 'case_0000_0000.nii.gz'), '');
    const predictions = join(root, 'nnUNet_predictions', name);
    const scored = (labelFolder: string): object => ({
      foreground_mean: metrics(0.6),
      mean: { 1: metrics(0.6) },
      metric_per_case: [
        {
          metrics: { 1: metrics(0.6) },
          prediction_file: '/x/case_0000.nii.gz',
          reference_file: `/cluster/${name}/${labelFolder}/case_0000.nii.gz`,
        },
      ],
    });
    const scans = join(root, 'scans');
    await mkdir(scans);
    await writeFile(join(scans, 'case_0000.nii.gz'), '');
    const folders = ['of tests', 'of training', 'scored on tests', 'scored on training', 'untold', 'of scans'];
    for (const folder of folders) {
      await mkdir(join(predictions, folder), { recursive: true });
      await writeFile(join(predictions, folder, 'case_0000.nii.gz'), '');
    }
    await writePredictionRecord(join(predictions, folders[0]!), { input: [join(raw, 'imagesTs')] });
    await writePredictionRecord(join(predictions, folders[1]!), { input: [join(raw, 'imagesTr')] });
    await writePredictionRecord(join(predictions, folders[5]!), { input: [scans] });
    await writeText(join(predictions, folders[2]!, 'summary.json'), scored('labelsTs'));
    await writeText(join(predictions, folders[3]!, 'summary.json'), scored('labelsTr'));
    const tree = new ExplorerTree(catalog);
    const [dataset] = await tree.roots();
    const images = new Map<string, string>();
    for (const node of await tree.modelsOf(dataset!.dataset)) {
      const [mask] = await tree.children(node);
      images.set(node.kind === 'predictions' ? node.prediction.name : '', appearance(mask!).open!.file);
    }
    assert.deepEqual(Object.fromEntries(images), {
      'of tests': join(raw, 'imagesTs', 'case_0000_0000.nii.gz'),
      'of scans': join(scans, 'case_0000.nii.gz'),
      'of training': join(raw, 'imagesTr', 'case_0000_0000.nii.gz'),
      'scored on tests': join(raw, 'imagesTs', 'case_0000_0000.nii.gz'),
      'scored on training': join(raw, 'imagesTr', 'case_0000_0000.nii.gz'),
      // Alone rather than over a guess.
      untold: join(predictions, 'untold', 'case_0000.nii.gz'),
    });
  });

  it('puts what a row is looked at for before what a narrow side bar cuts off', () => {
    const line = rowLine({ state: 'finished', epoch: 10, epochs: 10, meanDice: 0.5 }, 600);
    assert.equal(line, 'Dice 0.500 · finished · 10 epochs · 10 min');
    const scored = (meanDice: number): ValidationCaseNode => {
      const one = { id: `case ${meanDice}`, prediction: '', reference: '', meanDice, dice: {} };
      return { kind: 'validationCase', dataset, folder: '', scored: one, files: undefined, classNames: {} };
    };
    const dataset = {} as DatasetReference;
    const nodes = [scored(0.1), scored(0.25)];
    const page = { kind: 'page', dataset, key: '', first: 'x', last: 'y', nodes, errors: 0, warnings: 0 } as const;
    assert.equal(appearance(page).label, '0.100 … 0.250');
  });

  it('sorts validation cases worst first, those without foreground last', async (context) => {
    const { root, catalog } = await workspace(context, 3);
    const folder = foldFolder(root);
    const cases: [string, number | null][] = [
      ['case_0000', 0.9],
      ['case_0001', null],
      ['case_0002', 0.3],
    ];
    await writeText(join(folder, 'validation', 'summary.json'), {
      foreground_mean: metrics(0.6),
      mean: { 1: metrics(0.6) },
      metric_per_case: cases.map(([id, dice]) => ({
        metrics: { 1: metrics(dice) },
        prediction_file: `/elsewhere/${id}.nii.gz`,
        reference_file: `/elsewhere/labels/${id}.nii.gz`,
      })),
    });
    await writeFile(join(folder, 'checkpoint_final.pth'), '');
    const tree = new ExplorerTree(catalog);
    const [dataset] = await tree.modelRoots();
    assert.equal(appearance(dataset!).description, '1 model');
    const [model] = await tree.modelsOf(dataset!.dataset);
    assert.equal(appearance(model!).description, 'Dice 0.600 · 1 of 1 fold finished');
    const [fold] = await tree.children(model!);
    assert.match(appearance(fold!).context, /fold\.finished\.validated/);
    const nodes = await tree.children(fold!);
    // The value first: a narrow side bar cuts the end. A screen reader begins with the name.
    assert.deepEqual(labels(nodes), ['0.300 case_0002', '0.900 case_0000', 'absent case_0001']);
    assert.deepEqual(
      nodes.map((node) => appearance(node).spoken),
      ['case_0002, Dice 0.300', 'case_0000, Dice 0.900', 'case_0001, Dice absent'],
    );
    const { open } = appearance(nodes[0]!);
    assert.equal(open!.mask, join(folder, 'validation', 'case_0002.nii.gz'));
    assert.match(open!.file, /imagesTr.case_0002_0000/);
    assert.match(appearance(nodes[0]!).tooltip!, /liver \| 0\.300/);
  });
});
