import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pairFiles } from '../../../src/dataset/importers/pairing';

function pair(paths: string[], sourceName = 'source') {
  return pairFiles(
    paths.map((path) => ({ path, ending: /(\.nii\.gz|\.\w+)$/.exec(path)![0].toLowerCase() })),
    sourceName,
  );
}

function brief(pairing: ReturnType<typeof pair>) {
  return pairing.cases.map(({ id, images, labels }) =>
    [id, ...images, '|', ...labels.map(({ path }) => path)].join(' '),
  );
}

describe('pairing loose files by name', () => {
  it('pairs two folders with equal names', () => {
    const found = pair(['images/a 1.png', 'images/b.png', 'labels/a 1.png', 'labels/b.png']);
    assert.deepEqual(brief(found), ['a_1 images/a 1.png | labels/a 1.png', 'b images/b.png | labels/b.png']);
  });

  for (const suffix of [
    '_seg',
    '-label',
    '_mask',
    '_gt',
    '_seg-manual',
    '.labels',
    ' segmentation',
    '_groundTruth',
    '_dseg',
    '_totalseg',
  ]) {
    it(`pairs one folder by the suffix "${suffix}"`, () => {
      const found = pair(['p1.nii.gz', 'p2.nii.gz', `p1${suffix}.nii.gz`, `p2${suffix}.nii.gz`]);
      assert.deepEqual(brief(found), [`p1 p1.nii.gz | p1${suffix}.nii.gz`, `p2 p2.nii.gz | p2${suffix}.nii.gz`]);
      assert.deepEqual(found.unused, []);
    });
  }

  it('pairs prefixes', () => {
    assert.deepEqual(brief(pair(['img01.png', 'img02.png', 'mask01.png', 'mask02.png'])), [
      'img01 img01.png | mask01.png',
      'img02 img02.png | mask02.png',
    ]);
    assert.equal(pair(['image_1.png', 'image_2.png', 'seg_1.png', 'seg_2.png']).cases.length, 2);
  });

  it('takes one folder per case with the channels in it', () => {
    const found = pair(
      ['pat0004', 'pat0005'].flatMap((folder) =>
        ['Flair_sub', 'OTMultiClass', 'T1c_sub'].map((name) => `mr_brats_${folder}/${name}.nii.gz`),
      ),
    );
    assert.deepEqual(found.channels, ['Flair', 'T1c']);
    assert.deepEqual(brief(found), [
      'mr_brats_pat0004 mr_brats_pat0004/Flair_sub.nii.gz mr_brats_pat0004/T1c_sub.nii.gz | mr_brats_pat0004/OTMultiClass.nii.gz',
      'mr_brats_pat0005 mr_brats_pat0005/Flair_sub.nii.gz mr_brats_pat0005/T1c_sub.nii.gz | mr_brats_pat0005/OTMultiClass.nii.gz',
    ]);
  });

  it('reads BraTS as it is distributed', () => {
    const names = ['flair', 't1', 't1ce', 't2', 'seg'];
    const cases = ['BraTS20_Training_001', 'BraTS20_Training_002'];
    const found = pair(cases.flatMap((id) => names.map((name) => `${id}/${id}_${name}.nii.gz`)));
    assert.deepEqual(found.channels, ['flair', 't1', 't1ce', 't2']);
    assert.deepEqual(
      found.cases.map(({ id }) => id),
      cases,
    );
    assert.equal(found.unused.length, 0);
  });

  it('refuses the one case that lacks a channel and says which', () => {
    const found = pair([
      'a_t1.nii.gz',
      'a_t2.nii.gz',
      'a_seg.nii.gz',
      'b_t1.nii.gz',
      'b_t2.nii.gz',
      'b_seg.nii.gz',
      'c_t1.nii.gz',
      'c_seg.nii.gz',
    ]);
    assert.deepEqual(
      found.cases.map(({ id }) => id),
      ['a', 'b'],
    );
    assert.deepEqual(
      found.unused.map(({ file, code }) => `${code} ${file}`),
      ['missing-channel c_t1.nii.gz', 'missing-channel c_seg.nii.gz'],
    );
    assert.match(found.unused[0]!.reason, /no t2/);
  });

  it('takes channels that are folders', () => {
    const found = pair([
      'images/T1/7.nii.gz',
      'images/T2/7.nii.gz',
      'images/T1/8.nii.gz',
      'images/T2/8.nii.gz',
      'labels/7.nii.gz',
      'labels/8.nii.gz',
    ]);
    assert.deepEqual(found.channels, ['T1', 'T2']);
    assert.equal(found.cases.length, 2);
  });

  it('keeps scans of two modalities apart if each has its own label', () => {
    const found = pair(['CT_1.nii.gz', 'MR_1.nii.gz', 'CT_1_seg.nii.gz', 'MR_1_seg.nii.gz']);
    assert.deepEqual(
      found.cases.map(({ id }) => id),
      ['CT_1', 'MR_1'],
    );
  });

  it('takes images numbered by channel with labels that are not', () => {
    const found = pair([
      'imagesTr/x_0000.nrrd',
      'imagesTr/x_0001.nrrd',
      'imagesTr/y_0000.nrrd',
      'imagesTr/y_0001.nrrd',
      'labelsTr/x.nrrd',
      'labelsTr/y.nrrd',
    ]);
    assert.deepEqual(found.channels, ['0000', '0001']);
    assert.deepEqual(
      found.cases.map(({ id }) => id),
      ['x', 'y'],
    );
  });

  it('does not take case numbers of four digits for channels', () => {
    const found = pair(['images/case_0000.png', 'images/case_0001.png', 'masks/case_0000.png', 'masks/case_0001.png']);
    assert.deepEqual(found.channels, ['']);
    assert.equal(found.cases.length, 2);
  });

  it('takes the first of two observers', () => {
    const found = pair([
      'Image_01L.jpg',
      'Image_01R.jpg',
      'Image_01L_1stHO.png',
      'Image_01L_2ndHO.png',
      'Image_01R_1stHO.png',
      'Image_01R_2ndHO.png',
    ]);
    assert.deepEqual(brief(found), [
      'Image_01L Image_01L.jpg | Image_01L_1stHO.png',
      'Image_01R Image_01R.jpg | Image_01R_1stHO.png',
    ]);
    assert.match(found.unused.map(({ reason }) => reason).join(), /first observer/);
  });

  it('prefers a manual label to a field-of-view mask', () => {
    const found = pair([
      'images/21_training.tif',
      'images/22_training.tif',
      '1st_manual/21_manual1.gif',
      '1st_manual/22_manual1.gif',
      'mask/21_training_mask.gif',
      'mask/22_training_mask.gif',
    ]);
    assert.deepEqual(brief(found), [
      '21_training images/21_training.tif | 1st_manual/21_manual1.gif',
      '22_training images/22_training.tif | 1st_manual/22_manual1.gif',
    ]);
    assert.equal(found.unused.length, 2);
  });

  it('prefers a manual label to what a program has found', () => {
    const found = pair(['p1', 'p2'].flatMap((id) => ['', '_totalseg', '_seg'].map((end) => `${id}${end}.nii.gz`)));
    assert.deepEqual(brief(found), ['p1 p1.nii.gz | p1_seg.nii.gz', 'p2 p2.nii.gz | p2_seg.nii.gz']);
  });

  it('pairs numbers with and without zeros before them', () => {
    const found = pair(['img/case_1.png', 'img/case_12.png', 'seg/case_001.png', 'seg/case_012.png']);
    assert.deepEqual(brief(found), [
      'case_1 img/case_1.png | seg/case_001.png',
      'case_12 img/case_12.png | seg/case_012.png',
    ]);
  });

  it('takes versions of a label for what they are', () => {
    const found = pair(['1.png', '1_seg.png', '1_seg_old.png', '1_seg_v2.png']);
    assert.deepEqual(
      found.cases[0]!.labels.map(({ path }) => path),
      ['1_seg.png'],
    );
    assert.match(found.unused.map(({ reason }) => reason).join(), /another version of 1_seg.png/);
  });

  it('pairs what agrees exactly although most files are named in another way', () => {
    const found = pair([
      ...['x_0000', 'z_0000', 'y'].map((name) => `imagesTr/${name}.png`),
      ...['x', 'y', 'z', 'v'].map((name) => `labelsTr/${name}.png`),
    ]);
    assert.deepEqual(brief(found), [
      'x imagesTr/x_0000.png | labelsTr/x.png',
      'y imagesTr/y.png | labelsTr/y.png',
      'z imagesTr/z_0000.png | labelsTr/z.png',
    ]);
    assert.deepEqual(
      found.unused.map(({ file }) => file),
      ['labelsTr/v.png'],
    );
  });

  it('keeps the parts of one segmentation together', () => {
    const found = pair([
      'sub-rat2_data5_SEM.png',
      'sub-rat2_data5_SEM_seg-axon-manual.png',
      'sub-rat2_data5_SEM_seg-myelin-manual.png',
      'sub-rat3_data9_SEM.png',
      'sub-rat3_data9_SEM_seg-axon-manual.png',
      'sub-rat3_data9_SEM_seg-myelin-manual.png',
    ]);
    assert.deepEqual(
      found.cases[0]!.labels.map(({ part }) => part),
      ['axon', 'myelin'],
    );
    assert.equal(found.cases.length, 2);
  });

  it('takes three contrasts with labels named after one of them', () => {
    const found = pair([
      'sub-unf01_T1w.nii.gz',
      'sub-unf01_T2star.nii.gz',
      'sub-unf01_T2w.nii.gz',
      'sub-unf01_T2w_lesion-manual.nii.gz',
      'sub-unf01_T2w_seg-manual.nii.gz',
    ]);
    assert.deepEqual(found.channels, ['T1w', 'T2star', 'T2w']);
    assert.equal(found.cases[0]!.id, 'sub-unf01');
    assert.deepEqual(
      found.cases[0]!.labels.map(({ part }) => part),
      ['lesion', ''],
    );
  });

  it('takes a folder of one mask per organ', () => {
    const found = pair([
      's1/ct.nii.gz',
      's1/segmentations/liver.nii.gz',
      's1/segmentations/spleen.nii.gz',
      's2/ct.nii.gz',
      's2/segmentations/liver.nii.gz',
      's2/segmentations/spleen.nii.gz',
    ]);
    assert.deepEqual(
      found.cases.map(({ id }) => id),
      ['s1', 's2'],
    );
    assert.deepEqual(
      found.cases[0]!.labels.map(({ part }) => part),
      ['liver', 'spleen'],
    );
  });

  it('pairs the only image with the only label whatever they are called', () => {
    assert.equal(
      pair(['example_ct.nii.gz', 'example_seg_fast_force_split.nii.gz'], 'ct_torso').cases[0]!.id,
      'ct_torso',
    );
    assert.equal(pair(['FLAIR.nii.gz', 'lesion.nii.gz']).cases.length, 1);
    assert.equal(pair(['img2d.tif', 'mask2d.tif']).cases.length, 1);
    assert.equal(pair(['t2.nii.gz', 't2_seg-manual.nii.gz', 't2_seg-deepseg_rootlets-manual.nii.gz']).cases.length, 1);
    assert.deepEqual(pair(['mt0.nii.gz', 'mt1.nii.gz', 't1w.nii.gz', 'mt1_seg.nii.gz']).channels, [
      'mt0',
      'mt1',
      't1w',
    ]);
  });

  for (const [name, paths, ids] of [
    [
      'KiTS',
      ['case_0/imaging.nii.gz', 'case_0/segmentation.nii.gz', 'case_1/imaging.nii.gz', 'case_1/segmentation.nii.gz'],
      ['case_0', 'case_1'],
    ],
    ['LiTS', ['volume-0.nii', 'segmentation-0.nii', 'volume-10.nii', 'segmentation-10.nii'], ['volume-0', 'volume-10']],
    [
      'ACDC',
      [
        'p1/p1_4d.nii.gz',
        'p1/p1_frame01.nii.gz',
        'p1/p1_frame01_gt.nii.gz',
        'p1/p1_frame12.nii.gz',
        'p1/p1_frame12_gt.nii.gz',
      ],
      ['p1_frame01', 'p1_frame12'],
    ],
    [
      'BTCV',
      ['img/img0001.nii.gz', 'img/img0002.nii.gz', 'label/label0001.nii.gz', 'label/label0002.nii.gz'],
      ['img0001', 'img0002'],
    ],
    [
      'BIDS',
      [
        'sub-01/anat/sub-01_T1w.nii.gz',
        'sub-02/anat/sub-02_T1w.nii.gz',
        'derivatives/labels/sub-01/anat/sub-01_T1w_seg.nii.gz',
        'derivatives/labels/sub-02/anat/sub-02_T1w_seg.nii.gz',
      ],
      ['sub-01_T1w', 'sub-02_T1w'],
    ],
    [
      'VOC',
      [
        'JPEGImages/2007_1.jpg',
        'JPEGImages/2007_2.jpg',
        'SegmentationClass/2007_1.png',
        'SegmentationClass/2007_2.png',
        'SegmentationObject/2007_1.png',
      ],
      ['2007_1', '2007_2'],
    ],
    [
      'ISIC',
      [
        'img/ISIC_1.jpg',
        'img/ISIC_2.jpg',
        'GroundTruth/ISIC_1_segmentation.png',
        'GroundTruth/ISIC_2_segmentation.png',
      ],
      ['ISIC_1', 'ISIC_2'],
    ],
    [
      'DRIVE as distributed',
      [
        'DRIVE/training/images/21_training.tif',
        'DRIVE/training/1st_manual/21_manual1.gif',
        'DRIVE/training/mask/21_training_mask.gif',
        'DRIVE/test/images/01_test.tif',
        'DRIVE/test/1st_manual/01_manual1.gif',
        'DRIVE/test/2nd_manual/01_manual2.gif',
      ],
      ['21_training'],
    ],
  ] as const) {
    it(`pairs ${name}`, () => {
      const found = pair([...paths], 'data 7');
      assert.deepEqual(
        found.cases.map(({ id }) => id),
        ids,
      );
      assert.ok(found.cases.every(({ labels }) => labels.length === 1));
    });
  }

  it('keeps test images apart from training images', () => {
    const found = pair(['train/images/1.png', 'train/masks/1.png', 'test/images/1.png', 'test/masks/1.png']);
    assert.equal(found.cases.length, 1);
    assert.equal(found.testCases[0]!.labels.length, 1);
    const unlabelled = pair(['imagesTr/1.png', 'labelsTr/1.png', 'imagesTs/9.png']);
    assert.deepEqual(unlabelled.testCases, [{ id: '9', images: ['imagesTs/9.png'], labels: [] }]);
  });

  it('pairs nothing where nothing can be paired', () => {
    assert.equal(pair(['a.png', 'b.png']).cases.length, 0);
    assert.equal(pair(['images/a.png', 'labels/b.png', 'images/c.png', 'labels/d.png']).cases.length, 0);
  });
});
