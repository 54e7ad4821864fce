import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { augmentationPlan } from '../../../src/method/augmentationPlan';

describe('the augmentation plan', () => {
  it('turns isotropic patches by 30 degrees and mirrors all axes', () => {
    const plan = augmentationPlan([128, 128, 128]);
    assert.deepEqual(plan, {
      rotationDegrees: 30,
      dummy2d: false,
      mirrorAxes: [0, 1, 2],
      strong: false,
      nearestLabels: false,
      enabled: true,
      initialPatchSize: [205, 205, 205],
    });
    assert.deepEqual(augmentationPlan([80, 192, 160]).initialPatchSize, [194, 289, 210]);
  });

  it('turns thin patches within their slices only, by any angle', () => {
    const plan = augmentationPlan([20, 320, 256]);
    assert.equal(plan.dummy2d, true);
    assert.equal(plan.rotationDegrees, 180);
    assert.deepEqual(plan.initialPatchSize, [20, 376, 376]);
  });

  it('is isotropic at exactly three times the thickness', () => {
    assert.equal(augmentationPlan([64, 192, 192]).dummy2d, false);
    assert.equal(augmentationPlan([63, 192, 192]).dummy2d, true);
  });

  it('turns 2D patches by any angle unless they are long', () => {
    const square = augmentationPlan([512, 512]);
    assert.deepEqual([square.rotationDegrees, square.mirrorAxes, square.initialPatchSize], [180, [0, 1], [602, 602]]);
    const long = augmentationPlan([256, 128]);
    assert.deepEqual([long.rotationDegrees, long.initialPatchSize], [15, [329, 150]]);
  });
});
