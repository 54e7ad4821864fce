/** Where voxels lie: affines and their inverses, and the axes that nibabel reads from them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { applyAffine, compose, determinantOf, inverseAffine, voxelEdgesMm } from '../../../src/geometry/affine';
import { axesOf, axisCodes } from '../../../src/geometry/axes';
import type { Affine } from '../../../src/geometry/types';
import { describeShared, sharedPath } from '../../shared';

const oblique: Affine = [
  [-3.25, 0.1, 0.2, 104],
  [0.3, 3.230991, -0.388798, -58.7],
  [0, 0.350998, 3.578943, -84.8],
  [0, 0, 0, 1],
];

const close = (found: readonly number[], wanted: readonly number[], within = 1e-9): void =>
  found.forEach((value, i) => assert.ok(Math.abs(value - wanted[i]!) <= within, `${found} is not ${wanted}`));

it('goes from voxel to place and back, through any affine', () => {
  const inverse = inverseAffine(oblique)!;
  close(applyAffine(inverse, applyAffine(oblique, [10, 20, 30])), [10, 20, 30]);
  close(applyAffine(compose(inverse, oblique), [10, 20, 30]), [10, 20, 30]);
  close(applyAffine(compose(oblique, oblique), [1, 2, 3]), applyAffine(oblique, applyAffine(oblique, [1, 2, 3])));
});

it('has no inverse where all voxels lie in a plane', () => {
  const flat: Affine = [...oblique.slice(0, 2), [0, 0, 0, 0], [0, 0, 0, 1]];
  assert.equal(inverseAffine(flat), undefined);
});

it('tells the voxel size, and the hand of its axes by the sign', () => {
  const mirrored: Affine = [
    [-2, 0, 0, 0],
    [0, 0, 4, 0],
    [0, -3, 0, 0],
    [0, 0, 0, 1],
  ];
  assert.equal(determinantOf(mirrored), -24);
  assert.deepEqual(voxelEdgesMm(mirrored), [2, 3, 4]);
  assert.deepEqual(axesOf(mirrored), [
    { space: 0, sign: -1 },
    { space: 2, sign: -1 },
    { space: 1, sign: 1 },
  ]);
  assert.equal(axisCodes(mirrored), 'LIA');
});

describeShared('axes of real files', () => {
  it('are those that nibabel reads', () => {
    const expected = JSON.parse(
      readFileSync(sharedPath('data', 'nifti-conformance', 'EXPECTED.json'), 'utf8'),
    ) as Record<string, { affine?: number[][]; axcodes?: string }>;
    let checked = 0;
    for (const [name, { affine, axcodes }] of Object.entries(expected)) {
      if (!affine || !axcodes || /None/.test(axcodes)) continue;
      const linear = [0, 1, 2].map((row) => affine[row]?.slice(0, 3));
      if (new Set(linear.map(String)).size < 3) continue;
      assert.equal(axisCodes(affine), axcodes, name);
      checked++;
    }
    assert.ok(checked > 20, `only ${checked} affines`);
  });
});
