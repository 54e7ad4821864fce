import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { imageFolders } from '../../../src/dataset/imageFolders';
import { scratchFolder } from './scratch';

describe('folders of images in a workspace', () => {
  it('are told with the number of files and whether they are masks', async (context) => {
    const folder = await scratchFolder(context);
    for (const file of [
      'notes.txt',
      'study/images/patient_1_T1.nii.gz',
      'study/images/patient_2_T1.NII.GZ',
      'study/masks/patient_1.nii.gz',
      'study/report/table.csv',
      'both/a.nii.gz',
      'both/a_seg.nii.gz',
    ])
      await write(join(folder, file));
    const found = await imageFolders([folder]);
    assert.deepEqual(
      found.map((one) => ({ ...one, folder: relative(folder, one.folder) })),
      [
        { folder: 'both', files: 2, role: 'image' },
        { folder: join('study', 'images'), files: 2, role: 'image' },
        { folder: join('study', 'masks'), files: 1, role: 'label' },
      ],
    );
  });

  it('are not those that nnU-Net writes, nor hidden ones', async (context) => {
    const folder = await scratchFolder(context);
    for (const name of ['nnUNet_raw/Dataset001_A/imagesTr', 'nnUNet_predictions/x', '.cache', 'node_modules/logo'])
      await write(join(folder, name, 'a.png'));
    assert.deepEqual(await imageFolders([folder, join(folder, 'missing')]), []);
  });
});

async function write(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, '');
}
