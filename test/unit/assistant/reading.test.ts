import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { answerCall, NamesOfDatasets, type Answer, type Call, type Told } from '../../../src/assistant/call';
import { recommendConfiguration } from '../../../src/assistant/configurations';
import { describeDataset, listDatasetsFor } from '../../../src/assistant/datasets';
import { listJobs } from '../../../src/assistant/jobsState';
import { readCurve } from '../../../src/assistant/trainings';
import { worstCases } from '../../../src/assistant/worstCases';
import type { Roots } from '../../../src/dataset/roots';
import { caseMetrics, summarize, summaryToJson } from '../../../src/method/evaluation';
import { datasetName, leaked, privateDataset } from './privateDataset';

const settings = { launch: () => ({ launcher: 'local' }) as const };
const asker = (roots: Roots, shareNames = false) => {
  const known = new NamesOfDatasets();
  return (work: (call: Call) => Promise<Answer>): Promise<Told> =>
    answerCall({ ...settings, roots: [roots], shareNames }, known, {}, work);
};

/** A fold that failed, with an epoch and a validation; names stand in its files. */
async function trainedFold(roots: Roots): Promise<string> {
  const model = join(roots.results, datasetName, 'nnUNetTrainer__nnUNetPlans__3d_fullres');
  const fold = join(model, 'fold_0');
  const time = '2026-01-01T00:00:00.000Z';
  const epoch = {
    type: 'epoch',
    epochs: 40,
    trainLoss: 0.5,
    valLoss: 0.6,
    dice: [0.5, 0.25],
    learningRate: 0.01,
    seconds: 3,
  };
  const events = [
    ...Array.from({ length: 12 }, (_, at) => ({ ...epoch, time, epoch: at, meanDice: 0.4, emaDice: 0.4 + at / 50 })),
    {
      type: 'error',
      time,
      code: 'broken',
      message: 'Emma Meier cannot be read',
      hint: 'Look at Müller_Hans.',
      where: join(roots.raw, datasetName, 'imagesTr', 'Emma Meier_0000.nii.gz'),
    },
    { type: 'finished', time, state: 'failed' },
  ];
  await mkdir(join(fold, 'validation'), { recursive: true });
  await writeFile(join(fold, 'events.jsonl'), events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  await writeFile(
    join(model, 'dataset.json'),
    JSON.stringify({
      channel_names: { 0: 'CT' },
      labels: { background: 0, liver: 1, tumour: 2 },
      numTraining: 4,
      file_ending: '.nii.gz',
    }),
  );
  const counts = [
    [8, 2],
    [2, 8],
    [9, 1],
  ].map(([tp, fp]) => ({ tp: tp!, fp: fp!, fn: fp!, tn: 5 }));
  const cases = ['Müller_Hans', 'Emma Meier', '00471123'].map((id, at) =>
    caseMetrics([counts[at]!, counts[0]!], [1, 2], {
      prediction_file: join(fold, 'validation', `${id}.nii.gz`),
      reference_file: `/klinik/otto/${id}.nii.gz`,
    }),
  );
  await writeFile(join(fold, 'validation', 'summary.json'), summaryToJson(summarize(cases, [1, 2])));
  return fold;
}

describe('what an assistant is told', () => {
  it('lists datasets with what is in them', async (context) => {
    const { roots } = await privateDataset(context);
    const told = await asker(roots)(listDatasetsFor);
    const [dataset] = told.data.datasets as Record<string, unknown>[];
    assert.deepEqual(
      [dataset!.number, dataset!.name, dataset!.cases, dataset!.labels],
      [7, datasetName, 5, ['liver', 'tumour']],
    );
    assert.deepEqual(leaked(told), []);
  });

  it('says what is wrong with a dataset by cases that have no name', async (context) => {
    const { roots } = await privateDataset(context);
    const ask = asker(roots);
    for (const readImages of [false, true]) {
      const told = await ask((call) => describeDataset(call, { dataset: '7', readImages }));
      assert.equal(told.isError, undefined, told.text);
      assert.deepEqual(leaked(told), [], told.text);
      const findings = told.data.findings as { case?: string; code: string; message: string }[];
      assert.ok(findings.length >= (readImages ? 5 : 3), told.text);
      assert.match(told.text, /case \d/);
      assert.match(told.text, /liver, tumour/);
    }
  });

  it('tells names where the person allows it', async (context) => {
    const { roots } = await privateDataset(context);
    const told = await asker(roots, true)((call) => describeDataset(call, { dataset: 'Liver', readImages: true }));
    assert.match(told.text, /Emma Meier/);
  });

  it('recommends a configuration with a reason, time and memory', async (context) => {
    const { roots } = await privateDataset(context);
    const told = await asker(roots)((call) => recommendConfiguration(call, { dataset: '7' }));
    const { configurations } = told.data as { configurations: { name: string; isRecommended: boolean; why: string }[] };
    assert.equal(configurations.filter(({ isRecommended }) => isRecommended).length, 1);
    assert.ok(configurations.every(({ why }) => why !== ''));
    assert.deepEqual(leaked(told), []);
  });

  it('names the worst cases first, by label', async (context) => {
    const { roots } = await privateDataset(context);
    await trainedFold(roots);
    const ask = asker(roots);
    const told = await ask((call) =>
      worstCases(call, { dataset: '7', configuration: '3d_fullres', fold: '0', count: 2 }),
    );
    const { worst, labels } = told.data as {
      worst: { case: string; meanDice: number }[];
      labels: { label: string; dice: number }[];
    };
    assert.deepEqual(
      worst.map(({ meanDice }) => meanDice),
      [0.5, 0.8],
    );
    assert.deepEqual(
      labels.map(({ label }) => label),
      ['liver', 'tumour'],
    );
    assert.deepEqual(leaked(told), []);
    const described = await ask((call) => describeDataset(call, { dataset: '7', readImages: true }));
    assert.ok(JSON.stringify(described.data).includes(worst[0]!.case), 'a case has one name in all answers');
  });

  it('says how jobs do and why they failed', async (context) => {
    const { roots } = await privateDataset(context);
    await trainedFold(roots);
    const told = await asker(roots)((call) => listJobs(call, {}));
    const [job] = told.data.jobs as { state: string; failure: { message: string; where: string } }[];
    assert.equal(job!.state, 'failed');
    assert.match(job!.failure.message, /^case \d cannot be read$/);
    assert.match(job!.failure.where, /^nnUNet_raw\/Dataset007_Liver\/imagesTr\/case \d_0000\.nii\.gz$/);
    assert.deepEqual(leaked(told), []);
  });

  it('says how jobs of the other folders of a workspace do, and hides the names in those as well', async (context) => {
    const { roots } = await privateDataset(context);
    const other = await privateDataset(context);
    await trainedFold(other.roots);
    const all = { ...settings, roots: [roots, other.roots], shareNames: false };
    const told = await answerCall(all, new NamesOfDatasets(), {}, (call) => listJobs(call, {}));
    const [job] = told.data.jobs as { state: string; failure: { message: string } }[];
    assert.equal(job!.state, 'failed');
    assert.match(job!.failure.message, /^case \d cannot be read$/);
    assert.deepEqual(leaked(told), []);
  });

  it('lists the datasets of every folder, and asks which one is meant where several have it', async (context) => {
    const [one, other] = [await privateDataset(context), await privateDataset(context)];
    await trainedFold(other.roots);
    const all = { ...settings, roots: [one.roots, other.roots], shareNames: false };
    const ask = (work: (call: Call) => Promise<Answer>) => answerCall(all, new NamesOfDatasets(), {}, work);
    const listed = await ask(listDatasetsFor);
    assert.deepEqual(
      (listed.data.datasets as { name: string; folder: number }[]).map(({ name, folder }) => [name, folder]),
      [
        [datasetName, 1],
        [datasetName, 2],
      ],
    );
    const curveOf = (dataset: string) =>
      ask((call) => readCurve(call, { dataset, configuration: '3d_fullres', fold: 0 }));
    const unclear = await curveOf('7');
    assert.equal(unclear.data.code, 'dataset-in-several-folders');
    assert.match(unclear.text, /"Dataset007_Liver \(folder 1\)" or "Dataset007_Liver \(folder 2\)"/);
    assert.equal((await curveOf('7 (folder 1)')).data.code, 'training-unknown');
    assert.equal((await curveOf(`${datasetName} (folder 2)`)).data.state, 'failed');
    assert.equal((await curveOf('7 (folder 3)')).data.code, 'folder-unknown');
    assert.deepEqual(leaked([listed, unclear]), []);
  });

  it('reads the notes of a curve', async (context) => {
    const { roots } = await privateDataset(context);
    await trainedFold(roots);
    const told = await asker(roots)((call) => readCurve(call, { dataset: '7', configuration: '3d_fullres', fold: 0 }));
    const { state, latest, notes } = told.data as {
      state: string;
      latest: { epoch: number };
      notes: { code: string }[];
    };
    assert.deepEqual([state, latest.epoch], ['failed', 12]);
    assert.ok(
      notes.some(({ code }) => code === 'best-epoch'),
      told.text,
    );
  });

  it('is a failure with its code and advice where something is missing, and no path', async (context) => {
    const { roots } = await privateDataset(context);
    const ask = asker(roots);
    const failures = [
      await ask((call) => describeDataset(call, { dataset: '8' })),
      await ask((call) => describeDataset(call, { dataset: roots.raw })),
      await ask((call) => readCurve(call, { dataset: '7', configuration: '2d', fold: 1 })),
      await ask(() => Promise.reject(new Error(`ENOENT: no such file, open '${roots.raw}/x/Otto.nii'`))),
    ];
    assert.deepEqual(
      failures.map(({ isError, data }) => [isError, data.code]),
      [
        [true, 'dataset-unknown'],
        [true, 'dataset-by-name'],
        [true, 'training-unknown'],
        [true, 'unexpected'],
      ],
    );
    assert.deepEqual(leaked(failures), []);
  });
});
