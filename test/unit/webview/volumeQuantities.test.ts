/** Lengths, sizes and contrast as the volume page writes them: no millimetre where the file gives none. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { shortened, shortenedToFit, wordStart } from '../../../webview/volume/shortened';
import { topLetterMiddle } from '../../../webview/volume/fitting';
import { countText, lengthText, sizeText, voxelVolumeMm3, volumeText } from '../../../webview/volume/quantities';
import {
  choiceOf,
  ctPresets,
  isCtLike,
  levelAndWidth,
  shownLevelAndWidth,
  windowOf,
} from '../../../webview/volume/windowing';

const volume = { hasSpacing: true, dimensions: 3 } as const;
const picture = { hasSpacing: false, dimensions: 2 } as const;
const stack = { hasSpacing: false, dimensions: 3 } as const;

describe('lengths and sizes', () => {
  it('are in millimetres only where the file tells the size of its voxels', () => {
    assert.deepEqual(
      [volume, picture, stack].map((measure) => lengthText(100, measure)),
      ['10 cm', '100 pixels', '100 voxels'],
    );
    assert.equal(lengthText(5, volume), '5 mm');
    assert.equal(lengthText(1, picture), '1 pixel');
    assert.equal(sizeText([42, 38], picture), '42 × 38 pixels');
    assert.equal(sizeText([42, 38.5, 7], volume), '42 × 38.5 × 7 mm');
    assert.equal(countText(1832, stack), '1,832 voxels');
    assert.equal(countText(1, picture), '1 pixel');
  });

  it('have three digits, and all of them from 100 on', () => {
    assert.deepEqual([0, 12, 99.94, 3211].map(volumeText), ['0 ml', '12 mm³', '99.9 mm³', '3.21 ml']);
  });

  it('count the voxels of the file, also where every second is shown, along any axes', () => {
    const sheared = [
      [0, -2, 0, 5],
      [1, 0, 0.5, 0],
      [0, 0, 3, 0],
      [0, 0, 0, 1],
    ];
    assert.equal(voxelVolumeMm3(sheared), 6);
    assert.equal(voxelVolumeMm3(sheared, [2, 1, 3]), 1);
  });
});

describe('names without room', () => {
  it('lose their middle and keep their number', () => {
    const name = '3d_fullres of the hippocampus, case_0014.nii.gz';
    assert.equal(shortened(name, 20), '3d_full…_0014.nii.gz');
    assert.equal(shortened('short', 20), 'short');
    assert.equal(
      shortenedToFit(name, () => false),
      '3…z',
    );
  });

  it('are cut where a word begins, if one begins near, and never down to their ending', () => {
    const endOf = (name: string): string => name.slice(wordStart(name, name.length - 12));
    assert.equal(endOf('hippocampus of patient_014.nii.gz'), '_014.nii.gz');
    assert.equal(endOf('hippocampus_prediction_3.nii.gz'), '_3.nii.gz');
    assert.equal(endOf('nnUNetTrainer, 3d_fullres, fold 0'), ', fold 0');
    assert.equal(endOf('hippocampusofsomebody.nii.gz'), 'ebody.nii.gz');
  });
});

describe('letters at the top of a pane', () => {
  it('lie beside the caption, or below it where it reaches them', () => {
    assert.equal(topLetterMiddle(400, 6, 90, false), 11);
    assert.equal(topLetterMiddle(123, 6, 90, false), 28);
    assert.equal(topLetterMiddle(250, 6, 90, true), 28);
  });
});

describe('contrast', () => {
  const values = { looksLikeCt: false, range: { min: -1024, max: 1500 }, labels: null };

  it('is soft tissue for what looks like a CT or is called one, unless its values are not Hounsfield units', () => {
    assert.equal(isCtLike({ ...values, looksLikeCt: true }, false), true);
    assert.equal(isCtLike(values, true), true);
    assert.equal(isCtLike(values, false), false);
    assert.equal(isCtLike({ ...values, range: { min: -1.2, max: 4 } }, true), false);
    assert.equal(isCtLike({ ...values, labels: [{ value: 1, voxels: 3 }] }, true), false);
    assert.deepEqual(levelAndWidth(ctPresets[0].window), { level: 40, width: 400 });
  });

  it('is called what it is, by value', () => {
    const auto = { low: 0, high: 90 };
    assert.equal(choiceOf({ low: -160, high: 240 }, auto, values.range), 'ct-abdomen');
    assert.equal(choiceOf({ low: 0, high: 90 }, auto, values.range), 'auto');
    assert.equal(choiceOf({ low: -1024, high: 1500 }, auto, values.range), 'full');
    assert.equal(choiceOf({ low: -161, high: 240 }, auto, values.range), 'own');
  });

  it('is said without fractions for whole numbers, unless few of them are meant', () => {
    const window = { low: 2, high: 99.513 };
    assert.deepEqual(shownLevelAndWidth(window, true), { level: 51, width: 98 });
    assert.deepEqual(shownLevelAndWidth(window, false), { level: 50.8, width: 97.5 });
    assert.deepEqual(shownLevelAndWidth({ low: 31.37, high: 956.93 }, false), { level: 494, width: 926 });
    assert.deepEqual(shownLevelAndWidth({ low: -0.00123, high: 0.0456 }, false), { level: 0.0222, width: 0.0468 });
    assert.deepEqual(shownLevelAndWidth({ low: 0, high: 1 }, true), { level: 0.5, width: 1 });
  });

  it('comes from a level and a width that make sense', () => {
    assert.deepEqual(windowOf(50, 350), { low: -125, high: 225 });
    assert.equal(windowOf(50, 0), undefined);
    assert.equal(windowOf(NaN, 3), undefined);
  });
});
