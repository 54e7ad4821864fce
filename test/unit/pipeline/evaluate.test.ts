import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { writeScan } from '../../../src/dataset/scans';
import type { Geometry, Shape3, Vector3, VoxelArray } from '../../../src/geometry/types';
import type { ReaderName } from '../../../src/images/types';
import { writeVolume } from '../../../src/images/write';
import type { NnunetError } from '../../../src/method/errors';
import type { Summary } from '../../../src/method/evaluation';
import { evaluateStage } from '../../../src/pipeline/evaluate';
import { scratchFolder } from '../dataset/scratch';

const shape: Shape3 = [4, 5, 6];
const length = 4 * 5 * 6;
const grid: Geometry = {
  spacing: [0.8, 0.9, 2.5],
  origin: [-10.5, 20.25, 3],
  direction: [0.96, -0.28, 0, 0.28, 0.96, 0, 0, 0, 1],
};
const labels = Uint8Array.from({ length }, (_, i) => (i * 7919) % 3);
const datasetJson = { channel_names: { 0: 'CT' }, labels: { background: 0, a: 1, b: 2 }, file_ending: '.nii.gz' };

interface Given {
  voxels?: VoxelArray;
  shape?: Shape3;
  geometry?: Geometry;
  reader?: ReaderName;
  byVoxel?: boolean;
}

async function evaluate(test: TestContext, given: Given) {
  const root = await scratchFolder(test);
  const [referenceFolder, predictionFolder] = [join(root, 'labels'), join(root, 'masks')];
  for (const folder of [referenceFolder, predictionFolder]) await mkdir(folder);
  for (const id of ['a', 'b']) {
    await writeScan(join(referenceFolder, `${id}.nii.gz`), labels, shape, grid);
    const file = join(predictionFolder, `${id}.nii.gz`);
    if (id === 'a') await writeScan(file, labels, shape, grid);
    else await writeScan(file, given.voxels ?? labels, given.shape ?? shape, given.geometry ?? grid);
  }
  const warnings: string[] = [];
  const output = join(root, 'summary.json');
  let summary: Summary | undefined;
  let error: NnunetError | undefined;
  try {
    summary = await evaluateStage({
      referenceFolder,
      predictionFolder,
      datasetJson,
      reader: given.reader ?? 'SimpleITKIO',
      byVoxel: given.byVoxel,
      output,
      progress: () => undefined,
      warn: (code, message) => void warnings.push(`${code}: ${message}`),
    });
  } catch (thrown) {
    error = thrown as NnunetError;
    assert.ok(!existsSync(output), 'nothing is written');
  }
  return { dice: summary?.foreground_mean.Dice, warnings, error };
}

/** The same mask on the same grid, its axes (x, y, z) taken from these and run backwards where it says so. */
function stored(
  axes: readonly number[],
  flipped: readonly boolean[],
): Required<Pick<Given, 'voxels' | 'shape' | 'geometry'>> {
  const lengths = [6, 5, 4];
  const size = axes.map((axis) => lengths[axis]!);
  const voxels = new Uint8Array(length);
  let at = 0;
  for (let k = 0; k < size[2]!; k++)
    for (let j = 0; j < size[1]!; j++)
      for (let i = 0; i < size[0]!; i++) {
        const voxel = [0, 0, 0];
        [i, j, k].forEach((index, axis) => {
          voxel[axes[axis]!] = flipped[axis] ? lengths[axes[axis]!]! - 1 - index : index;
        });
        voxels[at++] = labels[(voxel[2]! * 5 + voxel[1]!) * 6 + voxel[0]!]!;
      }
  const column = (axis: number): Vector3 => [0, 1, 2].map((row) => grid.direction[3 * row + axis]!) as Vector3;
  const origin = [...grid.origin];
  axes.forEach((axis, i) => {
    if (flipped[i])
      column(axis).forEach((cosine, row) => (origin[row]! += cosine * grid.spacing[axis]! * (lengths[axis]! - 1)));
  });
  const signed = axes.map((axis, i) => column(axis).map((cosine) => (flipped[i] ? -cosine : cosine)));
  return {
    voxels,
    shape: [size[2]!, size[1]!, size[0]!],
    geometry: {
      spacing: axes.map((axis) => grid.spacing[axis]!),
      origin,
      direction: [0, 1, 2].flatMap((row) => signed.map((cosines) => cosines[row]!)),
    },
  };
}

describe('evaluating masks where they lie in space', () => {
  it('turns a mask that is stored in other directions of the same grid, and says so', async (test) => {
    for (const axes of [
      [0, 1, 2],
      [1, 2, 0],
      [2, 1, 0],
    ]) {
      for (const flipped of [
        [true, false, false],
        [true, true, true],
        [false, true, false],
      ]) {
        for (const reader of ['SimpleITKIO', 'NibabelIO'] as const) {
          const { dice, warnings } = await evaluate(test, { ...stored(axes, flipped), reader });
          assert.equal(dice, 1, `${axes} ${flipped} ${reader}`);
          assert.equal(warnings.length, 1);
          assert.match(warnings[0]!, /^prediction-turned: 1 prediction .*b\.nii\.gz/);
        }
      }
    }
  });

  it('takes rounding in the header for nothing', async (test) => {
    const origin = grid.origin.map((mm) => mm + 0.01);
    const { dice, warnings } = await evaluate(test, { geometry: { ...grid, origin } });
    assert.deepEqual([dice, warnings], [1, []]);
  });

  it('refuses other grids by name, with both', async (test) => {
    const turned = [0.5, -Math.sqrt(0.75), 0, Math.sqrt(0.75), 0.5, 0, 0, 0, 1];
    const others: [Partial<Given>, string, RegExp][] = [
      [
        { geometry: { ...grid, origin: [-10.5, 20.25, 13] } },
        'grid-mismatch',
        /\(10\.5, -20\.25, 13\).*\(10\.5, -20\.25, 3\).* 10 mm apart/,
      ],
      [{ geometry: { ...grid, spacing: [0.8, 0.9, 3] } }, 'grid-mismatch', /0\.8 x 0\.9 x 3 mm.*0\.8 x 0\.9 x 2\.5 mm/],
      [{ geometry: { ...grid, direction: turned } }, 'grid-mismatch', /mm apart/],
      [{ voxels: new Uint8Array(100), shape: [4, 5, 5] }, 'shape-mismatch', /5 x 5 x 4 voxels.*6 x 5 x 4 voxels/],
    ];
    for (const [given, code, words] of others) {
      const { error } = await evaluate(test, given);
      assert.equal(error?.code, code);
      assert.match(error!.message, words);
      assert.match(error!.where!, /masks.b\.nii\.gz$/);
    }
  });

  it('compares voxel with voxel where it is asked to, and says so', async (test) => {
    const moved = { ...grid, origin: [0, 0, 0] };
    const { dice, warnings } = await evaluate(test, { geometry: moved, byVoxel: true });
    assert.equal(dice, 1);
    assert.match(warnings.join(), /^geometry-ignored: .*b\.nii\.gz/);
    const { error } = await evaluate(test, { voxels: new Uint8Array(100), shape: [4, 5, 5], byVoxel: true });
    assert.equal(error?.code, 'shape-mismatch');
  });
});

describe('label values', () => {
  const changed = (at: number, value: number): Float32Array => {
    const voxels = Float32Array.from(labels);
    voxels[at] = value;
    return voxels;
  };

  it('a hair off whole are rounded, and it is said', async (test) => {
    const { dice, warnings } = await evaluate(test, { voxels: Float32Array.from(labels, (value) => value + 1e-7) });
    assert.equal(dice, 1);
    assert.match(warnings.join(), /^labels-rounded: .*1 case: b\.nii\.gz/);
  });

  it('that are none are refused with voxel, value and file', async (test) => {
    for (const [value, words] of [
      [0.5, /Voxel \(1, 1, 1\) has the value 0\.5/],
      [NaN, /value NaN/],
    ] as const) {
      const { error } = await evaluate(test, { voxels: changed(37, value) });
      assert.equal(error?.code, 'label-not-integer');
      assert.match(error!.message, words);
      assert.match(error!.where!, /masks.b\.nii\.gz$/);
    }
  });

  it('that dataset.json does not declare are said', async (test) => {
    const { warnings } = await evaluate(test, { voxels: changed(37, 7) });
    assert.match(warnings.join(), /^labels-undeclared: .*\(7\) are in 1 prediction .*b\.nii\.gz/);
  });
});

describe('pictures', () => {
  it('are compared pixel with pixel', async (test) => {
    const root = await scratchFolder(test);
    for (const folder of ['labels', 'masks']) {
      await mkdir(join(root, folder));
      await writeVolume(join(root, folder, 'a.png'), Uint8Array.of(0, 1, 2, 1, 0, 0), [1, 2, 3]);
    }
    const summary = await evaluateStage({
      referenceFolder: join(root, 'labels'),
      predictionFolder: join(root, 'masks'),
      datasetJson: { ...datasetJson, file_ending: '.png' },
      reader: 'NaturalImage2DIO',
      progress: () => undefined,
      warn: () => assert.fail('no warning is due'),
    });
    assert.equal(summary.foreground_mean.Dice, 1);
  });
});
