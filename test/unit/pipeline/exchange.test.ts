/** Models leave as nnU-Net's zip and come back; archives that are damaged, mixed or made to do harm leave nothing behind. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { postprocessingPickle } from '../../../src/dataset/postprocessingFile';
import { resolveDataset } from '../../../src/dataset/references';
import { bestModelPaths, modelPaths, type Fold } from '../../../src/dataset/results';
import { rootsBelow, type Roots } from '../../../src/dataset/roots';
import { inspectPth } from '../../../src/engine/checkpoint';
import { PickleGlobal, tuple } from '../../../src/engine/pickleValues';
import { writePickle } from '../../../src/engine/pickleWriter';
import { writePth } from '../../../src/engine/pthWriter';
import { ZipArchive } from '../../../src/engine/zip';
import { NnunetError } from '../../../src/method/errors';
import { chosenModel } from '../../../src/pipeline/chosenModel';
import { exportModels } from '../../../src/pipeline/exchange/exportModels';
import { importModels } from '../../../src/pipeline/exchange/importModels';
import { filesBelow, scratchFolder, writeText } from '../dataset/scratch';
import { craftedZip, type Part } from '../engine/craftedZip';
import { trainedModel } from './trainedModels';

const dataset = 'Dataset001_Test';
const nameOf = (configuration: string) => ({ trainer: 'nnUNetTrainer', plans: 'nnUNetPlans', configuration });
const folderOf = (configuration: string) => `nnUNetTrainer__nnUNetPlans__${configuration}`;

async function place(test: TestContext) {
  const folder = await scratchFolder(test);
  const there = rootsBelow(join(folder, 'there'));
  const here = rootsBelow(join(folder, 'here'));
  const warnings: string[] = [];
  const context = { progress: () => undefined, warn: (code: string) => warnings.push(code) };
  const zip = join(folder, 'model.zip');
  const exported = (configurations: string[], more: { folds?: Fold[]; withMasks?: boolean } = {}) =>
    exportModels({
      ...context,
      ...{ results: join(there.results, dataset), models: configurations.map(nameOf), checkpoint: 'final' as const },
      ...{ output: zip, withMasks: false, ...more },
    });
  const imported = (source = zip, more: { dataset?: string; roots?: Roots; signal?: AbortSignal } = {}) =>
    importModels({ ...context, source, roots: here, ...more });
  return { folder, there: join(there.results, dataset), here, zip, warnings, exported, imported };
}

async function namesIn(zip: string): Promise<string[]> {
  const archive = await ZipArchive.open(zip);
  await archive.close();
  return [...archive.entries.keys()].sort();
}

/** What a cross-validation of both leaves, with the pair as the best. */
async function choose(results: string, folds = [0, 1]): Promise<void> {
  const members = ['2d', '3d_fullres'].map(folderOf);
  for (const names of [members.slice(0, 1), members.slice(1), members]) {
    const { folder, postprocessing } = bestModelPaths(results, names, folds);
    await writeText(join(folder, 'summary.json'), {});
    await writeText(join(folder, 'a.nii.gz'), 'a mask');
    await writeFile(postprocessing, postprocessingPickle([{ together: [1] }]));
  }
  await writeText(join(results, 'inference_information.json'), {
    folds,
    best_model_or_ensemble: {
      selected_model_or_models: ['2d', '3d_fullres'].map((configuration) => ({
        ...{ configuration, trainer: 'nnUNetTrainer', plans_identifier: 'nnUNetPlans' },
      })),
    },
  });
}

const foldFiles = ['checkpoint_final.pth', 'debug.json', 'progress.png', 'validation/summary.json'];
const modelFiles = ['dataset.json', 'dataset_fingerprint.json', 'plans.json'];

describe('models that are exported and imported', () => {
  it('come back with weights, choice and postprocessing, under the names that nnU-Net gives them', async (test) => {
    const { there, here, zip, exported, imported, warnings } = await place(test);
    for (const configuration of ['2d', '3d_fullres']) await trainedModel(there, configuration);
    await choose(there);
    const written = await exported(['2d', '3d_fullres']);
    assert.deepEqual(
      [written.isChosen, written.models.map(({ folds }) => folds)],
      [
        true,
        [
          [0, 1],
          [0, 1],
        ],
      ],
    );
    const ofModel = (configuration: string): string[] =>
      [
        ...modelFiles,
        ...['fold_0', 'fold_1'].flatMap((fold) => foldFiles.map((file) => `${fold}/${file}`)),
        ...['summary.json', 'postprocessing.pkl'].map((file) => `crossval_results_folds_0_1/${file}`),
      ].map((file) => `${dataset}/${folderOf(configuration)}/${file}`);
    const pair = `${dataset}/ensembles/ensemble___${folderOf('2d')}___${folderOf('3d_fullres')}___0_1`;
    const names = [
      ...ofModel('2d'),
      ...ofModel('3d_fullres'),
      ...['summary.json', 'postprocessing.pkl'].map((file) => `${pair}/${file}`),
      `${dataset}/inference_information.json`,
    ].sort();
    assert.deepEqual(await namesIn(zip), names);

    const result = await imported();
    assert.deepEqual([result.dataset, result.isChosen, result.leftOut], [dataset, true, []]);
    assert.deepEqual(
      result.models.map(({ configuration, folds }) => [configuration, folds]),
      [
        ['2d', [0, 1]],
        ['3d_fullres', [0, 1]],
      ],
    );
    assert.deepEqual((await filesBelow(here.results)).sort(), names);
    for (const name of names)
      assert.deepEqual(await readFile(join(here.results, name)), await readFile(join(there, '..', name)), name);
    const chosen = await chosenModel(await resolveDataset(1, here));
    assert.deepEqual(
      chosen.members.map((folder) => basename(folder)),
      ['2d', '3d_fullres'].map(folderOf),
    );
    assert.ok(chosen.postprocessing);
    assert.deepEqual(warnings, []);
  });

  it("are written in nnU-Net's form where only ours is there, or is further", async (test) => {
    const { there, here, exported, imported } = await place(test);
    const model = await trainedModel(there, '3d_fullres', { folds: [0], forms: ['safetensors'] });
    await exported(['3d_fullres']);
    await imported();
    const file = join(here.results, dataset, basename(model), 'fold_0', 'checkpoint_final.pth');
    const { trainerName, configuration, fold, epoch } = await inspectPth(file);
    assert.deepEqual([trainerName, configuration, fold, epoch], ['nnUNetTrainer', '3d_fullres', 0, 3]);

    const further = await trainedModel(join(there, '..', 'other'), '3d_fullres', {
      folds: [0],
      forms: ['safetensors'],
      epoch: 7,
    });
    await copyFile(file, join(model, 'fold_0', 'checkpoint_final.pth'));
    await copyFile(
      join(further, 'fold_0', 'checkpoint_final.safetensors'),
      join(model, 'fold_0', 'checkpoint_final.safetensors'),
    );
    await exported(['3d_fullres']);
    await rm(join(here.results, dataset), { recursive: true });
    await imported();
    assert.equal((await inspectPth(file)).epoch, 7);
  });

  it('bring the masks of left-out cases along where that is wished, and probabilities never', async (test) => {
    const { there, zip, exported } = await place(test);
    await trainedModel(there, '2d', { folds: [0] });
    await exported(['2d'], { withMasks: true });
    const validation = `${dataset}/${folderOf('2d')}/fold_0/validation/`;
    assert.deepEqual(
      (await namesIn(zip)).filter((name) => name.startsWith(validation)),
      ['a.nii.gz', 'summary.json'].map((file) => validation + file),
    );
  });

  it('of a cascade bring the first stage along', async (test) => {
    const { there, zip, exported, warnings } = await place(test);
    await trainedModel(there, '3d_cascade_fullres', { configuration: { previous_stage: '3d_lowres' } });
    await assert.rejects(exported(['3d_cascade_fullres']), { code: 'previous-stage-missing' });
    assert.equal(existsSync(zip), false);
    await trainedModel(there, '3d_lowres');
    const { models } = await exported(['3d_cascade_fullres']);
    assert.deepEqual(
      models.map(({ configuration }) => configuration),
      ['3d_cascade_fullres', '3d_lowres'],
    );
    assert.deepEqual(warnings, ['previous-stage-added']);
  });

  it('tell which is the best only where all of it comes along, and nothing was chosen here', async (test) => {
    const { there, here, exported, imported, warnings } = await place(test);
    for (const configuration of ['2d', '3d_fullres']) await trainedModel(there, configuration);
    await choose(there);
    assert.equal((await exported(['2d'])).isChosen, false);
    assert.equal((await imported()).isChosen, false);
    assert.deepEqual(warnings, []);
    // nnU-Net writes it whatever it exports.
    const partial = join(here.results, '..', 'partial', dataset);
    await cp(join(there, folderOf('3d_fullres')), join(partial, folderOf('3d_fullres')), { recursive: true });
    await copyFile(join(there, 'inference_information.json'), join(partial, 'inference_information.json'));
    assert.equal((await imported(partial)).isChosen, false);
    assert.deepEqual(warnings, ['choice-left-out']);
    assert.equal(existsSync(join(here.results, dataset, 'inference_information.json')), false);
  });

  it('are taken from folders, of any name and without a dataset', async (test) => {
    const { folder, there, here, imported } = await place(test);
    const model = await trainedModel(there, '2d', { folds: ['all'] });
    const renamed = join(folder, 'my model');
    await cp(model, renamed, { recursive: true });
    for (const [source, wanted] of [
      [there, 'Dataset011_A'],
      [model, 'Dataset012_B'],
      [renamed, 'Dataset013_C'],
      [renamed, undefined],
    ] as const) {
      const { dataset: put, models } = await imported(source, { dataset: wanted });
      assert.equal(put, wanted ?? dataset, 'without a name, the plans tell');
      assert.deepEqual(
        models.map(({ folder: at, folds }) => [at, folds]),
        [[join(here.results, put, folderOf('2d')), ['all']]],
      );
    }
  });

  it('of older releases come without an architecture in their plans', async (test) => {
    const { there, imported } = await place(test);
    const model = await trainedModel(there, '2d', { folds: [0] });
    const { plans } = modelPaths(model);
    const content = JSON.parse(await readFile(plans, 'utf8')) as {
      configurations: Record<string, Record<string, unknown>>;
    };
    const configuration = content.configurations['2d']!;
    delete configuration.architecture;
    Object.assign(configuration, {
      ...{ UNet_class_name: 'PlainConvUNet', UNet_base_num_features: 2, unet_max_num_features: 2 },
      ...{ n_conv_per_stage_encoder: [1], n_conv_per_stage_decoder: [], num_pool_per_axis: [0, 0, 0] },
      ...{ pool_op_kernel_sizes: [[1, 1, 1]], conv_kernel_sizes: [[3, 3, 3]] },
    });
    await writeText(plans, content);
    assert.deepEqual(
      (await imported(there)).models.map(({ folds }) => folds),
      [[0]],
    );
  });

  it('are followed to the files that links in a folder lead to', async (test) => {
    const { folder, there, here, imported } = await place(test);
    const model = await trainedModel(there, '2d', { folds: [0] });
    const file = join(model, 'fold_0', 'checkpoint_final.pth');
    await rename(file, join(folder, 'blob'));
    await symlink(join(folder, 'blob'), file);
    await imported(there);
    assert.ok((await inspectPth(join(here.results, dataset, folderOf('2d'), 'fold_0', 'checkpoint_final.pth'))).epoch);
  });
});

const plain = `${folderOf('2d')}/fold_0`;

/** A good model's files as parts of an archive. */
async function partsOf(there: string): Promise<Part[]> {
  const names = await filesBelow(there);
  return Promise.all(
    names.map(async (name) => ({ name: `${dataset}/${name}`, data: await readFile(join(there, name)) })),
  );
}

const mischief: Record<string, { code: string; spoil(parts: Part[]): Part[] }> = {
  'a name that leads outside': {
    code: 'unsafe-zip',
    spoil: (parts) => [...parts, { name: '../../evil.json', data: Buffer.from('x') }],
  },
  'an absolute name': {
    code: 'unsafe-zip',
    spoil: (parts) => [...parts, { name: '/tmp/evil', data: Buffer.from('x') }],
  },
  'a name of Windows that leads outside': {
    code: 'unsafe-zip',
    spoil: (parts) => [...parts, { name: '..\\..\\evil', data: Buffer.from('x') }],
  },
  'a link': {
    code: 'unsafe-zip',
    spoil: (parts) => [
      ...parts,
      { name: `${dataset}/${plain}/progress.pdf`, data: Buffer.from('/etc/passwd'), mode: 0o120777 },
    ],
  },
  'a file twice': { code: 'broken-zip', spoil: (parts) => [...parts, parts[0]!] },
  'two files that differ in capitals': {
    code: 'broken-zip',
    spoil: (parts) => [...parts, { ...parts[0]!, name: parts[0]!.name.toUpperCase() }],
  },
  'a size that packing can not reach': {
    code: 'broken-zip',
    spoil: (parts) => [
      ...parts,
      { name: `${dataset}/${plain}/debug.txt`, data: Buffer.alloc(9), deflate: true, claimed: 2 ** 31 },
    ],
  },
  'weights of nothing but zeros': {
    code: 'broken-zip',
    spoil: (parts) =>
      parts.map((part) =>
        part.name.endsWith('.pth') ? { ...part, data: Buffer.alloc(1 << 20), deflate: true } : part,
      ),
  },
  'more bytes than it says': {
    code: 'broken-zip',
    spoil: (parts) =>
      parts.map((part) => (part.name.endsWith('plans.json') ? { ...part, deflate: true, claimed: 100 } : part)),
  },
  'many names for the same bytes': {
    code: 'broken-zip',
    spoil: (parts) => [
      ...parts,
      { name: 'a', data: Buffer.alloc(4000, 7) },
      ...Array.from({ length: 20 }, (_, at) => ({ name: `b${at}`, data: Buffer.alloc(4000, 7), shares: true })),
    ],
  },
  'a wrong check sum': {
    code: 'broken-zip',
    spoil: (parts) => parts.map((part) => (part.name.endsWith('.pth') ? { ...part, crc: 1 } : part)),
  },
  'no plans': { code: 'not-a-model', spoil: (parts) => parts.filter(({ name }) => !name.endsWith('/plans.json')) },
  'no labels': { code: 'not-a-model', spoil: (parts) => parts.filter(({ name }) => !name.endsWith('/dataset.json')) },
  'no fold': { code: 'no-folds', spoil: (parts) => parts.filter(({ name }) => !name.includes('/fold_')) },
  'a fold without a checkpoint': {
    code: 'fold-without-checkpoint',
    spoil: (parts) => parts.filter(({ name }) => !name.endsWith('fold_1/checkpoint_final.pth')),
  },
  'a checkpoint that is none': {
    code: 'bad-checkpoint',
    spoil: (parts) =>
      parts.map((part) => (part.name.endsWith('.pth') ? { ...part, data: Buffer.from('weights') } : part)),
  },
  'no model at all': { code: 'not-a-model', spoil: () => [{ name: 'readme.txt', data: Buffer.from('hello') }] },
  "a model of nnU-Net's first version": {
    code: 'nnunet-version-1',
    spoil: () => [
      { name: '3d_fullres/Task004_H/nnUNetTrainerV2__nnUNetPlansv2.1/plans.pkl', data: Buffer.from('x') },
      {
        name: '3d_fullres/Task004_H/nnUNetTrainerV2__nnUNetPlansv2.1/fold_0/model_final_checkpoint.model',
        data: Buffer.from('x'),
      },
    ],
  },
  'models of two datasets': {
    code: 'several-datasets',
    spoil: (parts) => [
      ...parts,
      ...parts.map((part) => ({ ...part, name: part.name.replace(dataset, 'Dataset002_B') })),
    ],
  },
};

describe('an archive', () => {
  for (const [what, { code, spoil }] of Object.entries(mischief)) {
    it(`with ${what} is refused in one line, and leaves nothing`, async (test) => {
      const { folder, there, here, zip, imported } = await place(test);
      await trainedModel(there, '2d');
      await rm(join(there, folderOf('2d'), 'fold_0', 'validation'), { recursive: true });
      await mkdir(here.results, { recursive: true });
      await writeFile(zip, craftedZip(spoil(await partsOf(there))));
      const before = await filesBelow(folder);
      const error = await refusal(imported());
      assert.equal(error.code, code, error.oneLine);
      assert.ok(error.where?.startsWith(zip), `${error.where}`);
      assert.ok(error.hint !== '' && !/importing-/.test(error.oneLine), error.oneLine);
      assert.deepEqual([await readdir(here.results), await filesBelow(folder)], [[], before]);
    });
  }

  it('is refused where it is cut off, missing, or no zip', async (test) => {
    const { folder, there, here, zip, exported, imported } = await place(test);
    await assert.rejects(imported(), { code: 'file-missing' });
    await trainedModel(there, '2d');
    const { bytes } = await exported(['2d']);
    await truncate(zip, bytes - 100);
    await assert.rejects(imported(), { code: 'broken-zip', where: zip });
    await assert.rejects(imported(join(folder, 'model.rar')), { code: 'file-missing' });
    await rename(zip, join(folder, 'model.rar'));
    await assert.rejects(imported(join(folder, 'model.rar')), { code: 'not-a-zip' });
    assert.equal(existsSync(here.results), false);
  });

  it('is refused where a pickle asks for foreign code', async (test) => {
    const { there, here, imported } = await place(test);
    const model = await trainedModel(there, '2d');
    await trainedModel(there, '3d_fullres');
    await choose(there);
    const foreign = tuple(new PickleGlobal('os', 'system'));
    const steps = join(there, 'ensembles', (await readdir(join(there, 'ensembles')))[0]!, 'postprocessing.pkl');
    const good = await readFile(steps);
    await writeFile(steps, writePickle(foreign, 2));
    await assert.rejects(imported(there), { code: 'unsafe-pickle' });
    await writeFile(steps, good);
    await writePth(join(model, 'fold_1', 'checkpoint_final.pth'), foreign, []);
    const error = await refusal(imported(there));
    assert.equal(error.code, 'unsafe-pickle');
    assert.match(error.where ?? '', /fold_1\/checkpoint_final\.pth$/);
    assert.deepEqual(await readdir(here.results), []);
  });

  it('is refused where plans, folds or labels are mixed', async (test) => {
    const { there, here, imported } = await place(test);
    const [model, other] = await Promise.all([
      trainedModel(there, '2d'),
      trainedModel(join(there, '..', 'other'), '2d', { configuration: { spacing: [2, 1, 1] } }),
    ]);
    const checkpoint = join('fold_1', 'checkpoint_final.pth');
    await copyFile(join(model, checkpoint), join(there, '..', 'kept'));
    await copyFile(join(other, checkpoint), join(model, checkpoint));
    await assert.rejects(imported(there), { code: 'folds-differ' });
    await copyFile(join(there, '..', 'kept'), join(model, checkpoint));
    const { plans } = modelPaths(model);
    const own = await readFile(plans);
    await copyFile(modelPaths(other).plans, plans);
    await assert.rejects(imported(there), { code: 'plans-differ' });
    await writeFile(plans, own);
    await trainedModel(there, '3d_fullres', { labels: { background: 0, one: 1, two: 2 } });
    await assert.rejects(imported(there), { code: 'models-differ' });
    assert.deepEqual(await readdir(here.results), []);
  });

  it('does not touch a model that is there, nor takes the number of another dataset', async (test) => {
    const { there, here, imported } = await place(test);
    await trainedModel(there, '2d');
    await trainedModel(there, '3d_fullres');
    const existing = join(here.results, dataset, folderOf('3d_fullres'));
    await writeText(join(existing, 'mine.txt'), 'mine');
    await assert.rejects(imported(there), { code: 'model-exists', where: existing });
    assert.deepEqual(await filesBelow(here.results), [`${dataset}/${folderOf('3d_fullres')}/mine.txt`]);
    await rm(join(here.results, dataset), { recursive: true });
    await mkdir(join(here.raw, 'Dataset001_Other'), { recursive: true });
    await assert.rejects(imported(there), { code: 'number-taken' });
    await assert.rejects(imported(there, { dataset: '../Dataset009_X' }), { code: 'dataset-unnamed' });
    assert.deepEqual(await readdir(here.results), []);
    assert.equal((await imported(there, { dataset: 'Dataset009_X' })).dataset, 'Dataset009_X');
  });

  it('leaves nothing where its import is stopped', async (test) => {
    const { there, here, imported } = await place(test);
    await trainedModel(there, '2d');
    const stop = new AbortController();
    let files = 0;
    const progress = (): void => {
      if ((files += 1) === 4) stop.abort();
    };
    const context = { progress, warn: () => undefined, signal: stop.signal };
    await assert.rejects(importModels({ ...context, source: there, roots: here }), { name: 'AbortError' });
    assert.deepEqual(await readdir(here.results), []);
    await imported(there);
  });

  it('is replaced by the next one, and nothing else is', async (test) => {
    const { there, zip, exported } = await place(test);
    await trainedModel(there, '2d');
    await writeFile(zip, 'letters to my aunt');
    await assert.rejects(exported(['2d']), { code: 'output-exists' });
    await rm(zip);
    await exported(['2d']);
    await exported(['2d'], { folds: [0] });
    assert.equal((await namesIn(zip)).filter((name) => name.endsWith('.pth')).length, 1);
    await assert.rejects(exported(['2d'], { folds: [4] }), { code: 'fold-not-trained' });
  });
});

async function refusal(work: Promise<unknown>): Promise<NnunetError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof NnunetError, `${String(error)}`);
  return error;
}
