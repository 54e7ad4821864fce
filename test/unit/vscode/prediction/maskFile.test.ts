import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { freeMaskFile } from '../../../../src/vscode/prediction/maskFile';
import { volumeLines, volumeSentence, volumeTable } from '../../../../src/vscode/prediction/volumeWords';

const folder = mkdtempSync(join(tmpdir(), 'nnunet mask-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const write = (file: string): void => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '');
};

describe('the place of a predicted mask', () => {
  const place = { image: join(folder, 'scan_0000.nii.gz'), caseId: 'scan', ending: '.nii.gz', model: 'liver' };

  it('is beside an image that belongs to no dataset, and never that of another file', async () => {
    const first = await freeMaskFile(place);
    assert.equal(first, join(folder, 'scan_liver_seg.nii.gz'));
    write(first);
    const second = await freeMaskFile(place);
    assert.equal(second, join(folder, 'scan_liver_seg-2.nii.gz'));
    assert.equal(await freeMaskFile(place, (file) => file === second), join(folder, 'scan_liver_seg-3.nii.gz'));
  });

  it("is among the predictions of the image's dataset", async () => {
    const predictionsRoot = join(folder, 'nnUNet_predictions', 'Dataset001_Liver');
    const first = await freeMaskFile({ ...place, predictionsRoot });
    assert.equal(first, join(predictionsRoot, 'liver', 'scan.nii.gz'));
    write(first);
    assert.equal(await freeMaskFile({ ...place, predictionsRoot }), join(predictionsRoot, 'liver-2', 'scan.nii.gz'));
  });

  it('has an ending that can be written', async () => {
    assert.match(await freeMaskFile({ ...place, ending: '.mgz' }), /scan_liver_seg-2\.nii\.gz$/);
    assert.match(await freeMaskFile({ ...place, ending: '.nrrd' }), /scan_liver_seg\.nrrd$/);
  });
});

describe('the volumes of a mask in words', () => {
  const volumes = [
    { value: 1, name: 'spleen', voxels: 3210, mm3: 3210, ml: 3.21 },
    { value: 2, name: 'liver', voxels: 1512345, mm3: 1512345, ml: 1512.345 },
    { value: 3, name: 'tumour', voxels: 0, mm3: 0, ml: 0 },
  ];

  it('names what was found, the largest first', () => {
    assert.equal(volumeSentence(volumes), 'liver 1,512 ml, spleen 3.21 ml');
    assert.equal(volumeSentence(volumes, 1), 'liver 1,512 ml …');
    assert.equal(volumeSentence(volumes.slice(2)), '');
  });

  it('lists every label', () => {
    assert.deepEqual(volumeTable(volumes).split('\n').at(-1)!.split('\t'), ['tumour', '0', '0', '0']);
    assert.equal(volumeLines(volumes).split('\n')[0], 'spleen: 3.21 ml (3,210 mm³, 3,210 voxels)');
  });
});
