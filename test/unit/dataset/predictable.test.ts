import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { firstImages } from '../../../src/dataset/predictable';

describe('the image that a predicted mask is shown over', () => {
  it('is that of the very case, not of one whose name begins alike', () => {
    const files = ['/scans/case_10.nii.gz', '/scans/case_1.nii.gz', '/scans/case_1_2.nii.gz'];
    const images = firstImages(files, { count: 1 });
    assert.equal(images.get('case_1'), '/scans/case_1.nii.gz');
    assert.equal(images.get('case_10'), '/scans/case_10.nii.gz');
    assert.equal(images.get('case'), undefined);
  });

  it('is the first channel where there are several, and the case keeps a number that is no channel', () => {
    const channels = firstImages(['/s/p_1_0001.nii.gz', '/s/p_10_0000.nii.gz', '/s/p_1_0000.nii.gz'], { count: 2 });
    assert.equal(channels.get('p_1'), '/s/p_1_0000.nii.gz');
    const patients = firstImages(['/s/Img_0069.nii.gz', '/s/Img_0070.nii.gz'], { count: 1 });
    assert.equal(patients.get('Img_0070'), '/s/Img_0070.nii.gz');
    const pictures = firstImages(['/s/img_0001.png', '/s/img_0002.png'], { count: 3 });
    assert.equal(pictures.get('img_0002'), '/s/img_0002.png');
  });
});
