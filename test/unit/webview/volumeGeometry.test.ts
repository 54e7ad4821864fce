/** The volume editor's geometry, by value: real files show at the right place in each plane. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { applyAffine, identityAffine } from '../../../src/geometry/affine';
import type { Affine, Vector3 } from '../../../src/geometry/types';
import { readOne } from '../../../src/images/readOne';
import {
  edgeLetters,
  inverseOf,
  nearestVoxel,
  pixelOfVoxel,
  planes,
  sameGrid,
  sliceLayout,
  voxelAt,
  voxelOfPixel,
  type ShownGrid,
  type Plane,
} from '../../../webview/volume/geometry';
import { cutSlice, type Layer } from '../../../webview/volume/slices';
import { describeShared, sharedPath } from '../../shared';

const close = (found: readonly number[], wanted: readonly number[], within = 1e-6): void =>
  found.forEach((value, i) => assert.ok(Math.abs(value - (wanted[i] ?? NaN)) <= within, `${found} is not ${wanted}`));

const lettersOf = (
  grid: ShownGrid,
  plane: Plane,
  convention: 'radiological' | 'neurological' = 'radiological',
): string => {
  const { left, right, top, bottom } = edgeLetters(grid, sliceLayout(grid, plane, convention));
  return [left, right, top, bottom].join(' ');
};

describe('geometry of the volume editor', () => {
  const ras: ShownGrid = { affine: identityAffine, shape: [4, 5, 6] };

  it('shows left at the right, anterior at the top, and superior at the top, as radiologists do', () => {
    assert.equal(lettersOf(ras, 'axial'), 'R L A P');
    assert.equal(lettersOf(ras, 'coronal'), 'R L S I');
    assert.equal(lettersOf(ras, 'sagittal'), 'A P S I');
  });

  it('mirrors axial and coronal, not sagittal, in the neurological convention', () => {
    assert.equal(lettersOf(ras, 'axial', 'neurological'), 'L R A P');
    assert.equal(lettersOf(ras, 'coronal', 'neurological'), 'L R S I');
    assert.equal(lettersOf(ras, 'sagittal', 'neurological'), 'A P S I');
  });

  it('puts a known voxel at its pixel', () => {
    // Voxel (0, 4, 5) is the left-most, front-most, top-most: in axial at the right and the top.
    const axial = sliceLayout(ras, 'axial', 'radiological');
    assert.deepEqual(pixelOfVoxel(axial, [0, 4, 5]), { column: 3, row: 0, slice: 5 });
    assert.deepEqual(voxelOfPixel(axial, 3, 0, 5), [0, 4, 5]);
    const sagittal = sliceLayout(ras, 'sagittal', 'radiological');
    assert.deepEqual(pixelOfVoxel(sagittal, [0, 4, 5]), { column: 0, row: 0, slice: 0 });
  });

  it('keeps a damaged affine from spreading NaN', () => {
    const flat: Affine = [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 0, 0],
      [0, 0, 0, 1],
    ];
    assert.deepEqual(inverseOf(flat), identityAffine);
  });

  it('finds the voxel under a point, none outside, and the nearest at the border', () => {
    assert.deepEqual(voxelAt(ras, [1.4, 2.6, 5.4]), [1, 3, 5]);
    assert.equal(voxelAt(ras, [-0.6, 0, 0]), undefined);
    assert.deepEqual(nearestVoxel(ras, [-10, 2, 99]), [0, 2, 5]);
  });

  it('names both directions of an oblique edge, the stronger first', () => {
    const [cos, sin] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];
    const turned: ShownGrid = {
      shape: [10, 10, 10],
      affine: [
        [2 * cos, -2 * sin, 0, 0],
        [2 * sin, 2 * cos, 0, 0],
        [0, 0, 5, 0],
        [0, 0, 0, 1],
      ],
    };
    assert.equal(lettersOf(turned, 'axial'), 'RA LP AL PR');
    const { right, through } = sliceLayout(turned, 'axial', 'radiological');
    close([right.spacingMm, through.spacingMm], [2, 5]);
  });

  it('takes grids for the same only when every corner agrees', () => {
    assert.ok(sameGrid(ras, { ...ras }));
    assert.ok(!sameGrid(ras, { affine: ras.affine, shape: [4, 5, 7] }));
    const shifted: Affine = [[1, 0, 0, 0.5], ...identityAffine.slice(1)];
    assert.ok(!sameGrid(ras, { affine: shifted, shape: ras.shape }));
  });
});

describeShared('real files in the volume editor', () => {
  const folder = sharedPath('data', 'nifti-conformance');
  const expected = JSON.parse(readFileSync(`${folder}/EXPECTED.json`, 'utf8')) as Record<
    string,
    { affine?: number[][]; axcodes?: string; shape?: number[] }
  >;

  async function layerOf(file: string): Promise<Layer> {
    const { data, shape, properties } = await readOne(file, 'NibabelIO');
    const affine = properties.nibabel_stuff?.original_affine ?? [];
    return {
      grid: { affine, shape: [shape[3], shape[2], shape[1]] },
      voxels: data.subarray(0, shape[1] * shape[2] * shape[3]),
    };
  }

  it('shows one brain alike in all its axis orders and flips', async () => {
    const orientations = `${folder}/nifti_space_orientations`;
    const reference = await layerOf(`${orientations}/RAS.nii.gz`);
    const files = readdirSync(orientations).filter((file) => file.endsWith('.nii.gz'));
    assert.ok(files.length >= 20);
    const place = applyAffine(reference.grid.affine, reference.grid.shape.map((n) => Math.floor(n * 0.4)) as Vector3);
    for (const file of files) {
      const layer = await layerOf(`${orientations}/${file}`);
      for (const plane of planes) {
        const [wanted, found] = [reference, layer].map((one) => {
          const layout = sliceLayout(one.grid, plane, 'radiological');
          const { slice } = pixelOfVoxel(layout, nearestVoxel(one.grid, place));
          return cutSlice(one, one.grid, layout, slice);
        });
        assert.deepEqual([found?.width, found?.height], [wanted?.width, wanted?.height], `${file} ${plane}`);
        assert.deepEqual(found?.values, wanted?.values, `${file} ${plane}`);
      }
    }
  });

  it('puts a voxel of an oblique, flipped scan at its pixel and its millimetres', () => {
    const { affine = [], shape = [] } = expected['dicom/siemens_mosaic_ax/dcm2niix_reference.nii'] ?? {};
    const grid: ShownGrid = { affine, shape: shape.slice(0, 3) as Vector3 };
    const axial = sliceLayout(grid, 'axial', 'radiological');
    // x runs to the left already, as radiologists show it: no mirror; y runs to anterior: mirrored downwards.
    assert.deepEqual(voxelOfPixel(axial, 10, 20, 7), [10, 63 - 20, 7]);
    close(
      applyAffine(affine, [10, 43, 7]),
      [-3.25 * 10 + 104, 3.230991 * 43 - 0.388798 * 7 - 58.684311, 0.350998 * 43 + 3.578943 * 7 - 84.798035],
      1e-4,
    );
    assert.equal(lettersOf(grid, 'axial'), 'R L A P');
  });

  it('keeps the proportions of an anisotropic scan', async () => {
    const layer = await layerOf(sharedPath('data', 'volumes', 'ct_spleen_anisotropic', 'sub-spleen2_ct.nii.gz'));
    const { right, down } = sliceLayout(layer.grid, 'coronal', 'radiological');
    close([right.spacingMm, down.spacingMm], [0.795, 5], 0.002);
    assert.equal(down.length, 26);
  });

  it('shows a mask in each plane where the label lies', async () => {
    const folder = sharedPath('data', 'volumes', 'mr_spine_t2_psr');
    const mask = await layerOf(`${folder}/t2_seg-manual.nii.gz`);
    const index = mask.voxels.findIndex((value) => value !== 0);
    const [nx, ny] = mask.grid.shape;
    const voxel: Vector3 = [index % nx, Math.floor(index / nx) % ny, Math.floor(index / (nx * ny))];
    for (const plane of planes) {
      const layout = sliceLayout(mask.grid, plane, 'radiological');
      const { column, row, slice } = pixelOfVoxel(layout, voxel);
      const cut = cutSlice(mask, mask.grid, layout, slice);
      assert.notEqual(cut.values[row * cut.width + column], 0, plane);
    }
  });

  it('samples a mask of another grid at the same millimetres', async () => {
    const orientations = `${folder}/nifti_space_orientations`;
    const [shown, other] = [await layerOf(`${orientations}/RAS.nii.gz`), await layerOf(`${orientations}/PIL.nii.gz`)];
    const layout = sliceLayout(shown.grid, 'coronal', 'radiological');
    const direct = cutSlice(shown, shown.grid, layout, 20);
    const sampled = cutSlice(other, shown.grid, layout, 20);
    assert.deepEqual(sampled.values, direct.values);
  });
});
