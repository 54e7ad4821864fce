/** A good dataset on disk, and ways to spoil it: for the tests of checking and of fixing. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Finding } from '../../../src/dataset/findings';
import { scratchFolder, writeGoodDataset } from './scratch';

export async function goodDataset(context: TestContext): Promise<string> {
  const folder = join(await scratchFolder(context), 'Dataset001_Test');
  await writeGoodDataset(folder);
  return folder;
}

export async function editJson(folder: string, edit: (json: Record<string, unknown>) => void): Promise<void> {
  const file = join(folder, 'dataset.json');
  const json = JSON.parse(await readFile(file, 'utf8'));
  edit(json);
  await writeFile(file, JSON.stringify(json, null, 4));
}

/** Names as a hospital's export has them: the patient's number stands where nnU-Net reads the channel's. */
export async function asPatients(folder: string): Promise<void> {
  for (const [n, id] of ['a', 'b', 'c'].entries()) {
    await rename(join(folder, `imagesTr/${id}_0000.nii.gz`), join(folder, `imagesTr/P_000${n + 1}.nii.gz`));
    await rename(join(folder, `labelsTr/${id}.nii.gz`), join(folder, `labelsTr/P_000${n + 1}.nii.gz`));
  }
}

/** What, how bad, which case, which file. */
export const brief = ({ code, severity, case: id, file }: Finding) => [code, severity, id ?? '', file ?? ''].join(' ');
