import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Vector3, VoxelArray } from '../../../src/geometry/types';
import { gridAsNibabel, writeNifti } from '../../../src/images/niftiWrite';
import { modelOf } from '../../../src/pipeline/modelFolder';
import { readImageFacts, type ImageFacts } from '../../../src/pipeline/prediction/plausibility/imageFacts';
import { judge } from '../../../src/pipeline/prediction/plausibility/judge';
import { readTrainingFacts, type TrainingFacts } from '../../../src/pipeline/prediction/plausibility/trainingFacts';
import { scratchFolder } from '../dataset/scratch';
import { describeShared, sharedPath } from '../../shared';

const properties = {
  mean: 300,
  median: 300,
  std: 80,
  min: 10,
  max: 900,
  percentile_00_5: 100,
  percentile_99_5: 700,
};
const hounsfield = {
  ...properties,
  mean: 60,
  median: 70,
  std: 60,
  min: -300,
  max: 600,
  percentile_00_5: -60,
  percentile_99_5: 200,
};

/** Brain MR of 1 mm and 150 to 200 mm. */
function brain(more: Partial<TrainingFacts> = {}): TrainingFacts {
  return {
    channelNames: ['T1'],
    reader: 'SimpleITKIO',
    normalization: ['ZScoreNormalization'],
    intensities: [properties],
    grid: {
      isOfCases: true,
      spacing: { low: [1, 1, 1], high: [1, 1, 1] },
      shape: { low: [150, 150, 150], high: [200, 200, 200] },
      extent: { low: [150, 150, 150], high: [200, 200, 200] },
    },
    ...more,
  };
}

const ct = (more: Partial<TrainingFacts> = {}): TrainingFacts =>
  brain({ channelNames: ['CT'], normalization: ['CTNormalization'], intensities: [hounsfield], ...more });

interface Given extends Partial<Omit<ImageFacts, 'values'>> {
  /** Of each channel, sampled. */
  values?: number[][];
  croppedShape?: Vector3;
  areLabels?: boolean;
}

function image({ values, croppedShape, areLabels = false, ...more }: Given = {}): ImageFacts {
  const samples = (values ?? [mr]).map((channel) => Float32Array.from(channel));
  const shape: Vector3 = more.shape ?? [170, 170, 170];
  return {
    files: ['scan.nii.gz'],
    formats: ['NIfTI-1'],
    channels: samples.length,
    isSeries: false,
    shape,
    spacing: [1, 1, 1],
    hasSpacing: true,
    values: {
      channels: samples,
      areLabels: samples.map(() => areLabels),
      croppedShape: croppedShape ?? shape,
    },
    ...more,
  };
}

const spread = (from: number, to: number, count = 1000): number[] =>
  Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
const mr = spread(0, 1200);
/** A third air, a third soft tissue, some bone. */
const scan = [...spread(-1000, -900), ...spread(-100, 200), ...spread(200, 1500, 300)];

const codes = (facts: ImageFacts, training: TrainingFacts, isPart?: boolean): string[] =>
  judge(facts, training, isPart).map(({ code }) => code);
const only = (facts: ImageFacts, training: TrainingFacts) => {
  const found = judge(facts, training);
  assert.equal(found.length, 1, JSON.stringify(found));
  assert.ok(found[0]!.advice.length > 10 && !/dataset/i.test(found[0]!.advice), found[0]!.advice);
  return found[0]!;
};

describe('whether a prediction is plausible', () => {
  it('nothing is said of an image like those of the training', () => {
    assert.deepEqual(codes(image(), brain()), []);
    assert.deepEqual(codes(image({ values: [scan] }), ct()), []);
    // A held-out scan is a little beyond what was trained on, and cropping leaves a little more or less.
    assert.deepEqual(codes(image({ spacing: [2.2, 0.9, 0.9], shape: [100, 220, 220] }), brain()), []);
  });

  it('the wrong number of channels is refused, with the names of those that the model takes', () => {
    const two = brain({ channelNames: ['T1', 'T2'], normalization: ['ZScoreNormalization', 'ZScoreNormalization'] });
    const { weight, message, advice } = only(image(), two);
    assert.equal(weight, 'refuse');
    assert.equal(message, 'One channel; the model needs 2 (T1, T2).');
    assert.match(advice, /scan_0000 and scan_0001/);
    const series = only(image({ values: [mr, mr, mr], isSeries: true }), brain());
    assert.match(series.message, /^The file holds 3 volumes along a fourth axis; the model needs 1 \(T1\)/);
  });

  it('a volume is refused where the model takes pictures, and another format where its reader takes NIfTI', () => {
    assert.equal(only(image(), brain({ reader: 'NaturalImage2DIO' })).code, 'not-2d');
    assert.equal(only(image({ formats: ['NRRD'] }), brain({ reader: 'NibabelIO' })).code, 'wrong-reader');
  });

  it('a single slice is doubted where the model was trained on volumes', () => {
    assert.deepEqual(codes(image({ shape: [1, 170, 170] }), brain()), ['single-slice']);
  });

  it('says how many times thicker slices are than any of the training', () => {
    const { message, weight } = only(image({ spacing: [8, 1, 1], shape: [24, 170, 170] }), brain());
    assert.equal(weight, 'warn');
    assert.match(
      message,
      /^The slices are 8 times thicker than any training scan's \(1 × 1 × 8 mm here, 1 × 1 × 1 mm in/,
    );
  });

  it('tells a header in another unit, and axes in another order, from coarse scans', () => {
    assert.match(only(image({ spacing: [0.001, 0.001, 0.001] }), brain()).message, /1000 times smaller.*metres/);
    const thick = brain({
      grid: {
        ...brain().grid!,
        spacing: { low: [5, 0.7, 0.7], high: [5, 0.9, 0.9] },
      },
    });
    const turned = only(image({ spacing: [0.8, 0.8, 5], shape: [170, 170, 34] }), thick);
    assert.match(turned.message, /axes lie in another order/);
  });

  it('does without the fingerprint, with more patience', () => {
    const typical = brain({ grid: { ...brain().grid!, isOfCases: false } });
    assert.deepEqual(codes(image({ spacing: [4, 1, 1], shape: [45, 170, 170] }), typical), []);
    assert.match(
      only(image({ spacing: [8, 1, 1], shape: [24, 170, 170] }), typical).message,
      /thicker than the typical training scan's/,
    );
    assert.deepEqual(codes(image({ spacing: [8, 1, 1] }), brain({ grid: undefined })), []);
  });

  it('tells parts that were cut out, and scans of much more than was trained on, but for a drawn region', () => {
    assert.deepEqual(codes(image({ shape: [30, 30, 30] }), brain()), ['image-small']);
    const large = image({ shape: [700, 400, 400] });
    assert.deepEqual(codes(large, brain()), ['image-large']);
    assert.deepEqual(codes(large, brain(), true), []);
    // Air that is 0 is cut off as in training.
    assert.deepEqual(codes(image({ shape: [700, 400, 400], croppedShape: [180, 180, 180] }), brain()), []);
  });

  it('CT for a model of MR is called that, and MR for a model of CT', () => {
    const { message } = only(image({ values: [scan] }), brain());
    assert.equal(message, 'This looks like CT, the model was trained on T1 images.');
    assert.match(
      only(image({ values: [mr] }), ct()).message,
      /does not look like CT: its values run from 0 to 1200, none/,
    );
    const normalised = only(image({ values: [spread(-3, 7)] }), ct());
    assert.match(normalised.message, /only from -3 to 7/);
    const shifted = only(image({ values: [scan.map((value) => value + 1024)] }), ct());
    assert.match(shifted.advice, /subtract 1024/);
  });

  it('a name that may be anything, and a training with values as low as in CT, accuse no CT', () => {
    for (const name of ['0', 'image', 'CBCT', 'zscore', 'CECT']) {
      assert.deepEqual(codes(image({ values: [scan] }), brain({ channelNames: [name] })), [], name);
    }
    assert.deepEqual(codes(image({ values: [scan] }), brain({ intensities: [hounsfield] })), []);
    // One extreme value among the labelled ones widens the range that they were trained on.
    const outlier = { ...hounsfield, percentile_00_5: -980, percentile_99_5: 68545, max: 3e6 };
    assert.deepEqual(codes(image({ values: [scan] }), ct({ intensities: [outlier] })), []);
  });

  it('channels in another order are told where one is CT', () => {
    const both = brain({
      channelNames: ['CT', 'PET'],
      normalization: ['CTNormalization', 'ZScoreNormalization'],
      intensities: [hounsfield, { ...properties, min: 0, max: 40 }],
    });
    const pet = spread(0, 30);
    assert.deepEqual(codes(image({ values: [scan, pet] }), both), []);
    const { code, message, advice } = only(image({ values: [pet, scan] }), both);
    assert.equal(code, 'channels-swapped');
    assert.match(message, /Channel 1 looks like CT, and is given as PET/);
    assert.match(advice, /CT, PET/);
  });

  it('masks and empty images are told, and colours beyond 8 bits refused', () => {
    const mask = image({ values: [[0, 0, 1, 1, 2]], areLabels: true });
    assert.equal(only(mask, brain()).code, 'mask-for-image');
    const binary = { ...properties, min: 0, max: 1, percentile_00_5: 0, percentile_99_5: 1, std: 0.5 };
    assert.deepEqual(codes(mask, brain({ intensities: [binary] })), []);
    assert.equal(only(image({ values: [[0, 0, 0]] }), brain()).code, 'image-empty');
    const rgb = only(image({ values: [spread(0, 4095)] }), brain({ normalization: ['RGBTo01Normalization'] }));
    assert.deepEqual([rgb.code, rgb.weight], ['rgb-out-of-range', 'refuse']);
  });
});

describe('what is read of an image', () => {
  it('are its size, what cropping leaves and its values, on the axes that the reader gives it', async (test) => {
    const folder = await scratchFolder(test);
    const file = join(folder, 'a.nii');
    const [x, y, z] = [40, 20, 10];
    const voxels: VoxelArray = new Int16Array(x * y * z);
    for (let k = 2; k < 8; k++)
      for (let j = 0; j < y; j++) for (let i = 10; i < 30; i++) voxels[(k * y + j) * x + i] = i - 20;
    // x runs to superior, y to right, z to anterior.
    const affine = [
      [0, 2, 0, 0],
      [0, 0, 3, 0],
      [1, 0, 0, 0],
      [0, 0, 0, 1],
    ];
    await writeNifti(file, voxels, [1, z, y, x], gridAsNibabel(affine, [1, 2, 3]));
    const stored = await readImageFacts([file], 'SimpleITKIO', true);
    assert.deepEqual(
      [stored.shape, stored.spacing],
      [
        [10, 20, 40],
        [3, 2, 1],
      ],
    );
    assert.deepEqual(stored.values!.croppedShape, [6, 20, 20]);
    const [values] = stored.values!.channels;
    assert.deepEqual([values!.length, Math.min(...values!), Math.max(...values!)], [x * y * z, -10, 9]);
    const turned = await readImageFacts([file], 'NibabelIOWithReorient', true);
    assert.deepEqual(
      [turned.shape, turned.spacing, turned.values!.croppedShape],
      [
        [40, 10, 20],
        [1, 3, 2],
        [20, 6, 20],
      ],
    );
  });
});

describeShared('real scans', () => {
  const shelf = (...parts: string[]): string => sharedPath('data', ...parts);
  const training = async (folder: string, plansFile: string, configuration: string, fingerprint = true) => {
    const files = { plans: join(folder, plansFile), datasetJson: join(folder, 'dataset.json') };
    return readTrainingFacts(await modelOf(folder, files, configuration), fingerprint ? folder : undefined);
  };
  const found = async (files: string[], facts: TrainingFacts): Promise<string[]> =>
    codes(await readImageFacts(files, facts.reader, true), facts);

  it('every hippocampus is fine for a model of hippocampi', async () => {
    const folder = shelf('hippocampus', 'reference-50epochs');
    const facts = await training(folder, 'plans.json', '3d_fullres');
    const typical = await training(folder, 'plans.json', '3d_fullres', false);
    assert.deepEqual([facts.grid!.isOfCases, typical.grid!.isOfCases], [true, false]);
    const images = shelf('hippocampus', 'imagesTr');
    for (const name of readdirSync(images)) {
      for (const one of [facts, typical]) assert.deepEqual(await found([join(images, name)], one), [], name);
    }
    const brainScan = shelf('volumes', 'mr_brain_256cubed', 'norm.nii.gz');
    assert.deepEqual(await found([brainScan], facts), ['image-large']);
    const torso = shelf('volumes', 'ct_torso_3mm', 'example_ct.nii.gz');
    assert.deepEqual(await found([torso], facts), ['spacing-unlike', 'looks-like-ct']);
  });

  it('CT is fine for models of CT, and MR is not', async () => {
    const spleen = shelf('volumes', 'ct_spleen_anisotropic', 'sub-spleen2_ct.nii.gz');
    const pulmonary = shelf('volumes', 'ct_pulmonary_1p5mm', 'ct_cropped.nii.gz');
    for (const name of ['MSD_Dataset009_Spleen', 'MSD_Dataset007_Pancreas', 'AMOS22_CT']) {
      const folder = shelf('planner-triples', name);
      const plans = readdirSync(folder).find((file) => /plans.*\.json$/i.test(file))!;
      const facts = await training(folder, plans, '3d_fullres');
      for (const file of [spleen, pulmonary]) assert.deepEqual(await found([file], facts), [], `${name}, ${file}`);
      const flair = shelf('volumes', 'mr_flair_lesion', 'FLAIR.nii.gz');
      assert.deepEqual(await found([flair], facts), ['not-ct'], name);
    }
  });

  it('scans and pictures of one kind are fine for each other', async () => {
    const brats = (patient: string): string[] =>
      ['Flair', 'T1c'].map((name) => shelf('volumes', `mr_brats2015_${patient}`, `${name}_subtrMeanDivStd.nii.gz`));
    const eyes = shelf('natural2d', 'drive_retina_rgb', 'images');
    const drive = readdirSync(eyes).map((name) => [join(eyes, name)]);
    const chase = shelf('natural2d', 'chase_db1_rgb');
    const jpegs = readdirSync(chase)
      .filter((name) => name.endsWith('.jpg'))
      .map((name) => [join(chase, name)]);
    const kinds = [
      { cases: [brats('pat0004'), brats('pat0005')], names: ['FLAIR', 'T1c'], reader: 'SimpleITKIO' },
      { cases: drive, names: ['R', 'G', 'B'], reader: 'NaturalImage2DIO' },
      { cases: jpegs, names: ['R', 'G', 'B'], reader: 'NaturalImage2DIO' },
    ] as const;
    for (const { cases, names, reader } of kinds) {
      const all: ImageFacts[] = [];
      for (const files of cases) all.push(await readImageFacts(files, reader, true));
      assert.ok(all.length > 1);
      for (const [at, one] of all.entries()) {
        const other = all[(at + 1) % all.length]!;
        assert.deepEqual(codes(one, trainedOn(other, [...names])), [], String(one.files));
      }
    }
  });

  /** As if this one image had been the training. */
  function trainedOn({ shape, spacing, values }: ImageFacts, channelNames: string[]): TrainingFacts {
    const length = values!.croppedShape;
    const extent = length.map((one, axis) => one * spacing[axis]!) as Vector3;
    const same = (value: Vector3) => ({ low: value, high: value });
    const reader = shape[0] === 1 ? 'NaturalImage2DIO' : 'SimpleITKIO';
    return {
      channelNames,
      reader,
      normalization: channelNames.map(() => (shape[0] === 1 ? 'RGBTo01Normalization' : 'ZScoreNormalization')),
      intensities: values!.channels.map((channel) => {
        const sorted = Float32Array.from(channel).sort();
        const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))]!;
        const [mean, median] = [at(0.5), at(0.5)];
        return { mean, median, std: 1, min: at(0), max: at(1), percentile_00_5: at(0.005), percentile_99_5: at(0.995) };
      }),
      grid: { isOfCases: true, spacing: same(spacing), shape: same(length), extent: same(extent) },
    };
  }
});
