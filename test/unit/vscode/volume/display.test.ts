import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyAffine } from '../../../../src/geometry/affine';
import type { Affine, Shape3 } from '../../../../src/geometry/types';
import type { DecodedImage } from '../../../../src/images/types';
import {
  chooseDisplayGrid,
  shownSlices,
  slabOrder,
  toShownVoxel,
  usableGrid,
} from '../../../../src/vscode/volume/displayGrid';
import { describeValues } from '../../../../src/vscode/volume/imageValues';
import { labelMapOn } from '../../../../src/vscode/volume/labelMap';

const oblique: Affine = [
  [0.8, -0.6, 0, 10],
  [0.6, 0.8, 0, -20],
  [0, 0, -3, 30],
  [0, 0, 0, 1],
];
const grid = (shape: Shape3, affine = oblique) => ({ shape, affine });

describe('downsampling', () => {
  it('leaves a volume alone that fits', () => {
    const display = chooseDisplayGrid(grid([10, 20, 30]), 2, 12000);
    assert.deepEqual(display.factors, [1, 1, 1]);
    const voxels = new Int16Array(6000).map((_, i) => i);
    const slices = shownSlices(voxels, display, 4, 2);
    assert.equal(slices.buffer, voxels.buffer);
    assert.deepEqual([slices[0], slices.length], [4 * 600, 2 * 600]);
  });

  it('shows true voxels at their true place, and thins the finest axes first', () => {
    const display = chooseDisplayGrid(grid([10, 20, 30]), 2, 3000);
    const [fx, fy, fz] = display.factors;
    assert.equal(fz, 1, 'slices 3 mm apart are the last to go');
    assert.ok(fx > 1 && fy > 1);
    const [depth, height, width] = display.shape;
    assert.ok(depth * height * width * 2 <= 3000);
    // Each voxel's value is its own number, so that it can be followed.
    const voxels = new Int16Array(6000).map((_, i) => i);
    const shown = shownSlices(voxels, display, 0, depth);
    for (const [x, y, z] of [
      [0, 0, 0],
      [width - 1, height - 1, depth - 1],
      [3, 2, 7],
    ] as const) {
      const value = shown[(z * height + y) * width + x]!;
      const full = [value % 30, Math.floor(value / 30) % 20, Math.floor(value / 600)] as [number, number, number];
      const place = applyAffine(display.affine, [x, y, z]);
      const expected = applyAffine(oblique, full);
      place.forEach((mm, axis) => assert.ok(Math.abs(mm - expected[axis]!) < 1e-9));
      assert.deepEqual(toShownVoxel(display, full), [x, y, z]);
    }
  });

  it('also shortens axes that no texture can hold', () => {
    const display = chooseDisplayGrid(grid([1, 2, 5000]), 1, 1e9);
    assert.deepEqual(
      [display.factors, display.shape],
      [
        [3, 1, 1],
        [1, 2, 1667],
      ],
    );
  });

  it('ends for volumes of which not even one voxel fits', () => {
    assert.deepEqual(chooseDisplayGrid(grid([2, 2, 2]), 4, 1).shape, [1, 1, 1]);
  });
});

describe('slabs', () => {
  it('begin in the middle and hold each slice once', () => {
    const slabs = slabOrder(100, 1000, 30_000);
    const [first, count] = slabs[0]!;
    assert.ok(first <= 50 && 50 < first + count);
    const slices = slabs.flatMap(([start, length]) => Array.from({ length }, (_, i) => start + i));
    assert.deepEqual(
      slices.sort((a, b) => a - b),
      Array.from({ length: 100 }, (_, i) => i),
    );
  });
});

describe('usableGrid', () => {
  it('replaces a matrix without an inverse, and says so', () => {
    const zero = [
      [0, 0, 0, 5],
      [0, 2, 0, 0],
      [0, 0, 2, 0],
      [0, 0, 0, 1],
    ];
    const { grid: usable, warnings } = usableGrid({ shape: [2, 2, 2], affine: zero, spacing: [2, 2, 0] });
    assert.deepEqual(
      [usable.affine[0], usable.affine[2]],
      [
        [1, 0, 0, 0],
        [0, 0, 2, 0],
      ],
    );
    assert.equal(warnings[0]?.code, 'no-usable-affine');
  });
});

describe('describeValues', () => {
  it('gives the range of values after scaling, finite ones only', () => {
    const { range, nonFinite, scaling } = describeValues(Float32Array.of(1, NaN, 3, Infinity), {
      slope: -2,
      intercept: 1,
    });
    assert.deepEqual([range, nonFinite, scaling], [{ min: -5, max: -1 }, 2, { slope: -2, intercept: 1 }]);
    assert.equal(describeValues(Float32Array.of(NaN), undefined).range, null);
  });

  it('leaves outliers out of the first window', () => {
    const voxels = new Int16Array(100_000).map((_, i) => i % 1000);
    voxels[7] = 32767;
    const { window, range } = describeValues(voxels, undefined);
    assert.equal(range?.max, 32767);
    assert.ok(window!.high < 1000 && window!.low >= 0);
  });
});

const image = (voxels: DecodedImage['voxels'], shape: Shape3, affine: Affine = oblique): DecodedImage => ({
  header: {
    file: 'mask.nii.gz',
    format: 'NIfTI-1',
    shape,
    channels: 1,
    spatialDimensions: 3,
    spacing: [3, 1, 1],
    affine,
    storedType: 'float32',
    byteOrder: 'little',
    fileShape: [...shape].reverse(),
  },
  voxels,
  itkGeometry: () => assert.fail('not asked for'),
});

describe('labelMapOn', () => {
  it("shows one time point of a label map over time: the image's, else the first, and says so", () => {
    const series = image(Uint8Array.of(1, 1, 2, 2, 3, 0), [1, 1, 2]);
    series.header.channels = 3;
    series.header.fileShape = [2, 1, 1, 3];
    const shown = (frame: number, frames: number) => labelMapOn(grid([1, 1, 2]), series, 'x', true, { frame, frames });
    const ofImage = shown(2, 3);
    assert.deepEqual([[...ofImage.labels], ofImage.ofFrame], [[3, 0], 2]);
    assert.deepEqual(
      ofImage.warnings.map(({ message }) => message),
      ['x has 3 time points: that of the image, number 3, is shown.'],
    );
    const itself = labelMapOn(grid([1, 1, 2]), series, 'x', true, { frame: 1, frames: 3, isItself: true });
    assert.deepEqual([[...itself.labels], itself.ofFrame, itself.warnings], [[2, 2], 1, []]);
    const alone = shown(0, 1);
    assert.deepEqual([...alone.labels], [1, 1]);
    assert.match(alone.warnings[0]!.message, /the first is shown/);
    const vectors = image(Uint8Array.of(1, 1, 2, 2, 3, 0), [1, 1, 2]);
    vectors.header.channels = 3;
    assert.throws(() => labelMapOn(grid([1, 1, 2]), vectors, 'x'), { code: 'not-a-segmentation' });
  });

  it('takes whole numbers of any type, in the smallest that holds them', () => {
    const { labels, voxels } = labelMapOn(grid([1, 2, 2]), image(Float32Array.of(0, 2, 2, 1), [1, 2, 2]), 'Label');
    assert.ok(labels instanceof Uint8Array);
    assert.deepEqual(
      [[...labels], [...voxels]],
      [
        [0, 2, 2, 1],
        [
          [2, 2],
          [1, 1],
        ],
      ],
    );
    const large = labelMapOn(grid([1, 2, 2]), image(Int32Array.of(0, 11103, 0, 0), [1, 2, 2]), 'Label').labels;
    assert.ok(large instanceof Uint16Array);
    const negative = labelMapOn(grid([1, 2, 2]), image(Int16Array.of(-1, 0, 0, 0), [1, 2, 2]), 'Label').labels;
    assert.ok(negative instanceof Int32Array);
  });

  it('refuses images by name', () => {
    const values = Float32Array.of(0, 0.25, 0, 1);
    assert.throws(() => labelMapOn(grid([1, 2, 2]), image(values, [1, 2, 2]), 'Label'), { code: 'not-a-segmentation' });
    const many = new Int16Array(8000).map((_, i) => i);
    assert.throws(() => labelMapOn(grid([20, 20, 20]), image(many, [20, 20, 20]), 'x'), /more than 4096/);
  });

  it('keeps voxels on voxels where only the header differs, with a warning', () => {
    const moved = oblique.map((row, i) => (i === 0 ? [...row.slice(0, 3), 14] : row));
    const { labels, warnings } = labelMapOn(
      grid([1, 2, 2]),
      image(Uint8Array.of(0, 1, 0, 0), [1, 2, 2], moved),
      'Label',
    );
    assert.deepEqual([...labels], [0, 1, 0, 0]);
    assert.equal(warnings[0]?.code, 'other-place');
    assert.match(warnings[0]!.message, /4 mm/);
  });

  it('turns a mask that is stored in other directions of the image’s grid, with a warning', () => {
    const mirrored: Affine = [
      [-2, 0, 0, 12],
      [0, 3, 0, 5],
      [0, 0, 4, 6],
      [0, 0, 0, 1],
    ];
    const target: Affine = [
      [2, 0, 0, 10],
      [0, 3, 0, 5],
      [0, 0, 4, 6],
      [0, 0, 0, 1],
    ];
    const own = image(Uint8Array.of(0, 1, 2, 0), [1, 2, 2], mirrored);
    const { labels, warnings } = labelMapOn({ shape: [1, 2, 2], affine: target }, own, 'Label');
    assert.deepEqual([...labels], [1, 0, 0, 2]);
    assert.deepEqual([warnings.length, warnings[0]?.code], [1, 'other-grid']);
    assert.match(warnings[0]!.message, /its axes run to LAS, the image's to RAS/);
  });

  it('brings another grid onto the image’s by position', () => {
    // Twice as fine along x, mirrored, and beginning elsewhere.
    const shape: Shape3 = [1, 1, 8];
    const affine: Affine = [
      [-0.5, 0, 0, 3.5],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ];
    const own = image(Uint8Array.of(7, 7, 6, 6, 5, 5, 0, 0), shape, affine);
    const target: Affine = [
      [1, 0, 0, 0.25],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ];
    const { labels, warnings, voxels } = labelMapOn({ shape: [1, 1, 4], affine: target }, own, 'Label');
    assert.deepEqual([[...labels], warnings[0]?.code], [[0, 5, 6, 7], 'other-grid']);
    assert.deepEqual([...voxels.keys()].sort(), [5, 6, 7]);
    const far: Affine = [
      [1, 0, 0, 500],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ];
    assert.throws(() => labelMapOn({ shape: [1, 1, 4], affine: far }, own, 'Label'), { code: 'grid-mismatch' });
  });
});
