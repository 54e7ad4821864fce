/** Reading against two independent answers: what nibabel reported (EXPECTED.json) and what ITK reads, by value. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { it } from 'node:test';
import { axisCodes } from '../../src/geometry/axes';
import { decodeImage } from '../../src/images/decode';
import { readHeader } from '../../src/images/header';
import { inspectFile } from '../../src/images/inspect';
import { readImages } from '../../src/images/volumes';
import { ImageError } from '../../src/method/errors';
import { describeShared, sharedPath } from '../shared';

interface Expected {
  kind?: string;
  shape?: number[];
  stored_dtype?: string;
  endian?: string;
  zooms?: number[];
  affine?: number[][];
  axcodes?: string;
  qform_code?: number | null;
  sform_code?: number | null;
  min?: number;
  max?: number;
  mean?: number;
  n_nonfinite?: number;
  centre_index?: number[];
  centre_value?: number;
  channel_sums?: Record<string, number>;
  load_error?: string;
  data_error?: string;
}

const folder = sharedPath('data', 'nifti-conformance');
const close = (a: number, b: number, relative = 1e-6): boolean => Math.abs(a - b) <= 1e-6 + relative * Math.abs(b);

function allFiles(root: string): string[] {
  return readdirSync(root, { recursive: true })
    .map((name) => join(root, String(name)))
    .sort();
}

describeShared('reading NIfTI, Analyze and MGH files as nibabel does', () => {
  const file = join(folder, 'EXPECTED.json');
  const all = (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}) as Record<string, Expected>;
  for (const [name, expected] of Object.entries(all)) {
    const path = join(folder, name);
    if (expected.load_error || expected.data_error) {
      it(`refuses ${name}`, () =>
        assert.rejects(inspectFile(path), (error) => error instanceof ImageError && error.hint !== ''));
    } else if (
      /complex|'A'/.test(expected.stored_dtype ?? '') &&
      (/complex/.test(expected.stored_dtype ?? '') || expected.shape!.length > 3)
    ) {
      it(`refuses ${name} by the name of what it holds`, () =>
        assert.rejects(inspectFile(path), /complex numbers|4 axes/));
    } else {
      it(`reads ${name}`, () => compareWithNibabel(path, expected));
    }
  }
});

async function compareWithNibabel(path: string, expected: Expected): Promise<void> {
  const inspection = await inspectFile(path);
  const image = await decodeImage(path);
  const [x = 1, y = 1, z = 1] = expected.shape!;
  assert.deepEqual(image.header.fileShape, expected.shape);
  assert.deepEqual(image.header.shape, [z, y, x]);
  assert.deepEqual(await readHeader(path), image.header);
  assert.equal(inspection.byteOrder, expected.endian === '>' ? 'big' : 'little');
  expected
    .zooms!.slice(0, 3)
    .forEach((step, axis) => assert.ok(close(inspection.spacing[axis]!, step, 1e-7), `zoom ${axis}`));
  const hasCode = expected.kind === 'MGHImage' || expected.qform_code! > 0 || expected.sform_code! > 0;
  expected.affine!.flat().forEach((value, i) => {
    const found = image.nibabel!.affine.flat()[i]!;
    assert.ok(
      Math.abs(found - value) < 2e-6 * Math.max(1, Math.abs(value)),
      `affine ${i}: ${found} instead of ${value}`,
    );
    if (hasCode) assert.equal(inspection.affine.flat()[i], found);
  });
  assert.equal(axisCodes(image.nibabel!.affine), expected.axcodes);
  if (!hasCode) assert.deepEqual(inspection.affine[0], [inspection.spacing[0], 0, 0, 0], "NIfTI's method 1");
  if (expected.channel_sums) return compareColours(image, Object.values(expected.channel_sums));
  assert.equal(inspection.storedType, dtypeName(expected.stored_dtype!));
  assert.ok(close(inspection.min!, expected.min!), `min ${inspection.min}`);
  assert.ok(close(inspection.max!, expected.max!), `max ${inspection.max}`);
  assert.ok(close(inspection.mean!, expected.mean!), `mean ${inspection.mean}`);
  assert.equal(inspection.nonFinite, expected.n_nonfinite);
  const index = expected.centre_index!.reduceRight((flat, i, axis) => flat * expected.shape![axis]! + i, 0);
  const { slope, intercept } = image.header.scaling ?? { slope: 1, intercept: 0 };
  assert.ok(close(image.voxels[index]! * slope + intercept, expected.centre_value!), 'value at the centre');
}

function compareColours(image: Awaited<ReturnType<typeof decodeImage>>, sums: number[]): void {
  const length = image.voxels.length / sums.length;
  assert.equal(image.header.channels, sums.length);
  const found = sums.map((_, c) =>
    Array.from(image.voxels.subarray(c * length, (c + 1) * length)).reduce((a, b) => a + b, 0),
  );
  assert.deepEqual(found, sums);
}

function dtypeName(dtype: string): string {
  const short = /^[<>]([iuf])(\d)$/.exec(dtype);
  return short ? `${{ i: 'int', u: 'uint', f: 'float' }[short[1]!]}${8 * Number(short[2])}` : dtype;
}

describeShared('reading NIfTI as ITK does', () => {
  const roots = [folder, sharedPath('data', 'volumes')];
  const tooLarge = /256cubed|labelmap_only|brats/;
  // Read by us, not by ITK 5: NIfTI-2, and what we refuse; a crash of ITK on .hdr.gz.
  const notForItk = /nifti2|complex|fuzz|5D|nifti1\.hdr|minimal2|\.hdr\.gz|rgba|warp/;
  const files = roots
    .flatMap(allFiles)
    .filter((file) => /\.(nii|nii\.gz|hdr)$/.test(file) && !tooLarge.test(file) && !notForItk.test(file));
  for (const file of files) {
    it(`${relative(sharedPath('data'), file)}: values, spacing, origin and direction`, async () => {
      const { niftiReadImageNode } = (await import('@itk-wasm/image-io')) as unknown as {
        niftiReadImageNode: ItkReader;
      };
      const { image } = await niftiReadImageNode(file);
      const volume = await readImages([file], 'SimpleITKIO');
      const { spacing, origin, direction } = volume.properties.sitk_stuff!;
      const dimension = image.size.length;
      spacing.forEach((value, axis) => assert.equal(value, image.spacing[axis], `spacing ${axis}`));
      origin.forEach((value, axis) => assert.ok(close(value, image.origin[axis]!, 1e-6), `origin ${axis}`));
      for (let row = 0; row < spacing.length; row++)
        for (let column = 0; column < spacing.length; column++) {
          const expected = image.direction[row * dimension + column]!;
          // ITK may take the qform where it equals the sform up to rounding: 1e-7 apart.
          assert.ok(
            Math.abs(direction[row * spacing.length + column]! - expected) < 2e-7,
            `direction ${row},${column}`,
          );
        }
      const { components } = image.imageType;
      const length = volume.data.length / volume.shape[0];
      assert.equal(volume.data.length, image.data.length);
      for (let i = 0; i < volume.data.length; i++) {
        const other =
          components === 1 ? image.data[i]! : image.data[(i % length) * components + Math.floor(i / length)]!;
        if (!Object.is(volume.data[i], Math.fround(other)) && volume.data[i] !== Math.fround(other))
          assert.fail(`voxel ${i}: ${volume.data[i]} instead of ${other}`);
      }
    });
  }
});

type ItkReader = (file: string) => Promise<{
  image: {
    imageType: { components: number };
    size: number[];
    spacing: number[];
    origin: number[];
    direction: Float64Array;
    data: Float32Array;
  };
}>;

describeShared('one volume stored in many axis orders', () => {
  const orientations = join(folder, 'nifti_space_orientations');
  const files = existsSync(orientations) ? allFiles(orientations) : [];
  for (const reader of ['NibabelIOWithReorient', 'SimpleITKIOWithReorient'] as const) {
    it(`${reader} gives the same array for all ${files.length}`, async () => {
      assert.ok(files.length >= 24);
      const reference = await readImages([join(orientations, 'RAS.nii.gz')], reader);
      for (const file of files) {
        const volume = await readImages([file], reader);
        assert.deepEqual(volume.shape, reference.shape, file);
        assert.deepEqual(volume.properties.spacing, reference.properties.spacing, file);
        assert.ok(
          Buffer.from(volume.data.buffer, volume.data.byteOffset, volume.data.byteLength).equals(
            Buffer.from(reference.data.buffer, reference.data.byteOffset, reference.data.byteLength),
          ),
          file,
        );
        if (reader === 'SimpleITKIOWithReorient')
          assert.equal(volume.properties.original_orientation, file.slice(-10, -7));
      }
    });
  }
});
