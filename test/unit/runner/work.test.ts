import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { readPredictionRecord } from '../../../src/dataset/predictionRecord';
import type { PredictRequest } from '../../../src/jobs/requests';
import { check } from '../../../src/runner/work/check';
import type { WorkContext } from '../../../src/runner/work/context';
import { evaluate } from '../../../src/runner/work/evaluate';
import { exportOnnx } from '../../../src/runner/work/exportOnnx';
import { fix } from '../../../src/runner/work/fix';
import { importSource } from '../../../src/runner/work/import';
import { plan } from '../../../src/runner/work/plan';
import { predict } from '../../../src/runner/work/predict';
import { preprocess } from '../../../src/runner/work/preprocess';
import { sample } from '../../../src/runner/work/sample';
import { scratchFolder, writeGoodDataset, writeSmall, writeText } from '../dataset/scratch';
import { thresholdModel } from '../inference/toyModel';

/** A job's surroundings, and what was said in it. */
function surroundings(folder: string) {
  const said: string[] = [];
  const controller = new AbortController();
  const context: WorkContext = {
    progress: ({ stage, state }) => said.push(`${stage} ${state}`),
    warn: (code) => said.push(`warning ${code}`),
    note: (message) => said.push(message),
    signal: controller.signal,
    folder,
    logFile: join(folder, 'log.txt'),
  };
  return { context, said, stop: () => controller.abort() };
}

async function places(test: TestContext) {
  const folder = await scratchFolder(test);
  const dataset = 'Dataset001_Test';
  const folders = {
    raw: join(folder, 'nnUNet_raw', dataset),
    preprocessed: join(folder, 'nnUNet_preprocessed', dataset),
    results: join(folder, 'nnUNet_results', dataset),
  };
  return { folder, request: { dataset, folders }, ...surroundings(folder) };
}

describe('the work of a job', () => {
  it('check: says its stage, and what it finds is plain data', async (test) => {
    const { request, context, said } = await places(test);
    await writeGoodDataset(request.folders.raw);
    await writeSmall(join(request.folders.raw, 'labelsTr', 'b.nii.gz'), () => 7);
    const result = await check(request, context);
    assert.equal(result.cases, 3);
    assert.ok(result.findings.some((finding) => finding.case === 'b' && finding.severity === 'error'));
    assert.deepEqual(JSON.parse(JSON.stringify(result)), result);
    assert.deepEqual([said[0], said.at(-1)], ['check started', 'check done']);
  });

  it('check: refuses a dataset without raw data', async (test) => {
    const { request, context } = await places(test);
    await assert.rejects(check(request, context), { code: 'raw-missing', where: request.folders.raw });
  });

  it('fix: corrects what is safe and gives what is left', async (test) => {
    const { request, context } = await places(test);
    await writeGoodDataset(request.folders.raw);
    const file = join(request.folders.raw, 'dataset.json');
    await writeText(file, { ...JSON.parse(await readFile(file, 'utf8')), numTraining: 30 });
    const result = await fix(request, context);
    assert.equal(result.fixed.length, 1);
    assert.deepEqual([result.findings, result.notFixed, result.renamed], [[], [], []]);
    assert.ok(existsSync(result.backupFolder!));
    assert.equal(JSON.parse(await readFile(file, 'utf8')).numTraining, 3);
  });

  it('import: finds out without writing, then writes', async (test) => {
    const { folder, request, context } = await places(test);
    const source = join(folder, 'source');
    await writeGoodDataset(source);
    const rawRoot = join(folder, 'nnUNet_raw');
    const found = await importSource({ source, rawRoot, isDryRun: true }, context);
    assert.equal(existsSync(rawRoot), false);
    const written = await importSource({ source, rawRoot, id: found.id, name: 'Test' }, context);
    assert.equal(written.folder, request.folders.raw);
    assert.equal((await check(request, context)).cases, 3);
  });

  it('stops where it is told to, and leaves nothing behind', async (test) => {
    const { folder, context, stop } = await places(test);
    stop();
    const wanted = join(folder, 'nnUNet_raw', 'Dataset001_Sample');
    await assert.rejects(sample({ folder: wanted, cases: 2, testCases: 0 }, context), { name: 'AbortError' });
    assert.equal(existsSync(wanted), false);
  });

  it('sample, plan and preprocess: from nothing to prepared cases, once', async (test) => {
    const { request, context, said } = await places(test);
    const written = await sample({ folder: request.folders.raw, cases: 2, testCases: 1 }, context);
    assert.deepEqual([written.cases.length, written.testCases.length], [2, 1]);
    const planned = await plan({ ...request, planner: 'default' }, context);
    assert.equal(basename(planned.file), 'nnUNetPlans.json');
    assert.ok(planned.configurations.includes('3d_fullres'));
    const wanted = { ...request, configuration: '3d_fullres', plans: planned.plansName };
    const first = await preprocess(wanted, context);
    assert.deepEqual([first.cases, first.preprocessed], [2, 2]);
    assert.equal((await preprocess(wanted, context)).preprocessed, 0);
    for (const stage of ['sample', 'fingerprint', 'preprocess']) assert.ok(said.includes(`${stage} done`), stage);
  });

  it('predict and evaluate: masks, what made them, and their Dice; a bad image spoils no other', async (test) => {
    const { folder, context } = await places(test);
    const images = join(folder, 'images');
    await mkdir(images);
    for (const id of ['a', 'b'])
      await writeSmall(join(images, `${id}_0000.nii.gz`), (at) => at - 50, { type: 'int16' });
    await writeFile(join(images, 'c_0000.nii.gz'), 'no image');
    const model = thresholdModel(join(folder, 'bright.onnx'), 0);
    const request: PredictRequest = {
      models: [model],
      input: [images],
      output: join(folder, 'masks'),
      mirroring: false,
      stepSize: 0.5,
      device: 'auto',
      precision: 'auto',
      provider: 'cpu',
    };
    const ahead = await predict({ ...request, isDryRun: true }, context);
    assert.deepEqual([ahead.cases, existsSync(request.output)], [[], false]);
    const result = await predict(request, context);
    assert.deepEqual(result.cases.map((one) => one.case).sort(), ['a', 'b']);
    assert.equal(result.failed?.[0]?.case, 'c');
    assert.ok(result.failed[0].code && result.failed[0].message && result.failed[0].where);
    assert.deepEqual(JSON.parse(JSON.stringify(result)), result);
    const record = await readPredictionRecord(request.output);
    assert.deepEqual([record.model, record.input, record.mirroring], [[model], [images], false]);

    const labels = join(folder, 'labels');
    for (const id of ['a', 'b']) await writeSmall(join(labels, `${id}.nii.gz`), (at) => (at > 50 ? 1 : 0));
    const datasetJson = join(folder, 'dataset.json');
    await writeText(datasetJson, {
      channel_names: { 0: 'CT' },
      labels: { background: 0, bright: 1 },
      numTraining: 2,
      file_ending: '.nii.gz',
    });
    const output = join(folder, 'summary.json');
    const asked = { referenceFolder: labels, predictionFolder: request.output, datasetJson, output };
    const measured = await evaluate(asked, context);
    assert.deepEqual(measured, { summary: output, cases: 2, meanDice: 1, dice: { 1: 1 } });
    await assert.rejects(evaluate({ ...asked, datasetJson: `${datasetJson}.gone` }, context), {
      code: 'dataset-json-missing',
    });
  });

  it('export-onnx: refuses what is no model', async (test) => {
    const { folder, context } = await places(test);
    const request = { modelFolder: join(folder, 'nothing'), output: join(folder, 'model.onnx') };
    await assert.rejects(exportOnnx(request, context), { code: 'folder-missing' });
  });
});
