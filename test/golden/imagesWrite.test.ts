/** Writing and reading back: the same labels in the same place, for ITK and for nibabel's rules, in every format and orientation. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { reorientationBetween, reorientGeometry, reorientVoxels } from '../../src/geometry/reorientation';
import type { Geometry, Shape4 } from '../../src/geometry/types';
import { decodeImage } from '../../src/images/decode';
import { chooseReader } from '../../src/images/readers';
import type { ReaderName } from '../../src/images/types';
import { readImages, readSegmentation } from '../../src/images/volumes';
import { writeSegmentation, writeVolume } from '../../src/images/write';
import { ImageError } from '../../src/method/errors';
import { describeShared, sharedPath } from '../shared';

const folder = mkdtempSync(join(tmpdir(), 'nnunet images ü 日本-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const shape: Shape4 = [1, 7, 6, 5];
const voxels = 7 * 6 * 5;
const labels = Uint8Array.from({ length: voxels }, (_, i) => i % 7);
const intensities = Float32Array.from({ length: voxels }, (_, i) => Math.sin(i) * 1000);

/** A rotation about two axes: no direction is parallel to an axis. */
function oblique(): number[] {
  const [a, b] = [0.3, -0.5];
  return [
    Math.cos(a),
    -Math.sin(a) * Math.cos(b),
    Math.sin(a) * Math.sin(b),
    Math.sin(a),
    Math.cos(a) * Math.cos(b),
    -Math.cos(a) * Math.sin(b),
    0,
    Math.sin(b),
    Math.cos(b),
  ];
}

const upright: Geometry = {
  spacing: [0.7, 0.9, 3.3],
  origin: [-33.3, 12.1, 7.7],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};
const grids: Record<string, Geometry> = {
  upright,
  flipped: { ...upright, direction: [-1, 0, 0, 0, 1, 0, 0, 0, -1] },
  'axes exchanged': { ...upright, direction: [0, 0, -1, 1, 0, 0, 0, 1, 0] },
  oblique: { ...upright, direction: oblique() },
  'oblique and mirrored': { ...upright, direction: oblique().map((v, i) => (i % 3 === 2 ? -v : v)) },
};
const itkEndings = ['.nii.gz', '.nrrd', '.mha'] as const;
const cases: [ReaderName, string][] = [
  ...itkEndings.flatMap((ending): [ReaderName, string][] => [
    ['SimpleITKIO', ending],
    ['SimpleITKIOWithReorient', ending],
  ]),
  ['NibabelIO', '.nii.gz'],
  ['NibabelIO', '.nii'],
  ['NibabelIOWithReorient', '.nii.gz'],
];

/** The file's grid as ITK and nibabel see it. */
async function placeOf(file: string): Promise<{ itk: Geometry; nibabel: unknown; shape: unknown }> {
  const image = await decodeImage(file);
  return { itk: image.itkGeometry(), nibabel: image.nibabel, shape: image.header.shape };
}

describe('a segmentation lies where its image lies', () => {
  for (const [name, geometry] of Object.entries(grids)) {
    for (const [reader, ending] of cases) {
      // ITK's own formats take their time: two grids tell enough.
      if (!ending.startsWith('.nii') && !/flipped|mirrored/.test(name)) continue;
      it(`${name}, ${reader}, ${ending}`, async () => {
        const imageFile = join(folder, `image ${name} ${reader}${ending}`);
        const labelFile = join(folder, `label ${name} ${reader}${ending}`);
        await writeVolume(imageFile, intensities, shape, geometry);
        const image = await readImages([imageFile], reader);
        // Labels made from the image, so that a wrong turn or flip is seen.
        const made = Uint8Array.from(image.data, (value) => (value > 500 ? 2 : value > 0 ? 1 : 0));
        await writeSegmentation(
          labelFile,
          made,
          [image.shape[1], image.shape[2], image.shape[3]],
          image.properties,
          reader,
        );
        const [source, written] = [await placeOf(imageFile), await placeOf(labelFile)];
        // nibabel takes the steps of a turned image from its affine, and so loses their last bit.
        if (reader === 'NibabelIOWithReorient') assertNear(written.itk, source.itk, 1e-6);
        else if (ending.startsWith('.nii')) assert.deepEqual(written, source);
        else assertNear(written.itk, source.itk, 1e-12);
        const stored = await decodeImage(labelFile);
        assert.equal(stored.header.storedType, 'uint8');
        const original = (await decodeImage(imageFile)).voxels;
        assert.deepEqual(
          [...stored.voxels],
          Array.from(original, (value) => (value > 500 ? 2 : value > 0 ? 1 : 0)),
        );
        assert.deepEqual([...(await readSegmentation(labelFile, reader)).data], [...made]);
      });
    }
  }
});

function assertNear(found: Geometry, expected: Geometry, tolerance: number): void {
  for (const key of ['spacing', 'origin', 'direction'] as const)
    found[key].forEach((value, i) =>
      assert.ok(Math.abs(value - expected[key][i]!) < tolerance, `${key} ${i}: ${value}`),
    );
}

describeShared('segmentations for real images', () => {
  const volumes = [
    'ct_spleen_anisotropic/sub-spleen2_ct.nii.gz',
    'mr_spine_t2_psr/t2.nii.gz',
    'mr_spine_mt_3channel/mt0.nii.gz',
    'mr_flair_lesion/FLAIR.nii.gz',
    'mr_anatomical_tiny/anatomical.nii',
    'ct_pulmonary_1p5mm/ct_cropped.nii.gz',
  ];
  for (const volume of volumes) {
    for (const reader of ['SimpleITKIO', 'SimpleITKIOWithReorient', 'NibabelIO'] as const) {
      it(`${volume}, ${reader}: ITK's and nibabel's view unchanged to the last bit`, async () => {
        const source = sharedPath('data', 'volumes', volume);
        const image = await readImages([source], reader);
        const target = join(folder, `prediction.${reader}.nii.gz`);
        const zeros = new Uint8Array(image.data.length);
        await writeSegmentation(
          target,
          zeros,
          [image.shape[1], image.shape[2], image.shape[3]],
          image.properties,
          reader,
        );
        assert.deepEqual(await placeOf(target), await placeOf(source));
      });
    }
  }
});

describe('the stored type of a segmentation', () => {
  for (const [largest, expected] of [
    [254, 'uint8'],
    [255, 'uint16'],
    [4000, 'uint16'],
  ] as const) {
    it(`is ${expected} for a largest label of ${largest}`, async () => {
      const file = join(folder, `largest ${largest}.nii.gz`);
      const map = Uint16Array.from(labels, (value) => (value === 6 ? largest : value));
      await writeSegmentation(file, map, [7, 6, 5], { spacing: [3.3, 0.9, 0.7], sitk_stuff: upright }, 'SimpleITKIO');
      const { header, voxels: stored } = await decodeImage(file);
      assert.equal(header.storedType, expected);
      assert.deepEqual([...stored], [...map]);
    });
  }
});

describe('pictures and TIFF stacks', () => {
  it('writes and reads masks as .png, .bmp and .tif', async () => {
    for (const ending of ['.png', '.bmp', '.tif']) {
      const file = join(folder, `mask${ending}`);
      await writeSegmentation(file, labels.subarray(0, 30), [1, 6, 5], { spacing: [999, 1, 1] }, 'NaturalImage2DIO');
      const back = await readSegmentation(file, 'NaturalImage2DIO');
      assert.deepEqual(back.shape, [1, 1, 6, 5]);
      assert.deepEqual(back.properties.spacing, [999, 1, 1]);
      assert.deepEqual([...back.data], [...labels.subarray(0, 30)]);
      assert.equal(await chooseReader(ending, file), 'NaturalImage2DIO');
    }
  });

  it('keeps the spacing of a TIFF stack in CASE.json, for images and labels', async () => {
    const image = join(folder, 'case_0000.tif');
    await writeVolume(image, Uint16Array.from(intensities, Math.abs), shape, { spacing: [0.5, 0.6, 2] });
    assert.equal(await chooseReader('.tif', image), 'Tiff3DIO');
    const { properties } = await readImages([image], 'Tiff3DIO');
    assert.deepEqual(properties.spacing, [2, 0.6, 0.5]);
    const label = join(folder, 'prediction.tif');
    await writeSegmentation(label, labels, [7, 6, 5], properties, 'Tiff3DIO');
    assert.deepEqual(JSON.parse(readFileSync(join(folder, 'prediction.json'), 'utf8')), { spacing: [2, 0.6, 0.5] });
    const back = await readSegmentation(label, 'Tiff3DIO');
    assert.deepEqual(back.properties.spacing, [2, 0.6, 0.5]);
    assert.deepEqual([...back.data], [...labels]);
  });

  it('keeps colours apart as channels', async () => {
    const file = join(folder, 'colours.png');
    const colours = Uint8Array.from({ length: 90 }, (_, i) => i * 2);
    await writeVolume(file, colours, [3, 1, 6, 5]);
    const { data, shape: read } = await readImages([file], 'NaturalImage2DIO');
    assert.deepEqual(read, [3, 1, 6, 5]);
    assert.deepEqual([...data], [...colours]);
  });
});

describe('writing', () => {
  it('keeps every type that NIfTI, NRRD and MetaImage share', async () => {
    for (const make of [Uint8Array, Int16Array, Uint16Array, Int32Array, Float32Array, Float64Array]) {
      for (const ending of itkEndings) {
        const data = new make(intensities.subarray(0, 30).map(Math.abs));
        const file = join(folder, `${make.name}${ending}`);
        await writeVolume(file, data, [1, 6, 5]);
        assert.deepEqual((await decodeImage(file)).voxels, data);
      }
    }
  });

  it('leaves nothing behind when a volume does not fit the format', async () => {
    const before = readdirSync(folder).length;
    await assert.rejects(writeVolume(join(folder, 'x.png'), intensities, shape), isImageError('not-storable'));
    await assert.rejects(writeVolume(join(folder, 'x.xyz'), intensities, shape), isImageError('ending-not-writable'));
    await assert.rejects(writeVolume(join(folder, 'x.nii.gz'), intensities, [1, 2, 3]), isImageError('shape-mismatch'));
    await assert.rejects(writeVolume(join(folder, 'none', 'x.nrrd'), intensities, shape), { code: 'folder-missing' });
    const lacking = writeSegmentation(
      join(folder, 'x.nii.gz'),
      labels,
      [7, 6, 5],
      { spacing: [1, 1, 1] },
      'SimpleITKIO',
    );
    await assert.rejects(lacking, isImageError('no-geometry'));
    assert.equal(readdirSync(folder).length, before);
    assert.ok(!existsSync(join(folder, 'x.nii.gz')));
  });
});

const isImageError =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof ImageError && error.code === code;

describe('reorientation', () => {
  it('moves voxels and grid together, and back again', () => {
    const source = { ...grids.oblique! };
    for (const [from, to] of [
      ['LPS', 'RAS'],
      ['PSR', 'RAS'],
      ['SLA', 'IPR'],
    ] as const) {
      const turn = reorientationBetween(from, to);
      const turned = reorientVoxels(intensities, shape, turn);
      const grid = reorientGeometry(source, shape, turn);
      const back = reorientationBetween(to, from);
      assert.deepEqual(reorientVoxels(turned.voxels, turned.shape, back), { voxels: intensities, shape });
      assertClose(reorientGeometry(grid, turned.shape, back), source);
    }
  });
});

function assertClose(found: Geometry, expected: Geometry): void {
  found.origin.forEach((value, i) => assert.ok(Math.abs(value - expected.origin[i]!) < 1e-9));
  assert.deepEqual(found.spacing, expected.spacing);
  assert.deepEqual(
    found.direction.map((v) => v + 0),
    expected.direction.map((v) => v + 0),
  );
}
