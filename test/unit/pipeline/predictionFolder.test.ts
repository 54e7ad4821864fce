import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { outputListName } from '../../../src/dataset/ownedOutputs';
import type { NnunetError } from '../../../src/method/errors';
import {
  openCases,
  PredictionWriter,
  type FolderOptions,
  type ModelFiles,
} from '../../../src/pipeline/prediction/predictionFolder';
import { scratchFolder } from '../dataset/scratch';

const model: ModelFiles = {
  fileEnding: '.nii.gz',
  reader: 'SimpleITKIO',
  channels: { count: 1 },
  files: [],
  texts: { plans: '{"plans": 1}', datasetJson: '{"dataset": 1}' },
};
const code = (expected: string) => (error: NnunetError) => error.code === expected && error.hint.length > 0;

/** A folder of scans, and predictions of them into another, without a network. */
async function scene(test: TestContext) {
  const root = await scratchFolder(test);
  const at = (...names: string[]) => join(root, ...names);
  const put = (content: string, ...names: string[]) => {
    fs.mkdirSync(join(at(...names), '..'), { recursive: true });
    fs.writeFileSync(at(...names), content);
  };
  const read = (...names: string[]) => fs.readFileSync(at(...names), 'utf8');
  for (const id of ['a', 'b']) put(`scan ${id}`, 'scans', `${id}.nii.gz`);
  const open = async (more: Partial<FolderOptions> = {}) => {
    const options = { input: [at('scans')], output: at('out'), saveProbabilities: false, skipExisting: false, ...more };
    const opened = await openCases(model, { ...options, warn: () => undefined });
    return { ...opened, writer: new PredictionWriter(opened.outputs, model.texts, options) };
  };
  const predict = async (mask: string, more: Partial<FolderOptions> = {}) => {
    const { cases, skipped, writer } = await open(more);
    for (const { id } of cases) {
      await writer.write((folder) => {
        fs.mkdirSync(folder, { recursive: true });
        const endings = ['.nii.gz', ...(more.saveProbabilities ? ['.npz', '.pkl'] : [])];
        for (const ending of endings) fs.writeFileSync(join(folder, id + ending), mask);
        return Promise.resolve(join(folder, `${id}.nii.gz`));
      });
    }
    return { predicted: cases.map(({ id }) => id), skipped };
  };
  return { at, put, read, open, predict };
}

describe('a folder that masks go to', () => {
  it('gets the masks and what describes them, and may be predicted into again', async (test) => {
    const { at, read, predict } = await scene(test);
    await predict('first');
    assert.deepEqual(fs.readdirSync(at('out')).sort(), [
      outputListName,
      'a.nii.gz',
      'b.nii.gz',
      'dataset.json',
      'plans.json',
      'predict_from_raw_data_args.json',
    ]);
    await predict('second', { saveProbabilities: true });
    assert.equal(read('out', 'a.nii.gz'), 'second');
  });
  it('is not the folder of the scans, also with --continue, which would take them for masks', async (test) => {
    const { at, read, predict } = await scene(test);
    for (const skipExisting of [false, true])
      await assert.rejects(predict('mask', { output: at('scans'), skipExisting }), code('output-is-input'));
    const input = [at('scans', 'a.nii.gz')];
    await assert.rejects(predict('mask', { input, output: at('scans') }), code('output-is-input'));
    await assert.rejects(predict('mask', { input, output: at('scans'), skipExisting: true }), code('output-is-input'));
    assert.equal(read('scans', 'a.nii.gz'), 'scan a');
    assert.deepEqual(fs.readdirSync(at('scans')), ['a.nii.gz', 'b.nii.gz']);
  });
  it("is none of a dataset's folders, and none with other files of these names", async (test) => {
    const { at, put, read, predict } = await scene(test);
    put('{}', 'Dataset001_A', 'dataset.json');
    put('reference', 'Dataset001_A', 'labelsTr', 'a.nii.gz');
    const labels = at('Dataset001_A', 'labelsTr');
    await assert.rejects(predict('mask', { output: labels }), code('output-in-dataset'));
    await assert.rejects(predict('mask', { output: at('Dataset001_A') }), code('output-exists'));
    put('foreign', 'out', 'b.npz');
    await assert.rejects(predict('mask', { saveProbabilities: true }), code('output-exists'));
    assert.equal(read('Dataset001_A', 'labelsTr', 'a.nii.gz'), 'reference');
    assert.deepEqual(fs.readdirSync(at('out')), ['b.npz']);
  });
  it('is not that of the first stage, whose masks are read', async (test) => {
    const { at, read, predict } = await scene(test);
    await predict('first stage');
    await assert.rejects(predict('second', { previousStageFolder: at('out') }), code('output-is-input'));
    await assert.rejects(predict('second', { previousStageFolder: at('no') }), code('previous-stage-missing'));
    assert.equal(read('out', 'a.nii.gz'), 'first stage');
  });
  it('keeps corrected masks with --continue, and refuses to replace them without', async (test) => {
    const { put, read, predict } = await scene(test);
    await predict('mask');
    put('mask, corrected', 'out', 'a.nii.gz');
    assert.deepEqual(await predict('again', { skipExisting: true }), { predicted: [], skipped: ['a', 'b'] });
    await assert.rejects(predict('again'), code('output-changed'));
    assert.equal(read('out', 'a.nii.gz'), 'mask, corrected');
  });
  it('with a foreign file is not finished for --continue', async (test) => {
    const { put, predict } = await scene(test);
    put('a scan of somebody', 'out', 'a.nii.gz');
    await assert.rejects(predict('mask', { skipExisting: true }), code('output-exists'));
  });
});
