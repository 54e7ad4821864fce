/** A dataset whose names are those of patients, in every place where a name can stand, and with much that is wrong. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { rootsBelow, type Roots } from '../../../src/dataset/roots';
import { scratchFolder, writeSmall, writeText } from '../dataset/scratch';

/** None of these may leave. */
export const secrets = [
  'Müller',
  'Mueller',
  'Meier',
  'Krause',
  'Emma',
  'Otto',
  'Zoe',
  '00471123',
  'Meine Daten',
  'Klinik',
];

export const datasetName = 'Dataset007_Liver';

export async function privateDataset(context: TestContext): Promise<{ roots: Roots; dataset: string }> {
  const root = join(await scratchFolder(context), 'Klinik Süd');
  const dataset = join(root, 'nnUNet_raw', datasetName);
  const ids = ['Müller_Hans', 'Emma Meier', '00471123', 'Mueller'];
  for (const [n, id] of ids.entries()) {
    await writeSmall(join(dataset, 'imagesTr', `${id}_0000.nii.gz`), (i) => i * 10 - 500 + n, { type: 'int16' });
    // The last two have the same voxels; the second has a label that nobody declared; one label is elsewhere.
    await writeSmall(
      join(dataset, 'labelsTr', `${id}.nii.gz`),
      (i) => (n === 1 ? (i + n) % 5 : (i + Math.min(n, 2)) % 3),
      {
        shape: n === 0 ? [4, 5, 5] : undefined,
      },
    );
  }
  await writeSmall(join(dataset, 'imagesTr', 'Krause_0000.nii.gz'), (i) => i, { type: 'int16' });
  await writeSmall(join(dataset, 'labelsTr', 'Otto Krause.nii.gz'), (i) => i % 3);
  await writeSmall(join(dataset, 'imagesTr', 'Zoe.nii.gz'), (i) => i, { type: 'int16' });
  await writeText(join(dataset, 'imagesTr', 'Brief an Otto.txt'), 'x');
  await mkdir(join(dataset, 'imagesTr', 'Otto'), { recursive: true });
  await writeText(join(dataset, 'splits_final.json'), [{ train: ['Müller_Hans', 'Zoe Krause'], val: ['Emma Meier'] }]);
  await writeText(join(dataset, 'dataset.json'), {
    channel_names: { 0: 'CT' },
    labels: { background: 0, liver: 1, tumour: 2 },
    numTraining: 9,
    file_ending: '.nii.gz',
    description: 'Otto',
  });
  return { roots: rootsBelow(root), dataset };
}

export function leaked(value: unknown): string[] {
  const text = JSON.stringify(value).normalize('NFC').toLowerCase();
  return secrets.filter((secret) => text.includes(secret.normalize('NFC').toLowerCase()));
}
