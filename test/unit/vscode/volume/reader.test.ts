import type { Vector3 } from '../../../../src/geometry/types';
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { applyAffine } from '../../../../src/geometry/affine';
import { gridAsNibabel, writeNifti } from '../../../../src/images/niftiWrite';
import { writeVolume } from '../../../../src/images/write';
import type { ImageLoaded, Matrix4, VolumeDescription } from '../../../../src/protocol/volume';
import { findCase } from '../../../../src/vscode/volume/caseContext';
import { VolumeReader } from '../../../../src/vscode/volume/volumeReader';
import { describeShared, sharedPath } from '../../../shared';
import { axialSlices, evenField, writeSeries } from '../../images/dicom/series';
import { Collected } from './collect';
import { filesOf } from './namedFiles';

const folder = mkdtempSync(join(tmpdir(), 'nnunet volume-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
const { signal } = new AbortController();
const source = (file: string, limitBytes = 2 ** 30) => ({
  name: 'case',
  files: [file],
  opened: 0,
  channelNames: [],
  limitBytes,
});

async function load(file: string, limitBytes?: number) {
  const reader = new VolumeReader();
  const description = await reader.open(source(file, limitBytes));
  const collected = new Collected();
  const loaded = await reader.loadImage(0, 0, collected.add, signal);
  return { reader, description, loaded, voxels: collected.voxels(description.shape) };
}

/** Mean world position of voxels, weighted. */
function centroid(voxels: ArrayLike<number>, { shape, affine }: VolumeDescription): Vector3 {
  const [sum, place] = [[0, 0, 0], { weight: 0 }];
  for (let z = 0, i = 0; z < shape[2]; z++)
    for (let y = 0; y < shape[1]; y++)
      for (let x = 0; x < shape[0]; x++, i++) {
        const weight = voxels[i]!;
        if (weight === 0) continue;
        place.weight += weight;
        sum[0]! += weight * x;
        sum[1]! += weight * y;
        sum[2]! += weight * z;
      }
  return applyAffine(affine, sum.map((value) => value / place.weight) as Vector3);
}

const close = (a: readonly number[], b: readonly number[], mm: number): boolean =>
  a.every((value, axis) => Math.abs(value - b[axis]!) <= mm);

describeShared('where voxels lie', () => {
  it('is the same place in the body for every way of storing a volume', async () => {
    const shelf = sharedPath('data', 'nifti-conformance', 'nifti_space_orientations');
    const expected = await load(join(shelf, 'RAS.nii.gz'));
    const centre = centroid(expected.voxels, expected.description);
    const files = readdirSync(shelf);
    assert.ok(files.length > 20);
    for (const file of files) {
      const { description, voxels, loaded } = await load(join(shelf, file));
      assert.equal(description.orientation, file.slice(0, 3));
      assert.deepEqual(loaded.range, expected.loaded.range);
      assert.ok(close(centroid(voxels, description), centre, 0.01), file);
    }
  });

  it('does not change when only every n-th voxel is shown', async () => {
    const file = sharedPath('data', 'nifti-conformance', 'nifti_space_orientations', 'PIL.nii.gz');
    const full = await load(file);
    const { description, voxels } = await load(file, 50_000);
    assert.ok(description.shape.reduce((a, b) => a * b) <= 50_000);
    assert.deepEqual(description.downsampled?.fullShape, full.description.shape);
    assert.equal(description.warnings[0]?.code, 'downsampled');
    const [shown, whole] = [centroid(voxels, description), centroid(full.voxels, full.description)];
    assert.ok(close(shown, whole, Math.max(...full.description.spacing)), `${String(shown)} is not ${String(whole)}`);
  });

  for (const [image, mask, name] of [
    [
      'ct_spleen_anisotropic/sub-spleen2_ct.nii.gz',
      'ct_spleen_anisotropic/sub-spleen2_ct_seg-manual.nii.gz',
      'thick slices',
    ],
    ['mr_spine_t2_psr/t2.nii.gz', 'mr_spine_t2_psr/t2_seg-manual.nii.gz', 'axes to posterior, superior, right'],
    ['nrrd_brain1/brain1_image.nrrd', 'nrrd_brain1/brain1_label.nrrd', 'NRRD'],
  ] as const) {
    it(`puts a mask where its own file says: ${name}`, async () => {
      const { reader, description } = await load(sharedPath('data', 'volumes', image));
      const collected = new Collected();
      const label = { file: sharedPath('data', 'volumes', mask), name: 'Label' };
      const { warnings, labels } = await reader.loadSegmentation(label, [], collected.add, signal);
      assert.ok(labels.length > 0);
      assert.deepEqual(warnings, []);
      const shown = centroid(collected.voxels(description.shape), description);
      const own = await load(label.file);
      assert.ok(close(shown, centroid(own.voxels, own.description), 0.05));
    });
  }

  it('brings a mask of another grid to its place', async () => {
    // The mask of an anisotropic scan on the grid of the same scan turned to other axes.
    const file = sharedPath('data', 'nifti-conformance', 'nifti_space_orientations', 'SPL.nii.gz');
    const other = await load(sharedPath('data', 'nifti-conformance', 'nifti_space_orientations', 'RAS.nii.gz'));
    const [x, y, z] = other.description.shape;
    const mask = other.voxels.map((value) => (value > 200 ? 1 : 0)) as Uint8Array;
    const { affine } = other.description;
    await writeVolume(at('mask.nii.gz'), Uint8Array.from(mask), [z, y, x], geometryOf(affine));
    const { reader, description } = await load(file);
    const collected = new Collected();
    const { warnings } = await reader.loadSegmentation(
      { file: at('mask.nii.gz'), name: 'Mask' },
      [],
      collected.add,
      signal,
    );
    assert.equal(warnings[0]?.code, 'other-grid');
    assert.ok(
      close(centroid(collected.voxels(description.shape), description), centroid(mask, other.description), 0.1),
    );
  });
});

/** For axes along the body's; LPS. */
function geometryOf(affine: Matrix4) {
  const spacing = [0, 1, 2].map((axis) => affine[axis]![axis]!);
  const origin = [-affine[0][3]!, -affine[1][3]!, affine[2][3]!];
  return { spacing, origin, direction: [-1, 0, 0, 0, -1, 0, 0, 0, 1] };
}

describeShared('the header sheet', () => {
  it('words what NIfTI headers say', async () => {
    const { description } = await load(sharedPath('data', 'nifti-conformance', 'nibabel', 'example_nifti2.nii.gz'));
    assert.equal(description.format, 'NIfTI-2');
    const value = (name: string): string | undefined => description.header.find((entry) => entry.name === name)?.value;
    assert.equal(value('qform'), 'scanner');
    assert.equal(value('Unit of length'), 'millimetre');
    assert.match(value('Shape')!, /^\d+ x \d+ x \d+( x \d+)? voxels$/);
  });

  it('warns where a header does not say left from right', async () => {
    const { description } = await load(sharedPath('data', 'nifti-conformance', 'nifti-rs', 'minimal.nii'));
    assert.equal(description.hasOrientation, false);
    assert.ok(description.warnings.some(({ code }) => code === 'no-orientation'));
  });

  it('shows what is known of a file that is cut off, and why it can’t be shown', async () => {
    const whole = readFileSync(sharedPath('data', 'volumes', 'mr_anatomical_tiny', 'anatomical.nii'));
    writeFileSync(at('cut.nii'), whole.subarray(0, 5000));
    const reader = new VolumeReader();
    const description = await reader.open(source(at('cut.nii')));
    assert.deepEqual(description.shape, [33, 41, 25]);
    await assert.rejects(
      reader.loadImage(0, 0, () => undefined, signal),
      { code: 'truncated-file' },
    );
    writeFileSync(at('no.nii'), 'this is no volume'.repeat(100));
    await assert.rejects(reader.open(source(at('no.nii'))), { code: 'not-an-image' });
    assert.deepEqual(await reader.known(at('no.nii')), [
      { section: 'File', name: 'Name', value: 'no.nii' },
      { section: 'File', name: 'Size', value: '1700 bytes' },
    ]);
  });
});

describe('what is seen first', () => {
  const [nx, ny, nz] = [200, 91, 62];
  const file = at('previewed.nrrd');
  const voxelAt = (i: number): number => ((i * 7919) % 4001) - 1000;

  for (const limitBytes of [2 ** 30, 1.5e6]) {
    it(`is the middle of the three planes as it is in the whole, with at most ${limitBytes} bytes`, async () => {
      const voxels = new Int16Array(nx * ny * nz).map((_, i) => voxelAt(i));
      await writeVolume(file, voxels, [nz, ny, nx], { spacing: [1, 1, 1] });
      const reader = new VolumeReader();
      const { shape, downsampled } = await reader.open(source(file, limitBytes));
      assert.equal(downsampled !== undefined, limitBytes < voxels.byteLength);
      const preview = await reader.preview(0);
      const { voxels: whole, loaded } = await load(file, limitBytes);
      assert.ok(preview);
      assert.deepEqual(preview.values, loaded);
      assert.equal(preview.voxelType, 'int16');
      assert.deepEqual(
        preview.boxes.map((box) => box.shape),
        [
          [2, ny, nz],
          [shape[0], 1, nz],
          [shape[0], ny, 2],
        ],
      );
      for (const { low, shape: size, data } of preview.boxes) {
        const part = new Int16Array(data);
        let i = 0;
        for (let z = low[2]; z < low[2] + size[2]; z++)
          for (let y = low[1]; y < low[1] + size[1]; y++)
            for (let x = low[0]; x < low[0] + size[0]; x++)
              assert.equal(part[i++], whole[(z * shape[1] + y) * shape[0] + x]);
        assert.equal(i, part.length);
      }
    });
  }

  it('is all of a small volume', async () => {
    await writeVolume(at('small.nrrd'), new Int16Array(24), [2, 3, 4], { spacing: [1, 1, 1] });
    const reader = new VolumeReader();
    await reader.open(source(at('small.nrrd')));
    assert.equal(await reader.preview(0), undefined);
  });
});

describe('channels and frames', () => {
  it('takes the files of a case as its channels', async () => {
    const voxels = new Int16Array(2 * 24).map((_, i) => i);
    const reader = new VolumeReader();
    const files = [at('a_0000.nrrd'), at('a_0001.nrrd')];
    await writeVolume(files[0]!, voxels.subarray(0, 24), [2, 3, 4]);
    await writeVolume(files[1]!, voxels.subarray(24), [2, 3, 4]);
    const description = await reader.open({ ...source(''), files, opened: 1, channelNames: ['CT', 'PET'] });
    assert.deepEqual(description.channels, [{ name: 'CT' }, { name: 'PET' }]);
    assert.deepEqual([description.openedChannel, description.modality, description.frames], [1, 'CT', 1]);
    const collected = new Collected();
    await reader.loadImage(1, 0, collected.add, signal);
    assert.deepEqual([...collected.voxels(description.shape)], [...voxels.subarray(24)]);
  });

  it('shows pictures upright, in colour where they have it', async () => {
    const pixels = new Uint8Array(3 * 12).map((_, i) => 7 * i);
    await writeVolume(at('colour.png'), pixels, [3, 1, 3, 4]);
    await writeVolume(at('grey.png'), pixels.subarray(0, 12), [1, 3, 4]);
    for (const [name, channels] of [
      ['grey.png', 1],
      ['colour.png', 3],
    ] as const) {
      const { description, voxels } = await load(at(name));
      assert.deepEqual([description.dimensions, description.channels.length], [2, channels]);
      assert.equal(description.isColour, channels === 3);
      assert.deepEqual([description.orientation, description.hasOrientation], ['LPS', false]);
      assert.deepEqual([...voxels], [...pixels.subarray(0, 12)]);
    }
  });
});

describe('the size of voxels', () => {
  const spacingLine = (header: readonly { name: string; value: string }[]): string | undefined =>
    header.find(({ name }) => name === 'Spacing')?.value;

  it("is a label map's own, where another case's stands beside it", async () => {
    await writeVolume(at('s_0001.tif'), new Uint8Array(24), [2, 3, 4]);
    writeFileSync(at('s_0001.json'), '{"spacing": [5, 1, 1]}');
    writeFileSync(at('s.json'), '{"spacing": [9, 9, 9]}');
    const reader = new VolumeReader();
    const { spacing, header } = await reader.open({ ...source(at('s_0001.tif')), role: 'label' });
    assert.deepEqual(spacing, [1, 1, 5]);
    assert.match(spacingLine(header)!, /5/);
    assert.match(spacingLine(await reader.known(at('s_0001.tif'), 'label'))!, /5/);
    assert.deepEqual((await reader.open(source(at('s_0001.tif')))).spacing, [9, 9, 9]);
  });

  it('is not made up where the file gives none', async () => {
    const pixels = new Uint8Array(24).map((_, i) => 7 * i);
    await writeVolume(at('picture.png'), pixels.subarray(0, 12), [1, 3, 4]);
    await writeVolume(at('stack.tif'), pixels, [2, 3, 4]);
    const fields = 'type: uint8\ndimension: 3\nsizes: 4 3 2\nencoding: raw\nendian: little\n';
    writeFileSync(at('none.nrrd'), Buffer.concat([Buffer.from(`NRRD0004\n${fields}\n`), pixels]));
    const sizes = 'ObjectType = Image\nNDims = 3\nDimSize = 4 3 2\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n';
    writeFileSync(at('none.mha'), Buffer.concat([Buffer.from(sizes), pixels]));
    for (const name of ['picture.png', 'stack.tif', 'none.nrrd', 'none.mha']) {
      const { hasSpacing, header } = await new VolumeReader().open(source(at(name)));
      assert.equal(hasSpacing, false, name);
      assert.equal(spacingLine(header), 'not in the file', name);
      assert.equal(header.filter((entry) => /mm/.test(entry.name + entry.value)).length, 0, name);
    }
  });

  it('is told where it stands in the file or beside it', async () => {
    const pixels = new Uint8Array(24).map((_, i) => 7 * i);
    await writeVolume(at('spaced.tif'), pixels, [2, 3, 4]);
    writeFileSync(at('spaced.json'), '{"spacing": [3, 0.5, 0.5]}');
    const fields = 'type: uint8\ndimension: 3\nsizes: 4 3 2\nencoding: raw\nendian: little\nspacings: 0.5 0.5 3\n';
    writeFileSync(at('spaced.nrrd'), Buffer.concat([Buffer.from(`NRRD0004\n${fields}\n`), pixels]));
    await writeVolume(at('spaced.nii.gz'), pixels, [2, 3, 4], {
      spacing: [0.5, 0.5, 3],
      origin: [0, 0, 0],
      direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
    });
    for (const name of ['spaced.tif', 'spaced.nrrd', 'spaced.nii.gz']) {
      const { hasSpacing, header } = await new VolumeReader().open(source(at(name)));
      assert.deepEqual([hasSpacing, spacingLine(header)], [true, '0.5 x 0.5 x 3 mm'], name);
    }
  });
});

describeShared('what values tell', () => {
  const volume = (...parts: string[]): string => sharedPath('data', ...parts);
  const loaded = async (file: string): Promise<ImageLoaded> => {
    const reader = new VolumeReader();
    await reader.open(source(file));
    return reader.loadImage(0, 0, () => undefined, signal);
  };

  it('knows CT by air and soft tissue', async () => {
    for (const [folder, name, isCt] of [
      ['ct_torso_3mm', 'example_ct.nii.gz', true],
      ['ct_spleen_anisotropic', 'sub-spleen2_ct.nii.gz', true],
      ['mr_flair_lesion', 'FLAIR.nii.gz', false],
      ['mr_anatomical_tiny', 'anatomical.nii', false],
      ['mr_brats2015_pat0004', 'Flair_subtrMeanDivStd.nii.gz', false],
    ] as const)
      assert.equal((await loaded(volume('volumes', folder, name))).looksLikeCt, isCt, name);
  });

  it('knows label maps by patches of few whole numbers', async () => {
    const { labels } = await loaded(volume('volumes', 'mr_brain_256cubed', 'tissue6_labels.nii.gz'));
    assert.deepEqual(
      labels?.map(({ value }) => value),
      [1, 2, 3, 4, 5, 6],
    );
    for (const [name, isLabels] of [
      ['volumes/labelmap_only_brain_01/training_seg_01.nii.gz', true],
      ['volumes/mr_flair_lesion/lesion.nii.gz', true],
      ['natural2d/nuclei_instances/mask2d.tif', true],
      ['natural2d/nuclei_instances/img2d.tif', false],
      ['natural2d/isbi2012_em_membrane/image/1.png', false],
      ['volumes/mr_brain_256cubed/norm.nii.gz', false],
      ['volumes/nrrd_breast1/breast1_image.nrrd', false],
    ] as const)
      assert.equal((await loaded(volume(name))).labels !== null, isLabels, name);
  });
});

describeShared('colour and series from real files', () => {
  it('tells components from time points', async () => {
    const colour = await load(sharedPath('data', 'nifti-conformance', 'nifti-rs', 'rgb', '3D.nii'));
    assert.deepEqual([colour.description.isColour, colour.description.frames], [true, 1]);
    assert.deepEqual(
      colour.description.channels.map(({ name }) => name),
      ['Red', 'Green', 'Blue'],
    );
    const reader = new VolumeReader();
    const series = await reader.open(source(sharedPath('data', 'nifti-conformance', 'nibabel', 'functional.nii')));
    assert.deepEqual([series.channels.length, series.isColour], [1, false]);
    assert.ok(series.frames > 1);
    const [first, second] = [new Collected(), new Collected()];
    await reader.loadImage(0, 0, first.add, signal);
    await reader.loadImage(0, series.frames - 1, second.add, signal);
    assert.notDeepEqual(first.voxels(series.shape), second.voxels(series.shape));
    await assert.rejects(
      reader.loadImage(0, series.frames, () => undefined, signal),
      { code: 'no-such-channel' },
    );
  });
});

describe('a segmentation over time', () => {
  it('is read at the frame of the image that was asked for last', async () => {
    const grid = gridAsNibabel(
      [
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 1, 0],
        [0, 0, 0, 1],
      ],
      [1, 1, 1],
    );
    await writeNifti(
      at('series.nii'),
      Int16Array.from({ length: 24 }, (_, i) => 100 + i),
      [3, 2, 2, 2],
      grid,
    );
    await writeNifti(
      at('masks.nii'),
      Uint8Array.from({ length: 24 }, (_, i) => 1 + Math.floor(i / 8)),
      [3, 2, 2, 2],
      grid,
    );
    const reader = new VolumeReader();
    const { frames } = await reader.open(source(at('series.nii')));
    assert.equal(frames, 3);
    const labelsAt = async (frame: number): Promise<number[]> => {
      await reader.loadImage(0, frame, () => undefined, signal);
      const mask = { file: at('masks.nii'), name: 'masks.nii' };
      const { labels, ofFrame, warnings } = await reader.loadSegmentation(mask, [], () => undefined, signal);
      assert.deepEqual([ofFrame, warnings.length], [frame, 1]);
      return labels.map(({ value }) => value);
    };
    assert.deepEqual([await labelsAt(0), await labelsAt(2), await labelsAt(1)], [[1], [3], [2]]);
  });
});

describe('a DICOM series', () => {
  it('is one volume from any of its slices, and what was done to it is said', async () => {
    const positions = axialSlices(9).filter((_, i) => i !== 3);
    const files = writeSeries(at('dicom'), { positions, name: (i) => `IM_${String(i).padStart(4, '0')}` });
    const { description, voxels } = await load(files[4]!);
    assert.deepEqual(description.shape, [8, 6, 9]);
    assert.equal(description.frames, 1);
    assert.deepEqual(
      description.warnings.map(({ code }) => code),
      ['missing-slices'],
    );
    assert.equal(voxels[0], evenField(positions[0]!));
  });

  it('is no case whose channels are its slices', async () => {
    const files = filesOf({
      '/disc/IM_0000': 'scan',
      '/disc/IM_0001': 'scan',
      '/disc/S_0000.dcm': 'scan',
      '/disc/S_0001.dcm': 'scan',
    });
    for (const path of ['/disc/IM_0000', '/disc/S_0001.dcm'])
      assert.deepEqual((await findCase(path, files)).channelFiles, [path]);
  });
});
