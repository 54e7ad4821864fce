import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { OutputFolder, outputListName } from '../../../src/dataset/ownedOutputs';
import {
  isJsonWith,
  requireConfirmedFile,
  requireFolderForMasks,
  requireFreeFile,
} from '../../../src/dataset/outputPlace';
import type { NnunetError } from '../../../src/method/errors';

let folder: string;
beforeEach(() => (folder = fs.mkdtempSync(join(tmpdir(), 'nnunet outputs ä-'))));
afterEach(() => fs.rmSync(folder, { recursive: true }));

const code = (expected: string) => (error: NnunetError) => error.code === expected && error.hint.length > 0;
const at = (...names: string[]) => join(folder, ...names);
const read = (...names: string[]) => fs.readFileSync(at(...names), 'utf8');
function put(content: string, ...names: string[]): string {
  fs.mkdirSync(join(at(...names), '..'), { recursive: true });
  fs.writeFileSync(at(...names), content);
  return at(...names);
}
const age = (seconds: number, ...names: string[]) => {
  const then = Date.now() / 1000 - seconds;
  fs.utimesSync(at(...names), then, then);
};

/** As a command does it: look first, compute, write. */
async function run(names: string[], content: string, inputs: string[] = [], target = 'out'): Promise<void> {
  const outputs = await OutputFolder.open(at(target));
  await outputs.requireReplaceable(
    names.map((name) => ({ name })),
    inputs,
  );
  await outputs.write(async (scratch) => {
    fs.mkdirSync(scratch, { recursive: true });
    for (const name of names) fs.writeFileSync(join(scratch, name), content);
  });
}

describe('a folder of outputs', () => {
  it('takes what this program wrote there again and again, and keeps nothing half-written', async () => {
    await run(['a.nii.gz', 'a.npz'], 'first');
    await run(['a.nii.gz', 'a.npz'], 'second');
    assert.equal(read('out', 'a.npz'), 'second');
    assert.deepEqual(fs.readdirSync(at('out')).sort(), [outputListName, 'a.nii.gz', 'a.npz']);
  });
  it("refuses somebody else's file, and touches nothing", async () => {
    put('a scan', 'out', 'a.nii.gz');
    await assert.rejects(run(['b.nii.gz', 'a.nii.gz'], 'mask'), code('output-exists'));
    assert.deepEqual(fs.readdirSync(at('out')), ['a.nii.gz']);
    assert.equal(read('out', 'a.nii.gz'), 'a scan');
  });
  it('takes an output that was emptied since for missing', async () => {
    await run(['a.nii.gz'], 'mask');
    put('', 'out', 'a.nii.gz');
    assert.equal(await (await OutputFolder.open(at('out'))).holdsOutput('a.nii.gz'), false);
    await run(['a.nii.gz'], 'again');
    assert.equal(read('out', 'a.nii.gz'), 'again');
  });
  it('refuses an output that was changed by hand since', async () => {
    await run(['a.nii.gz'], 'mask');
    put('a mask, corrected', 'out', 'a.nii.gz');
    await assert.rejects(run(['a.nii.gz'], 'mask again'), code('output-changed'));
    assert.equal(read('out', 'a.nii.gz'), 'a mask, corrected');
    assert.equal(await (await OutputFolder.open(at('out'))).holdsOutput('a.nii.gz'), true);
  });
  it('refuses a file that appears while the work goes on', async () => {
    const outputs = await OutputFolder.open(at('out'));
    await outputs.requireReplaceable([{ name: 'a.nii.gz' }]);
    const writing = outputs.write((scratch) => {
      fs.mkdirSync(scratch, { recursive: true });
      fs.writeFileSync(join(scratch, 'a.nii.gz'), 'mask');
      put('a scan', 'out', 'a.nii.gz');
      return Promise.resolve();
    });
    await assert.rejects(writing, code('output-exists'));
    assert.deepEqual(fs.readdirSync(at('out')), ['a.nii.gz']);
    assert.equal(read('out', 'a.nii.gz'), 'a scan');
  });
  it('refuses an input, even one that it wrote itself earlier', async () => {
    await run(['a.nii.gz'], 'mask of the first stage');
    await assert.rejects(run(['a.nii.gz'], 'refined', [at('out', 'a.nii.gz')]), code('output-is-input'));
  });
  it('refuses an input behind links and other spellings', { skip: process.platform === 'win32' }, async () => {
    const scan = put('a scan', 'scans', 'a.nii.gz');
    fs.symlinkSync(at('scans'), at('linked'));
    await assert.rejects(run(['a.nii.gz'], 'mask', [scan], 'linked'), code('output-is-input'));
    fs.mkdirSync(at('hard'));
    fs.linkSync(scan, at('hard', 'a.nii.gz'));
    await assert.rejects(run(['a.nii.gz'], 'mask', [scan], 'hard'), code('output-is-input'));
    await assert.rejects(run(['a.nii.gz'], 'mask', [scan], join('hard', '..', 'scans')), code('output-is-input'));
    fs.mkdirSync(at('soft'));
    fs.symlinkSync(scan, at('soft', 'a.nii.gz'));
    await assert.rejects(run(['a.nii.gz'], 'mask', [], 'soft'), code('output-exists'));
    assert.equal(read('scans', 'a.nii.gz'), 'a scan');
  });
  it('takes what nnU-Net itself predicted into it, now and later, but not what was there before', async () => {
    put('a scan', 'out', 'older.nii.gz');
    age(600, 'out', 'older.nii.gz');
    put('{}', 'out', 'predict_from_raw_data_args.json');
    for (const name of ['a.nii.gz', 'b.nii.gz']) put('mask of nnU-Net', 'out', name);
    await run(['a.nii.gz', 'predict_from_raw_data_args.json'], 'mask');
    await run(['b.nii.gz'], 'mask');
    assert.equal(read('out', 'b.nii.gz'), 'mask');
    await assert.rejects(run(['older.nii.gz'], 'mask'), code('output-exists'));
  });
  it('leaves a file that holds what would be written', async () => {
    put('{"labels": 1}', 'out', 'dataset.json');
    const outputs = await OutputFolder.open(at('out'));
    await outputs.requireReplaceable([{ name: 'dataset.json', content: '{"labels": 1}' }]);
    const other = { name: 'dataset.json', content: '{"labels": 2}' };
    await assert.rejects(outputs.requireReplaceable([other]), code('output-exists'));
  });
  it('reads a list whose last line was cut off, and removes what a killed process left', async () => {
    await run(['a.nii.gz'], 'mask');
    fs.appendFileSync(at('out', outputListName), '{"file":"b.nii');
    const [left] = [`.nnunet-unfinished-${(await import('node:os')).hostname()}-999999999-abc`];
    put('half', 'out', left!, 'a.nii.gz');
    await run(['a.nii.gz'], 'again');
    assert.equal(read('out', 'a.nii.gz'), 'again');
    assert.equal(fs.existsSync(at('out', left!)), false);
  });
});

describe('the place of an output', () => {
  it('is no folder that is read, however it is linked', { skip: process.platform === 'win32' }, async () => {
    put('a scan', 'scans', 'a_0000.nii.gz');
    fs.symlinkSync(at('scans'), at('linked'));
    await assert.rejects(requireFolderForMasks(at('linked'), [at('scans')]), code('output-is-input'));
    await requireFolderForMasks(at('new'), [at('scans')]);
  });
  it("is none of a dataset's folders", async () => {
    put('{}', 'Dataset001_A', 'dataset.json');
    put('a label', 'Dataset001_A', 'labelsTr', 'a.nii.gz');
    const labels = at('Dataset001_A', 'labelsTr');
    await assert.rejects(requireFolderForMasks(labels, []), code('output-in-dataset'));
    await assert.rejects(requireConfirmedFile(join(labels, 'a.nii.gz'), []), code('output-in-dataset'));
    await requireFolderForMasks(at('Dataset001_A', 'masks'), []);
  });
  it('is neither a dataset nor a model, nor one of its folds', async () => {
    put('{}', 'raw', 'Dataset001_A', 'dataset.json');
    put('a scan', 'raw', 'Dataset001_A', 'imagesTr', 'a_0000.nii.gz');
    for (const name of ['dataset.json', 'dataset_fingerprint.json', 'nnUNetPlans.json'])
      put('{}', 'preprocessed', name);
    for (const name of ['dataset.json', 'plans.json']) put('{}', 'model', name);
    put('a mask', 'model', 'fold_all', 'validation', 'a.nii.gz');
    await assert.rejects(requireFolderForMasks(at('raw', 'Dataset001_A'), []), code('output-in-dataset'));
    await assert.rejects(requireFolderForMasks(at('preprocessed'), []), code('output-in-dataset'));
    for (const inModel of [[], ['fold_all'], ['fold_all', 'validation'], ['fold_all', 'new']])
      await assert.rejects(requireFolderForMasks(at('model', ...inModel), []), code('output-in-model'));
    await requireFolderForMasks(at('model', 'masks of today'), []);
  });
  it('may have masks from before, with what describes them', async () => {
    for (const name of ['dataset.json', 'plans.json', 'a.nii.gz']) put('{}', 'out', name);
    put('{}', 'study', 'fold_1', 'a.nii.gz');
    await requireFolderForMasks(at('out'), []);
    await requireFolderForMasks(at('study', 'fold_1'), []);
  });
  it('is a folder that can be written to', async () => {
    const file = put('a scan', 'scan.nii.gz');
    await assert.rejects(requireFolderForMasks(file, []), code('not-a-folder'));
    await assert.rejects(requireFolderForMasks(join(file, 'masks'), []), code('not-a-folder'));
    await requireFolderForMasks(at('new', 'below'), []);
    if (process.platform === 'win32' || process.getuid!() === 0) return;
    fs.mkdirSync(at('locked'), { mode: 0o500 });
    await assert.rejects(requireFolderForMasks(at('locked', 'new'), []), code('no-permission'));
  });
  it('may hold the same output, and nothing else', async () => {
    const isSuch = (file: string): Promise<boolean> => isJsonWith(file, ['mean']);
    const reference = put('{"mean": 1}', 'reference.json');
    await assert.rejects(requireFreeFile(reference, { inputs: [reference], isSuch }), code('output-is-input'));
    await requireFreeFile(put('{"mean": NaN}', 'summary.json'), { isSuch });
    await requireFreeFile(at('new', 'summary.json'), { isSuch });
    await assert.rejects(requireFreeFile(put('a label', 'a.nii.gz'), { isSuch }), code('output-exists'));
    await assert.rejects(requireFreeFile(folder, { isSuch }), code('is-a-folder'));
  });
});
