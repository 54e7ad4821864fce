import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { foldPaths, modelFolderName, modelPaths } from '../../../src/dataset/results';
import { findBestJobs } from '../../../src/jobs/findBest';
import { jobsOf, type PlannedJob } from '../../../src/jobs/plannedJobs';
import { consideredModels, foldsOfSplit } from '../../../src/pipeline/considered';
import { rootsBelow } from '../../../src/dataset/roots';
import { scratchFolder, writeText } from '../dataset/scratch';
import { labelledDataset, modelName, validatedModel } from '../pipeline/validatedModels';

const truth = (at: number, voxel: number): number => (voxel + at) % 3;

async function place(test: TestContext) {
  const root = await scratchFolder(test);
  const dataset = await labelledDataset(root, truth);
  const ask = (configurations: string[], ensembling = true, places = 0, trainings = new Map<string, number>()) =>
    findBestJobs(
      {
        dataset,
        models: configurations.map(modelName),
        folds: [0, 1],
        ensembling,
        validation: { device: 'cpu', precision: 'auto' },
      },
      places,
      trainings,
    );
  const fold = (configuration: string, number: number): string =>
    modelPaths(join(dataset.results, modelFolderName(modelName(configuration)))).fold(number);
  return { root, dataset, ask, fold };
}

const short = (planned: readonly PlannedJob[]): string[] =>
  planned.map(({ kind, request, after = [] }) => {
    const what = kind === 'validate' ? ` ${request.configuration} ${request.fold} ${request.saveProbabilities}` : '';
    return `${kind}${what}${after.length > 0 ? ` after ${after.join()}` : ''}`;
  });

describe('the jobs that find the best model', () => {
  it('are the comparison alone where validation has left everything', async (test) => {
    const { dataset, ask } = await place(test);
    for (const name of ['2d', '3d_fullres']) await validatedModel(dataset, name, truth);
    const planned = await ask(['2d', '3d_fullres']);
    assert.deepEqual(short(planned), ['find-best']);
    const probabilities = 3 * 120 * Float32Array.BYTES_PER_ELEMENT;
    assert.ok(planned[0]!.resources!.memoryBytes! >= 3 * probabilities, 'the sum, one model, and what it is read from');
    assert.equal((await ask(['2d']))[0]!.resources, undefined);
  });

  it('validate again what has no probabilities, or was not validated, one after the other', async (test) => {
    const { dataset, ask, fold } = await place(test);
    await validatedModel(dataset, '2d', truth, { probabilities: false });
    await validatedModel(dataset, '3d_fullres', truth);
    for (const number of [0, 1]) await writeText(foldPaths(fold('2d', number)).checkpoint('final', 'pth'), 'weights');
    await rm(foldPaths(fold('3d_fullres', 1)).validation, { recursive: true });
    await writeText(foldPaths(fold('3d_fullres', 1)).checkpoint('final'), 'weights');
    const planned = await ask(['2d', '3d_fullres']);
    assert.deepEqual(short(planned), [
      'validate 2d 0 true',
      'validate 2d 1 true after 0',
      'validate 3d_fullres 1 true after 1',
      'find-best after 0,1,2',
    ]);
    const jobs = jobsOf(planned, { roots: rootsBelow('/data', 'option') });
    assert.deepEqual(
      jobs.at(-1)!.after,
      jobs.slice(0, 3).map(({ id }) => ({ id, is: 'done' })),
    );
    assert.deepEqual(jobs.map(({ title }) => title).slice(-2), [
      'Validate Test 3d_fullres, fold 1',
      'Find the best model of Test',
    ]);
    assert.deepEqual(short(await ask(['2d'])), ['find-best'], 'a single model needs no probabilities');
    assert.deepEqual(short(await ask(['2d', '3d_fullres'], false)), [
      'validate 3d_fullres 1 false',
      'find-best after 0',
    ]);
  });

  it('wait for trainings of the same list, which leave all that is needed', async (test) => {
    const { dataset, ask, fold } = await place(test);
    await validatedModel(dataset, '2d', truth);
    await rm(fold('2d', 1), { recursive: true });
    assert.deepEqual(short(await ask(['2d'], true, 1, new Map([[fold('2d', 1), 0]]))), ['find-best after 0']);
  });

  it('are refused for a fold that is not trained, and where probabilities can not be made', async (test) => {
    const { dataset, ask, fold } = await place(test);
    await validatedModel(dataset, '2d', truth, { probabilities: false });
    await validatedModel(dataset, '3d_fullres', truth);
    await assert.rejects(ask(['2d', '3d_fullres']), {
      code: 'probabilities-missing',
      where: foldPaths(fold('2d', 0)).validation,
    });
    await rm(fold('2d', 1), { recursive: true });
    await assert.rejects(ask(['2d']), { code: 'fold-not-trained', where: fold('2d', 1) });
  });
});

describe('the models that are compared', () => {
  it("are nnU-Net's own that are trained, in its order; those that were named have to be", async (test) => {
    const { dataset } = await place(test);
    for (const name of ['3d_lowres', '3d_fullres', '2d', 'my_own']) await validatedModel(dataset, name, truth);
    const { models } = await consideredModels(dataset, {});
    assert.deepEqual(models, ['2d', '3d_fullres', '3d_lowres'].map(modelName));
    const named = await consideredModels(dataset, { configurations: ['my_own', '2d', '3d_cascade_fullres'] });
    assert.deepEqual(named.models, ['my_own', '2d'].map(modelName), 'the plans have no cascade');
    await assert.rejects(consideredModels(dataset, { configurations: ['my_onw'] }), { code: 'configuration-unknown' });
    await assert.rejects(consideredModels(dataset, { trainers: ['Other'] }), { code: 'no-models' });
    await rm(join(dataset.results, modelFolderName(modelName('2d')), 'fold_0'), { recursive: true });
    await rm(join(dataset.results, modelFolderName(modelName('2d')), 'fold_1'), { recursive: true });
    assert.deepEqual((await consideredModels(dataset, {})).untrained, [modelName('2d')]);
    await assert.rejects(consideredModels(dataset, { configurations: ['2d'] }), { code: 'model-not-trained' });
  });

  it('on all folds of the split, which are five unless its file says otherwise', async (test) => {
    const { dataset } = await place(test);
    assert.deepEqual(await foldsOfSplit(dataset), [0, 1, 2, 3, 4]);
    const fold = { train: ['a'], val: ['b'] };
    await writeText(join(dataset.preprocessed, 'splits_final.json'), [fold, fold, fold]);
    assert.deepEqual(await foldsOfSplit(dataset), [0, 1, 2]);
  });
});
