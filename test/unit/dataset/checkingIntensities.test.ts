import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { checkDataset } from '../../../src/dataset/checkDataset';
import { brief, editJson, goodDataset } from './brokenDatasets';
import { writeSmall } from './scratch';

const axesOfSpace = { spacing: [1, 1, 1], origin: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };

/** Voxels in double precision, which this program never writes. */
async function writeDoubles(file: string, value: (index: number) => number): Promise<void> {
  const size = 'sizes: 6 5 4\nspace directions: (1,0,0) (0,1,0) (0,0,1)\nspace origin: (0,0,0)';
  const head = `NRRD0004\ntype: double\ndimension: 3\nspace: LPS\n${size}\nencoding: raw\nendian: little\n\n`;
  const voxels = Float64Array.from({ length: 120 }, (_, index) => value(index));
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, Buffer.concat([Buffer.from(head), Buffer.from(voxels.buffer)]));
}

/** What is planted, and the findings it must give. */
const planted: { name: string; plant: (folder: string) => Promise<unknown>; found: string[] }[] = [
  {
    name: 'NaN in an image',
    plant: (d) => writeSmall(join(d, 'imagesTr/b_0000.nii.gz'), (i) => (i === 7 ? NaN : i), { type: 'float32' }),
    found: ['not-finite error b imagesTr/b_0000.nii.gz'],
  },
  {
    name: 'infinity in an image',
    plant: (d) => writeSmall(join(d, 'imagesTr/b_0000.nii.gz'), (i) => (i === 7 ? Infinity : i), { type: 'float32' }),
    found: ['not-finite error b imagesTr/b_0000.nii.gz'],
  },
  {
    name: 'a value that only double precision holds',
    plant: async (d) => {
      await rm(join(d, 'imagesTr'), { recursive: true });
      await rm(join(d, 'labelsTr'), { recursive: true });
      await editJson(d, (json) => (json.file_ending = '.nrrd'));
      for (const [n, id] of ['a', 'b', 'c'].entries()) {
        await writeDoubles(join(d, `imagesTr/${id}_0000.nrrd`), (i) => (n === 1 && i === 7 ? 1e300 : i + n));
        await writeSmall(join(d, `labelsTr/${id}.nrrd`), (i) => (i + n) % 3, { geometry: axesOfSpace });
      }
    },
    found: ['not-finite error b imagesTr/b_0000.nrrd'],
  },
  {
    name: 'a voxel in the foreground of a CT that is beyond all measure',
    plant: (d) => writeSmall(join(d, 'imagesTr/b_0000.nii.gz'), (i) => (i === 7 ? 3.4e38 : i), { type: 'float32' }),
    found: ['intensities-overflow error b imagesTr/b_0000.nii.gz'],
  },
  {
    name: 'the same outside of the foreground, where it is clipped',
    plant: (d) => writeSmall(join(d, 'imagesTr/b_0000.nii.gz'), (i) => (i === 8 ? 3.4e38 : i), { type: 'float32' }),
    found: ['extreme-intensity warning b imagesTr/b_0000.nii.gz'],
  },
  {
    name: 'voxels of a CT that are too large in one case and only strange in another',
    plant: async (d) => {
      await writeSmall(join(d, 'imagesTr/a_0000.nii.gz'), (i) => (i === 7 ? 1e15 : i), { type: 'float32' });
      await writeSmall(join(d, 'imagesTr/b_0000.nii.gz'), (i) => (i === 7 ? -1e30 : i), { type: 'float32' });
    },
    found: [
      'extreme-intensity warning a imagesTr/a_0000.nii.gz',
      'intensities-overflow error b imagesTr/b_0000.nii.gz',
    ],
  },
  {
    name: 'one in an image that is normalised by itself',
    plant: async (d) => {
      await writeSmall(join(d, 'imagesTr/b_0000.nii.gz'), (i) => (i === 7 ? -3.4e38 : i), { type: 'float32' });
      await editJson(d, (json) => (json.channel_names = { 0: 'MRI' }));
    },
    found: ['intensities-overflow error b imagesTr/b_0000.nii.gz'],
  },
  {
    name: 'a range that single precision does not hold',
    plant: async (d) => {
      const value = (i: number): number => (i === 7 ? -3.4e38 : i === 9 ? 3.4e38 : i);
      await writeSmall(join(d, 'imagesTr/b_0000.nii.gz'), value, { type: 'float32' });
      await writeSmall(join(d, 'imagesTr/c_0000.nii.gz'), (i) => (i === 7 ? 3.4e38 : i), { type: 'float32' });
      await editJson(d, (json) => (json.channel_names = { 0: 'rescale_to_0_1' }));
    },
    found: [
      'intensities-overflow error b imagesTr/b_0000.nii.gz',
      'extreme-intensity warning c imagesTr/c_0000.nii.gz',
    ],
  },
  {
    name: 'colours out of range',
    plant: async (d) => {
      for (const [n, id] of ['a', 'b', 'c'].entries())
        await writeSmall(join(d, `imagesTr/${id}_0000.nii.gz`), (i) => i + 70 * n, { type: 'int16' });
      await editJson(d, (json) => (json.channel_names = { 0: 'rgb_to_0_1' }));
    },
    found: ['rgb-out-of-range error c imagesTr/c_0000.nii.gz'],
  },
];

describe('checking intensities', () => {
  for (const { name, plant, found } of planted) {
    it(`finds ${name}`, async (context) => {
      const folder = await goodDataset(context);
      await plant(folder);
      assert.deepEqual((await checkDataset(folder)).findings.map(brief), found);
    });
  }

  it('names voxel and value of what is refused, as planning does', async (context) => {
    const folder = await goodDataset(context);
    const file = join(folder, 'imagesTr/b_0000.nii.gz');
    await writeSmall(file, (i) => (i === 37 ? 3.4e38 : i), { type: 'float32' });
    const messageOf = async () => (await checkDataset(folder)).findings.map(({ message }) => message);
    assert.match((await messageOf())[0]!, /too large for single precision, voxel \(1, 1, 1\) is 3\.4e\+38\./);
    await writeSmall(file, (i) => (i === 37 ? NaN : i), { type: 'float32' });
    assert.match((await messageOf())[0]!, /^One voxel is no number: voxel \(1, 1, 1\) is NaN\./);
  });
});
