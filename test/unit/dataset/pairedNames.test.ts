import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nearNames } from '../../../src/dataset/nearNames';
import { imagesNamedLike, isMaskFolder, isNamedMask, masksNamedLike } from '../../../src/dataset/pairedNames';

/** @param files  images first, then masks; the first is the one that was opened */
const found = (images: string[], masks: string[]): string[] => masksNamedLike(images[0]!, images, masks);

describe('masks that are named like an image', () => {
  it('are of the same case in the names that people use', () => {
    const pairs: [image: string, mask: string][] = [
      ['images/p7.nii.gz', 'masks/p7.nii.gz'],
      ['images/p7.nii.gz', 'masks/p7_mask.nii.gz'],
      ['images/volume-7.nii', 'segmentations/segmentation-7.nii'],
      ['imagesTr/p7_0000.nii.gz', 'labelsTr/p7.nii.gz'],
      ['images/img007.nrrd', 'labels/label7.nrrd'],
      ['p7_T2w.nii.gz', 'p7_seg.nii.gz'],
      ['p7.nii.gz', 'p7-lesion.nii.gz'],
      ['p7.nii.gz', 'p7_Hippocampus_3d_fullres_seg.nii.gz'],
      ['p7/T1.nii.gz', 'p7/lesion_mask.nii.gz'],
      ['images/p7/ct.nii.gz', 'masks/p7/liver_seg.nii.gz'],
      ['p7/ct.nii.gz', 'masks/p7.nii.gz'],
      // As programs and BIDS name them.
      ['p7.nii.gz', 'p7_totalseg.nii.gz'],
      ['p7_T1w.nii.gz', 'p7_T1w_dseg.nii.gz'],
      ['p7_norm.nii.gz', 'p7_norm_tissues.nii.gz'],
    ];
    for (const [image, mask] of pairs) {
      const others = [image, mask].map((path) => path.replaceAll('7', '8')) as [string, string];
      const [images, masks] = [
        [image, others[0]],
        [mask, others[1]],
      ];
      assert.deepEqual(found(images!, masks!), [mask], `${image} ${mask}`);
      assert.deepEqual(imagesNamedLike(mask, images!, masks!), [image], `${mask} ${image}`);
    }
  });

  it('are compared as whole names', () => {
    assert.deepEqual(found(['images/case_1.nii.gz', 'images/case_10.nii.gz'], ['masks/case_10.nii.gz']), []);
    assert.deepEqual(found(['case_1.nii.gz'], ['case_10_seg.nii.gz', 'case_1_2_seg.nii.gz']), []);
    const visits = ['p1.nii.gz', 'p1_late.nii.gz'];
    assert.deepEqual(found(visits, ['p1_seg.nii.gz', 'p1_late_seg.nii.gz', 'p1_late_tumour_x_seg.nii.gz']), [
      'p1_seg.nii.gz',
    ]);
    assert.deepEqual(found(['case_1.nii.gz', 'case_10.nii.gz'], ['case_10_seg.nii.gz', 'case_1_seg.nii.gz']), [
      'case_1_seg.nii.gz',
    ]);
  });

  it('are never another patient’s, however few files there are', () => {
    assert.deepEqual(found(['alice.nii.gz'], ['bob_seg.nii.gz']), []);
    assert.deepEqual(found(['p1.nii.gz', 'p2.nii.gz'], ['p2_seg.nii.gz', 'mask.nii.gz']), []);
    assert.deepEqual(found(['p1/image.nii.gz', 'p2/image.nii.gz'], ['p2/mask.nii.gz']), []);
    assert.deepEqual(found(['images/a.nii.gz', 'images/b.nii.gz'], ['masks/c.nii.gz', 'masks/d.nii.gz']), []);
  });

  it('need no name where one image lies alone with them', () => {
    assert.deepEqual(found(['image.nii.gz'], ['mask.nii.gz']), ['mask.nii.gz']);
    assert.deepEqual(found(['CT.nii.gz', 'PET.nii.gz'], ['mask.nii.gz']), ['mask.nii.gz']);
    assert.deepEqual(found(['p1.nii.gz'], ['lesion.nii.gz']), ['lesion.nii.gz']);
    const parcels = ['aparc+aseg.nii.gz', 'norm_tissue.nii.gz'];
    assert.deepEqual(found(['norm.nii.gz'], parcels), parcels);
    assert.deepEqual(imagesNamedLike('mask.nii.gz', ['p1.nii.gz', 'p2.nii.gz'], []), []);
    assert.deepEqual(imagesNamedLike('mask.nii.gz', ['p1.nii.gz'], []), ['p1.nii.gz']);
    assert.deepEqual(found(['scan_0000.nii.gz', 'scan_0001.nii.gz'], ['mask.nii.gz']), ['mask.nii.gz']);
  });

  it('are of the same part of the dataset', () => {
    assert.deepEqual(found(['imagesTr/a.nii.gz'], ['labelsTs/a.nii.gz']), []);
    assert.deepEqual(found(['imagesTs/a.nii.gz'], ['labelsTs/a.nii.gz']), ['labelsTs/a.nii.gz']);
    assert.deepEqual(found(['images/train/a.png'], ['masks/val/a.png', 'masks/train/a.png']), ['masks/train/a.png']);
    assert.deepEqual(found(['imagesTs/a.nii.gz'], ['masks/a.nii.gz']), ['masks/a.nii.gz']);
  });

  it('may have words that all of them have, where both folders hold the same cases', () => {
    const images = ['images/HOSP_1.nii.gz', 'images/HOSP_2.nii.gz'];
    assert.deepEqual(found(images, ['masks/reader_x_1.nii.gz', 'masks/reader_x_2.nii.gz']), [
      'masks/reader_x_1.nii.gz',
    ]);
    assert.deepEqual(found(images, ['masks/reader_x_1.nii.gz', 'masks/reader_x_3.nii.gz']), []);
  });
});

describe('masks of images whose folder names what is seen in them', () => {
  it('have further words where the case is alone, too', () => {
    assert.deepEqual(found(['ct/p7.nii.gz'], ['masks/p7_spleen.nii.gz']), ['masks/p7_spleen.nii.gz']);
    assert.deepEqual(imagesNamedLike('masks/p7_spleen.nii.gz', ['ct/p7.nii.gz'], []), ['ct/p7.nii.gz']);
    assert.deepEqual(found(['ct/p7.nii.gz'], ['masks/p7_2.nii.gz']), []);
    assert.deepEqual(found(['visit/p7.nii.gz'], ['masks/p7_spleen.nii.gz']), []);
  });
});

describe('masks among thousands of files', () => {
  const count = 3000;
  const ids = Array.from({ length: count }, (_, i) => `${i}`);
  const images = ids.map((id) => `images/HOSP_T1_${id}.nii.gz`);

  it('are found like those among few, also where all names have further words', () => {
    const [image] = images.slice(1717);
    const named = (pattern: string): string[] => ids.map((id) => `masks/${pattern.replace('#', id)}.nii.gz`);
    for (const pattern of ['HOSP_#_seg', 'HOSP_T1_#', 'reader_x_#', 'HOSP_0#_mask']) {
      const mask = named(pattern)[1717]!;
      assert.deepEqual(masksNamedLike(image!, images, named(pattern)), [mask], pattern);
      assert.deepEqual(imagesNamedLike(mask, images, named(pattern)), [image], pattern);
    }
    assert.deepEqual(masksNamedLike(image!, images, named('other_9#_seg')), []);
    assert.deepEqual(masksNamedLike('images/1.png', [...ids.map((id) => `images/${id}.png`)], ['images/mask.tif']), []);
  });

  it('are compared with few of them', () => {
    const masks = ids.map((id) => `masks/HOSP_${id}_seg.nii.gz`);
    const { names, partners } = nearNames(images[7]!, images, masks);
    assert.ok(names.length < 100 && partners.length < 100, `${names.length} ${partners.length}`);
  });
});

describe('names that say mask', () => {
  it('are told from those of images', () => {
    for (const name of ['p1_seg.nii.gz', 'mask.png', 'p1-lesion.nrrd', 'masks/p1.nii.gz']) assert.ok(isNamedMask(name));
    for (const name of ['p1.nii.gz', 'segway.nii.gz', 'images/p1.nii.gz']) assert.ok(!isNamedMask(name), name);
  });

  it('are told of folders from those that name something else, too', () => {
    for (const name of ['masks', 'labelsTr', 'segmentations', 'ground_truth']) assert.ok(isMaskFolder(name), name);
    for (const name of ['images', 'p1', 'masks_of_bob', 'predictions']) assert.ok(!isMaskFolder(name), name);
  });
});
