import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { caseOfMask, madeFrom } from '../../../src/dataset/maskOrigin';

const raw = '/data/nnUNet_raw/Dataset004_Hippocampus';
const training = {
  id: 'case_1',
  images: [`${raw}/imagesTr/case_1_0000.nii.gz`],
  label: `${raw}/labelsTr/case_1.nii.gz`,
};
const test = { id: 'case_1', images: [`${raw}/imagesTs/case_1_0000.nii.gz`], label: `${raw}/labelsTs/case_1.nii.gz` };
const both = [test, training];

describe('the case that a mask was made of', () => {
  it('is the one whose label it was compared with, also where the summary comes from another machine', () => {
    for (const cases of [both, both.toReversed()]) {
      assert.equal(caseOfMask({ reference: training.label }, cases), training);
      assert.equal(caseOfMask({ reference: test.label }, cases), test);
      assert.equal(caseOfMask({ reference: 'D:\\raw\\Dataset004_Hippocampus\\labelsTs\\case_1.nii.gz' }, cases), test);
      const copies = '/pre/Dataset004_Hippocampus/gt_segmentations/case_1.nii.gz';
      assert.equal(caseOfMask({ reference: copies }, cases), training);
    }
  });

  it('is the one that the record of the prediction names: a folder, or files', () => {
    for (const cases of [both, both.toReversed()]) {
      assert.equal(caseOfMask({ input: [`${raw}/imagesTs`] }, cases), test);
      assert.equal(caseOfMask({ input: [`${raw}/imagesTr/`] }, cases), training);
      assert.equal(caseOfMask({ input: training.images }, cases), training);
      assert.equal(caseOfMask({ input: ['/old place/imagesTs'] }, cases), test);
    }
  });

  it('is none of them where the images lay elsewhere, and none where nothing says which', () => {
    assert.equal(caseOfMask({ input: ['/scans'] }, both), undefined);
    assert.equal(caseOfMask({ input: ['/scans'] }, [test]), undefined);
    assert.equal(caseOfMask({ input: ['/nnUNet_raw/Dataset005_Prostate/imagesTs'] }, [test]), undefined);
    assert.equal(caseOfMask({}, both), undefined);
    assert.equal(caseOfMask({ reference: '/readers/second/case_1.nii.gz' }, both), undefined);
  });

  it('is the only one of its name where nothing speaks against it', () => {
    assert.equal(caseOfMask({}, [test]), test);
    assert.equal(caseOfMask({ reference: '/readers/second/case_1.nii.gz' }, [training]), training);
    // Files of another case say nothing.
    assert.equal(caseOfMask({ input: [`${raw}/imagesTr/case_10_0000.nii.gz`] }, [test]), test);
    assert.equal(madeFrom({ input: ['/scans/case_1_0000.nii.gz'] }, test), 'other');
  });
});
