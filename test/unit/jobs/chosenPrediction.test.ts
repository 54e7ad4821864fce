import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { postprocessingPickle } from '../../../src/dataset/postprocessingFile';
import { bestModelPaths, foldPaths, modelFolderName, modelPaths } from '../../../src/dataset/results';
import { chosenPrediction } from '../../../src/jobs/chosenPrediction';
import type { PlannedJob } from '../../../src/jobs/plannedJobs';
import type { PredictionEnd, PredictRequest } from '../../../src/jobs/requests';
import { inferenceInformationToJson } from '../../../src/method/inferenceInformation';
import { chosenModel } from '../../../src/pipeline/chosenModel';
import { scratchFolder, writeText } from '../dataset/scratch';
import { labelledDataset, modelName, validatedModel } from '../pipeline/validatedModels';

async function place(test: TestContext, configurations: readonly string[], more: Record<string, object> = {}) {
  const root = await scratchFolder(test);
  const dataset = await labelledDataset(root, () => 0);
  const folders = new Map<string, string>();
  for (const name of configurations) {
    const folder = await validatedModel(dataset, name, () => 0, { probabilities: false, configuration: more[name] });
    await writeText(foldPaths(modelPaths(folder).fold(0)).checkpoint('final'), 'weights');
    folders.set(name, folder);
  }
  /** As find-best leaves it. */
  const choose = async (names: readonly string[], steps: Parameters<typeof postprocessingPickle>[0] = []) => {
    const members = names.map((name) => modelFolderName(modelName(name)));
    const { folder, postprocessing } = bestModelPaths(dataset.results, members, [0, 1]);
    await mkdir(folder, { recursive: true });
    await writeFile(postprocessing, postprocessingPickle(steps));
    const information = inferenceInformationToJson({
      dataset: dataset.folderName,
      folds: [0, 1],
      considered: configurations.map(modelName),
      ensembling: true,
      results: {},
      dice: { before: 0.8, after: 0.8 },
      postprocessingFile: '/moved/since/postprocessing.pkl',
      plansFile: '/moved/since/plans.json',
      selected: names.map(modelName),
    });
    await writeText(join(dataset.results, 'inference_information.json'), information);
  };
  const output = join(root, 'masks');
  const request = { input: ['/scans'], output, mirroring: true, stepSize: 0.5, device: 'auto', precision: 'auto' };
  const jobs = async (options: object = {}) => chosenPrediction(await chosenModel(dataset), { ...request, ...options });
  return { dataset, choose, jobs, output };
}

/** Steps lie in a folder of their own: "masks-parts/2d". */
const whereTo = (path: string): string =>
  dirname(path).includes('-parts') ? `${basename(dirname(path))}/${basename(path)}` : basename(path);

/** "predict 2d -> masks-2d", with "+" where probabilities are saved and "<" before the previous stage's masks. */
const short = (planned: readonly PlannedJob[]): string[] =>
  planned.map((job) => {
    const after = job.after?.length ? ` after ${job.after.join()}` : '';
    const to = `-> ${whereTo((job.request as { output: string }).output)}`;
    if (job.kind === 'ensemble') return `mean of ${job.request.folders.map(whereTo).join()} ${to}${after}`;
    if (job.kind !== 'predict') return `${job.kind} ${to}${after}`;
    const { models, saveProbabilities, previousStageFolder: previous, folds } = job.request;
    const stage = previous === undefined ? '' : ` < ${whereTo(previous)}`;
    return `${basename(models[0]!).split('__')[2]} ${folds?.join() ?? 'all'}${saveProbabilities ? ' +' : ''} ${to}${stage}${after}`;
  });

describe('predicting with the chosen model', () => {
  it('is one prediction where it is one model without postprocessing', async (test) => {
    const { choose, jobs } = await place(test, ['2d', '3d_fullres']);
    await choose(['3d_fullres']);
    assert.deepEqual(short(await jobs()), ['3d_fullres 0,1 -> masks']);
  });

  it('averages two models in probabilities, then postprocesses, and the last step removes those before', async (test) => {
    const { choose, jobs, output } = await place(test, ['2d', '3d_fullres']);
    await choose(['2d', '3d_fullres'], [{ alone: 1 }]);
    await mkdir(`${output}-parts`);
    const planned = await jobs({ dicomSeg: true });
    assert.deepEqual(short(planned), [
      '2d 0,1 + -> masks-parts-2/2d',
      '3d_fullres 0,1 + -> masks-parts-2/3d_fullres after 0',
      'mean of masks-parts-2/2d,masks-parts-2/3d_fullres -> masks-parts-2/before_postprocessing after 0,1',
      'postprocess -> masks after 2',
    ]);
    const ends = planned.map(({ request }) => (request as { ends?: PredictionEnd }).ends);
    assert.deepEqual(ends.slice(0, 3), [undefined, undefined, undefined]);
    assert.equal(ends[3]!.parts, `${output}-parts-2`);
    assert.deepEqual(ends[3]!.dicomSeg?.input, ['/scans'], 'of the masks that stay');
    assert.equal(ends[3]!.record.model!.length, 2);
    assert.equal(
      short(await jobs({ skipExisting: true }))[0],
      '2d 0,1 + -> masks-parts/2d',
      'goes on with what is there',
    );
    assert.deepEqual(short(await jobs({ isDryRun: true })), ['2d 0,1 + -> masks', '3d_fullres 0,1 + -> masks after 0']);
  });

  it('predicts the first stage of a cascade once, also where it is a member itself', async (test) => {
    const stages = {
      '3d_lowres': { next_stage: '3d_cascade_fullres' },
      '3d_cascade_fullres': { previous_stage: '3d_lowres' },
    };
    const { choose, jobs, output } = await place(test, ['2d', '3d_lowres', '3d_cascade_fullres'], stages);
    await choose(['2d', '3d_cascade_fullres']);
    assert.deepEqual(short(await jobs()), [
      '2d 0,1 + -> masks-parts/2d',
      '3d_lowres all -> masks-parts/3d_lowres after 0',
      '3d_cascade_fullres 0,1 + -> masks-parts/3d_cascade_fullres < masks-parts/3d_lowres after 1',
      'mean of masks-parts/2d,masks-parts/3d_cascade_fullres -> masks after 0,2',
    ]);
    await choose(['3d_lowres', '3d_cascade_fullres']);
    assert.deepEqual(short(await jobs()), [
      '3d_lowres 0,1 + -> masks-parts/3d_lowres',
      '3d_cascade_fullres 0,1 + -> masks-parts/3d_cascade_fullres < masks-parts/3d_lowres after 0',
      'mean of masks-parts/3d_lowres,masks-parts/3d_cascade_fullres -> masks after 0,1',
    ]);
    await choose(['3d_cascade_fullres']);
    const alone = await jobs();
    assert.deepEqual(short(alone), [
      '3d_lowres all -> masks-parts/3d_lowres',
      '3d_cascade_fullres 0,1 -> masks < masks-parts/3d_lowres after 0',
    ]);
    assert.equal((alone[1]!.request as PredictRequest).parts, `${output}-parts`, 'the second stage removes it');
    assert.equal((alone[0]!.request as PredictRequest).towards, output);
  });

  it('takes the only model that is trained where none was chosen, and asks where there are several', async (test) => {
    const { jobs } = await place(test, ['2d']);
    assert.deepEqual(short(await jobs()), ['2d all -> masks']);
    const several = await place(test, ['2d', '3d_fullres']);
    await assert.rejects(several.jobs(), { code: 'not-chosen' });
    await assert.rejects((await place(test, [])).jobs(), { code: 'no-models' });
  });

  it('is refused where the chosen model is gone, and where what was written names no model', async (test) => {
    const { dataset, choose, jobs } = await place(test, ['2d', '3d_fullres']);
    await choose(['2d']);
    await rm(join(dataset.results, modelFolderName(modelName('2d'))), { recursive: true });
    await assert.rejects(jobs(), { code: 'chosen-model-missing' });
    const file = join(dataset.results, 'inference_information.json');
    const outside = { configuration: '../../x', trainer: 'a', plans_identifier: 'b' };
    await writeText(file, { folds: [0], best_model_or_ensemble: { selected_model_or_models: [outside] } });
    await assert.rejects(jobs(), { code: 'inference-information-invalid', where: file });
  });
});
