import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { checkDataset } from '../../../src/dataset/checkDataset';
import { resolveDataset } from '../../../src/dataset/references';
import { rootsBelow } from '../../../src/dataset/roots';
import type { NnunetError } from '../../../src/method/errors';
import { requireCompleteCases } from '../../../src/pipeline/completeCases';
import { scratchFolder, writeSmall, writeText } from '../dataset/scratch';

/** Pairs a dataset of one case with these channel files. @returns the number of its images, and codes of warnings */
async function pair(test: TestContext, images: string[], channelNames: string): Promise<[number, string[]]> {
  const root = await scratchFolder(test);
  const folder = join(root, 'nnUNet_raw/Dataset001_Numbers');
  const label = images[0]!.slice(0, -5);
  for (const name of images) await writeSmall(join(folder, 'imagesTr', `${name}.nii.gz`), (i) => i, { type: 'int16' });
  await writeSmall(join(folder, 'labelsTr', `${label}.nii.gz`), (i) => i % 2);
  await writeText(
    join(folder, 'dataset.json'),
    `{"channel_names": ${channelNames}, "labels": {"background": 0, "a": 1}, "numTraining": 1, "file_ending": ".nii.gz"}`,
  );
  const warnings: string[] = [];
  const dataset = await resolveDataset(1, rootsBelow(root));
  const raw = await requireCompleteCases(dataset, (code) => void warnings.push(code));
  const findings = (await checkDataset(folder)).findings.filter(({ code }) => code === 'channel-missing');
  assert.deepEqual(findings, [], 'check agrees');
  return [raw.cases[0]!.images.length, warnings];
}

const three = '{"0": "T1", "1": "T2", "2": "PET"}';
const refused = (...words: RegExp[]) => {
  return (error: NnunetError) =>
    error.code === 'channel-numbers' && words.every((word) => word.test(error.oneLine)) && error.hint.length > 0;
};

describe('channel numbers of a dataset', () => {
  it('are read: gaps and shifts are refused', async (test) => {
    assert.deepEqual(await pair(test, ['a_0000', 'a_0001', 'a_0002'], three), [3, []]);
    const gap = pair(test, ['a_0000', 'a_0001', 'a_0003'], three);
    await assert.rejects(gap, refused(/0000, 0001, 0003/, /0000, 0001, 0002/));
    await assert.rejects(pair(test, ['a_0001', 'a_0002', 'a_0003'], three), refused(/0001, 0002, 0003/));
  });
  it('may be the keys of channel_names, which is warned of', async (test) => {
    const keys = '{"0": "T1", "1": "T2", "3": "PET"}';
    assert.deepEqual(await pair(test, ['a_0000', 'a_0001', 'a_0003'], keys), [3, ['channel-keys']]);
    assert.deepEqual(await pair(test, ['a_0000', 'a_0001', 'a_0002'], keys), [3, ['channel-keys']]);
  });
  it('are not those of patients', async (test) => {
    await assert.rejects(pair(test, ['P_0001', 'P_0002'], '{"0": "T1"}'), refused(/patients/, /P_0001_0000\.nii\.gz/));
  });
});

it('paths with backslashes are called that', { skip: process.platform === 'win32' }, async (test) => {
  const root = await scratchFolder(test);
  const folder = join(root, 'nnUNet_raw/Dataset001_Lists');
  await writeSmall(join(folder, 'imagesTr/a_0000.nii.gz'), (i) => i, { type: 'int16' });
  await writeSmall(join(folder, 'labelsTr/a.nii.gz'), (i) => i % 2);
  await writeText(join(folder, 'dataset.json'), {
    channel_names: { 0: 'MRI' },
    labels: { background: 0, a: 1 },
    numTraining: 1,
    file_ending: '.nii.gz',
    dataset: { a: { images: ['imagesTr\\a_0000.nii.gz'], label: 'labelsTr/a.nii.gz' } },
  });
  const dataset = await resolveDataset(1, rootsBelow(root));
  await assert.rejects(requireCompleteCases(dataset), { code: 'path-backslash', where: /imagesTr\\a_0000/ });
});
