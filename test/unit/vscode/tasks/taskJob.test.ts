import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { rootsBelow } from '../../../../src/dataset/roots';
import { taskJobs } from '../../../../src/vscode/tasks/taskJob';
import { scratchFolder, writeGoodDataset, writeText } from '../../dataset/scratch';
import { labelledDataset, validatedModel } from '../../pipeline/validatedModels';

describe('a task in tasks.json that is no training', () => {
  const type = 'nnunet';
  const roots = rootsBelow('/nowhere');
  const onlyJob = async (...asked: Parameters<typeof taskJobs>) => {
    const jobs = await taskJobs(...asked);
    assert.equal(jobs.length, 1);
    return jobs[0] as {
      kind: string;
      request: { folders: { raw: string }; plans?: string; folds?: unknown; provider?: string; mirroring?: boolean };
    };
  };

  it('of checking and preprocessing names the dataset that is meant, however it is written', async (test) => {
    const folder = await scratchFolder(test);
    const here = rootsBelow(folder);
    const raw = join(here.raw, 'Dataset004_Test');
    await writeGoodDataset(raw);
    for (const dataset of ['4', 'Dataset004_Test', 'nnUNet_raw/Dataset004_Test', raw]) {
      const { kind, request } = await onlyJob({ type, task: 'check', dataset }, [here], folder);
      assert.deepEqual([kind, 'folders' in request && request.folders.raw], ['check', raw], dataset);
    }
    const preprocess = { type, task: 'preprocess', dataset: '4', configuration: '2d' } as const;
    const { request } = await onlyJob(preprocess, [here], folder);
    assert.equal('plans' in request && request.plans, 'nnUNetPlans');
    await assert.rejects(taskJobs({ ...preprocess, configuration: '3d_fulres' }, [here], folder), {
      code: 'configuration-unknown',
    });
  });

  it('of checking is refused where there are no images', async (test) => {
    const here = rootsBelow(await scratchFolder(test));
    await assert.rejects(taskJobs({ type, task: 'check', dataset: '4' }, [here], '/w'), { code: 'dataset-unknown' });
  });

  it('of predicting takes paths from the workspace folder', async () => {
    const { request } = await onlyJob(
      { type, task: 'predict', model: 'm', images: ['a', '/b'], output: 'o', folds: [0, 1], mirroring: false },
      [roots],
      '/w',
    );
    assert.deepEqual(request, {
      ...{ models: ['/w/m'], input: ['/w/a', '/b'], output: '/w/o', folds: [0, 1], mirroring: false },
      ...{ device: 'auto', precision: 'auto', stepSize: 0.5, provider: 'auto' },
    });
  });

  it('of predicting takes every trained fold unless it names some, and the provider of the settings', async () => {
    const task = { type, task: 'predict', model: '/m.onnx', images: '/i', output: '/o', provider: 'cuda' } as const;
    const { request } = await onlyJob(task, [roots], '/w');
    assert.deepEqual(
      ['folds' in request, 'provider' in request && request.provider, 'mirroring' in request && request.mirroring],
      [false, 'cuda', true],
    );
  });

  it('of predicting with a dataset takes the model that was chosen for it, in as many steps as that needs', async (test) => {
    const folder = await scratchFolder(test);
    const here = rootsBelow(folder);
    const dataset = await labelledDataset(folder, () => 0);
    for (const name of ['2d', '3d_fullres']) await validatedModel(dataset, name, () => 0, { probabilities: false });
    const selected = ['2d', '3d_fullres'].map((configuration) => ({
      ...{ configuration, trainer: 'nnUNetTrainer', plans_identifier: 'nnUNetPlans' },
    }));
    await writeText(join(dataset.results, 'inference_information.json'), {
      folds: [0, 1],
      best_model_or_ensemble: { selected_model_or_models: selected },
    });
    const task = { type, task: 'predict', dataset: '1', images: 'scans', output: 'masks' } as const;
    const jobs = await taskJobs(task, [here], folder);
    assert.deepEqual(
      jobs.map(({ kind, after }) => [kind, after]),
      [
        ['predict', []],
        ['predict', [0]],
        ['ensemble', [0, 1]],
      ],
    );
    assert.equal((jobs.at(-1)!.request as { output: string }).output, join(folder, 'masks'));
  });

  it('of predicting with the second stage of a cascade has the first predicted before it', async (test) => {
    const folder = await scratchFolder(test);
    const dataset = await labelledDataset(folder, () => 0);
    const [model] = await Promise.all([
      validatedModel(dataset, 'fine', () => 0, { probabilities: false, configuration: { previous_stage: 'low' } }),
      validatedModel(dataset, 'low', () => 0, { probabilities: false }),
    ]);
    const task = { type, task: 'predict', model, images: 'scans', output: 'masks' } as const;
    const jobs = await taskJobs(task, [rootsBelow(folder)], folder);
    const [first, second] = jobs.map(({ request }) => request as { output: string; previousStageFolder?: string });
    assert.deepEqual([jobs.length, jobs[1]!.after], [2, [0]]);
    assert.equal(second!.previousStageFolder, first!.output);
  });

  it('of evaluating finds dataset.json and the summary beside the predictions', async () => {
    const { request } = await onlyJob({ type, task: 'evaluate', reference: 'r', prediction: 'p' }, [roots], '/w');
    assert.deepEqual(request, {
      referenceFolder: '/w/r',
      predictionFolder: '/w/p',
      datasetJson: '/w/p/dataset.json',
      output: '/w/p/summary.json',
    });
  });

  it('says what is missing', async () => {
    await assert.rejects(taskJobs({ type, task: 'predict', model: 'm' }, [roots], '/w'), /needs "images"/);
    await assert.rejects(taskJobs({ type, task: 'check' }, [roots], '/w'), { code: 'missing-option' });
  });
});
