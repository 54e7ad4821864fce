import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { withFirstStage } from '../../../src/jobs/cascadePrediction';
import type { PredictRequest } from '../../../src/jobs/requests';
import { scratchFolder, writeText } from '../dataset/scratch';
import { toyMetadata } from '../inference/toyModel';

const model = (configuration: string): string => `nnUNetTrainer__nnUNetPlans__${configuration}`;

async function trained(test: TestContext, configurations: readonly string[]) {
  const folder = await scratchFolder(test);
  const { plans, datasetJson } = toyPlans();
  for (const name of configurations) {
    await writeText(join(folder, model(name), 'plans.json'), plans);
    await writeText(join(folder, model(name), 'dataset.json'), datasetJson);
  }
  const request = (name: string, more: Partial<PredictRequest> = {}): PredictRequest => ({
    models: [join(folder, model(name))],
    input: ['/scans'],
    output: join(folder, 'masks'),
    folds: [0],
    mirroring: false,
    stepSize: 0.5,
    device: 'auto',
    precision: 'auto',
    ...more,
  });
  return { folder, request };
}

/** A cascade of two stages, "low" and "fine". */
function toyPlans() {
  const { plans, datasetJson } = toyMetadata() as {
    plans: { configurations: Record<string, Record<string, unknown>> };
    datasetJson: object;
  };
  const [only] = Object.values(plans.configurations);
  const configurations = { low: { ...only, next_stage: 'fine' }, fine: { ...only, previous_stage: 'low' } };
  return { plans: { ...plans, configurations }, datasetJson };
}

describe('a prediction with the second stage of a cascade', () => {
  it('has the first stage predicted before it, with all of its folds, into a folder beside the masks', async (test) => {
    const { folder, request } = await trained(test, ['low', 'fine']);
    await mkdir(join(folder, 'masks-low'));
    const [coarse, fine] = await withFirstStage(request('fine'));
    const output = join(folder, 'masks-low-2');
    assert.deepEqual(coarse, { ...request('low'), folds: undefined, output, saveProbabilities: false });
    assert.deepEqual(fine, request('fine', { previousStageFolder: output }));
  });

  it('goes on with the masks of before where it is continued', async (test) => {
    const { folder, request } = await trained(test, ['low', 'fine']);
    await mkdir(join(folder, 'masks-low'));
    const [coarse] = await withFirstStage(request('fine', { skipExisting: true }));
    assert.equal(coarse!.output, join(folder, 'masks-low'));
  });

  it('is alone where those masks are given, where nothing is predicted, and where the first stage is not there', async (test) => {
    const { request } = await trained(test, ['low', 'fine']);
    for (const more of [{ previousStageFolder: '/low' }, { isDryRun: true }])
      assert.deepEqual(await withFirstStage(request('fine', more)), [request('fine', more)]);
    const alone = await trained(test, ['fine']);
    assert.deepEqual(await withFirstStage(alone.request('fine')), [alone.request('fine')]);
  });

  it('is alone with other models, and .onnx files', async (test) => {
    const { request } = await trained(test, ['low']);
    assert.deepEqual(await withFirstStage(request('low')), [request('low')]);
    const onnx = { ...request('low'), models: ['/nowhere/model.onnx'] };
    assert.deepEqual(await withFirstStage(onnx), [onnx]);
  });
});
