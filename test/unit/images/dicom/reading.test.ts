import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { applyAffine } from '../../../../src/geometry/affine';
import { affineFromGeometry } from '../../../../src/geometry/itkGrid';
import { decodeImage } from '../../../../src/images/decode';
import { encodeDicom, type DicomItem } from '../../../../src/images/dicom/elements';
import { decodeDicom } from '../../../../src/images/dicom/decodeDicom';
import { readVolume } from '../../../../src/images/dicom/assemble';
import { seriesAround, seriesIn } from '../../../../src/images/dicom/seriesFiles';
import { itkRead } from '../../../../src/images/itkWorker';
import { readHeader } from '../../../../src/images/header';
import { openDicom } from '../../../../src/images/dicom/dicomFile';
import { imageFacts } from '../../../../src/images/dicom/imageFacts';
import { ImageError } from '../../../../src/method/errors';
import { describeShared, sharedPath } from '../../../shared';
import { segmentationOf } from './drawings';
import { axialSlices, enhancedOf, evenField, seriesOptions, sliceOf, storedSlice, writeSeries } from './series';

const folder = mkdtempSync(join(tmpdir(), 'nnunet dicom-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let folders = 0;
const fresh = (): string => {
  const path = join(folder, `series ${folders++}`);
  mkdirSync(path);
  return path;
};

/** Largest difference to the field at the place where each voxel says it lies. */
async function errorOf(file: string): Promise<number> {
  const { header, voxels } = await decodeImage(file);
  const [z, y, x] = header.shape;
  let largest = 0;
  for (let i = 0; i < z * y * x; i++) {
    const [r, a, s] = applyAffine(header.affine, [i % x, Math.floor(i / x) % y, Math.floor(i / (x * y))]);
    largest = Math.max(largest, Math.abs((voxels[i] as number) - evenField([-r, -a, s])));
  }
  return largest;
}

async function refused(file: string, code: string, message: RegExp): Promise<void> {
  await assert.rejects(decodeDicom(file), (error) => {
    assert.ok(error instanceof ImageError, String((error as Error).stack));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert.notEqual(error.hint, '');
    return true;
  });
}

const findingsOf = async (file: string): Promise<string[]> =>
  (await readVolume(await seriesAround(file))).findings.map(({ code }) => code);

describe('A DICOM series', () => {
  it('is one volume, whatever the order and the names of its files', async () => {
    const order = [3, 0, 4, 1, 2];
    const files = writeSeries(fresh(), { positions: order.map((i) => axialSlices(5)[i]!), name: (i) => `1.2.3.${i}` });
    const { header, voxels } = await decodeImage(files[2]!);
    assert.deepEqual(header.shape, [5, 6, 8]);
    assert.deepEqual(header.spacing, [2.5, 1, 1]);
    assert.equal(header.format, 'DICOM');
    assert.ok(voxels instanceof Int16Array, 'whole Hounsfield units stay whole');
    assert.equal(await errorOf(files[0]!), 0);
    assert.deepEqual(await findingsOf(files[0]!), []);
    assert.deepEqual((await readHeader(files[4]!)).affine, header.affine);
  });

  it('lies where ITK says that its first slice lies', async () => {
    const [c, s] = [Math.cos(0.3), Math.sin(0.3)];
    const orientation = [c, s, 0, -s * Math.cos(0.2), c * Math.cos(0.2), Math.sin(0.2)];
    const normal = [s * Math.sin(0.2), -c * Math.sin(0.2), Math.cos(0.2)];
    const positions = [0, 1, 2, 3].map((i) => normal.map((n, axis) => [-31.5, 12.25, 77][axis]! + 3 * i * n));
    const files = writeSeries(fresh(), {
      positions: positions as never,
      orientation,
      pixelSpacing: [0.8, 0.7],
      name: (i) => `${i}.dcm`,
    });
    const { header, itkGeometry } = await decodeImage(files[3]!);
    const itk = await itkRead(files[0]!, 'gdcm', true);
    const expected = affineFromGeometry({
      spacing: [itk.spacing[0]!, itk.spacing[1]!, 3],
      origin: itk.origin,
      direction: [...itk.direction],
    });
    expected.forEach((row, i) => row.forEach((value, j) => assert.ok(Math.abs(value - header.affine[i]![j]!) < 1e-9)));
    assert.equal(itkGeometry().spacing.length, 3);
    assert.ok((await errorOf(files[0]!)) <= 0.5);
  });

  it('rescales every slice by itself', async () => {
    const files = writeSeries(fresh(), { slope: (i) => 0.5 + i / 4, intercept: (i) => -500 + i });
    assert.ok((await decodeImage(files[0]!)).voxels instanceof Float32Array);
    assert.ok((await errorOf(files[0]!)) <= 0.75);
  });

  it('reads signed values, values of 12 bits with an overlay above them, and MONOCHROME1 as they are', async () => {
    assert.equal(await errorOf(writeSeries(fresh(), { isSigned: true, intercept: () => 0 })[0]!), 0);
    const options = seriesOptions();
    const overlay = (slice: number): DicomItem => {
      const stored = storedSlice(options, slice).map((value) => value | 0xf000);
      return {
        '00280101': { vr: 'US', value: 12 },
        '00280102': { vr: 'US', value: 11 },
        '7fe00010': { vr: 'OW', value: new Uint8Array(stored.buffer) },
      };
    };
    assert.equal(await errorOf(writeSeries(fresh(), { extra: overlay })[0]!), 0);
    const inverse = writeSeries(fresh(), { extra: () => ({ '00280004': { vr: 'CS', value: 'MONOCHROME1' } }) });
    assert.equal(await errorOf(inverse[0]!), 0, 'Hounsfield units stay');
    const magnetic = { modality: 'MR', intercept: () => 0, value: ([x]: readonly number[]) => x! + 30 };
    const extra = () => ({ '00280004': { vr: 'CS', value: 'MONOCHROME1' } }) as const;
    const inverseMr = await decodeImage(writeSeries(fresh(), { ...magnetic, extra })[0]!);
    // As SimpleITK reads it: the largest value that 16 bits hold less the stored one.
    assert.deepEqual([...inverseMr.voxels.subarray(0, 3)], [65535 - 10, 65535 - 11, 65535 - 12]);
    // Of the stored bits the highest in use is the sign.
    const negative = seriesOptions({ isSigned: true, intercept: () => 0, value: ([x]) => x });
    const twelve = (slice: number): DicomItem => ({
      '00280101': { vr: 'US', value: 12 },
      '00280102': { vr: 'US', value: 11 },
      '7fe00010': {
        vr: 'OW',
        value: new Uint8Array(storedSlice(negative, slice).map((value) => value & 0xfff).buffer),
      },
    });
    const { voxels } = await decodeImage(writeSeries(fresh(), { ...negative, extra: twelve })[0]!);
    assert.deepEqual([...voxels.subarray(0, 8)], [-20, -19, -18, -17, -16, -15, -14, -13]);
  });

  it('of many frames in one file (enhanced CT) is the same volume', async () => {
    const order = [3, 0, 4, 1, 2];
    const options = seriesOptions({ positions: order.map((i) => axialSlices(5)[i]!), intercept: (i) => -1024 + i });
    const file = join(fresh(), 'enhanced');
    writeFileSync(file, encodeDicom(enhancedOf(options)));
    assert.deepEqual((await decodeImage(file)).header.shape, [5, 6, 8]);
    assert.equal(await errorOf(file), 0);
  });

  it('is told from others in the same folder', async () => {
    const path = fresh();
    const [first] = writeSeries(path);
    writeSeries(path, { uid: '1.2.826.0.1.2', positions: axialSlices(3), name: (i) => `other${i}` });
    writeSeries(path, { study: '1.2.826.0.7', positions: axialSlices(2, 1), name: (i) => `study${i}` });
    writeFileSync(join(path, 'notes.txt'), 'no image');
    assert.deepEqual((await decodeImage(first!)).header.shape, [5, 6, 8]);
  });

  it('is found in a folder of several, the largest first', async () => {
    const path = fresh();
    writeSeries(join(path, 'a'), { uid: '1.2.826.0.1.3', positions: axialSlices(2), description: '', modality: 'MR' });
    const [first] = writeSeries(join(path, 'b', 'c'));
    const found = await seriesIn(path);
    assert.deepEqual(
      found.map(({ name, files }) => [name, files]),
      [
        ['CT Abdomen portal venous', 5],
        ['MR', 2],
      ],
    );
    assert.equal(basename(found[0]!.file).slice(0, 2), basename(first!).slice(0, 2));
    assert.equal(await errorOf(found[0]!.file), 0);
  });

  it('is read deflated, and compressed as RLE', async () => {
    const path = fresh();
    const options = seriesOptions();
    for (let i = 0; i < 5; i++) {
      const whole = encodeDicom(sliceOf(options, i), '1.2.840.10008.1.2.1.99');
      const start = 144 + whole.readUInt32LE(140);
      writeFileSync(
        join(path, `d${i}`),
        Buffer.concat([whole.subarray(0, start), deflateRawSync(whole.subarray(start))]),
      );
    }
    assert.equal(await errorOf(join(path, 'd1')), 0);
    const rle = fresh();
    for (let i = 0; i < 5; i++) {
      const item: DicomItem = {
        ...sliceOf(options, i),
        '7fe00010': { vr: 'encapsulated', value: [runLengths(storedSlice(options, i))] },
      };
      writeFileSync(join(rle, `r${i}`), encodeDicom(item, '1.2.840.10008.1.2.5'));
    }
    assert.equal(await errorOf(join(rle, 'r3')), 0);
  });
});

/** Two segments (high bytes, low bytes) of literal runs. */
function runLengths(stored: Int16Array | Uint16Array): Buffer {
  const bytes = Buffer.from(stored.buffer);
  const segment = (offset: number): Buffer => {
    const parts: Buffer[] = [];
    const plane = Buffer.from(Array.from(stored, (_, i) => bytes[2 * i + offset]!));
    for (let i = 0; i < plane.length; i += 128) {
      const run = plane.subarray(i, i + 128);
      parts.push(Buffer.of(run.length - 1), run);
    }
    const all = Buffer.concat(parts);
    return all.length % 2 === 0 ? all : Buffer.concat([all, Buffer.of(0x80)]);
  };
  const [high, low] = [segment(1), segment(0)];
  const header = Buffer.alloc(64);
  [2, 64, 64 + high.length].forEach((value, i) => header.writeUInt32LE(value, 4 * i));
  return Buffer.concat([header, high, low]);
}

describe('Slices that do not lie as they should', () => {
  it('are moved upright where the gantry was tilted', async () => {
    // Every slice 1.5 mm further down the row of the table than an upright one.
    const positions = Array.from({ length: 5 }, (_, i) => [-20, -15 + 1.5 * i, 100 + 5 * i] as const);
    const files = writeSeries(fresh(), { positions });
    const { header, voxels } = await decodeImage(files[0]!);
    assert.deepEqual(header.shape, [5, 12, 8], 'every slice has room');
    assert.deepEqual(await findingsOf(files[0]!), ['gantry-tilt']);
    const images = await seriesAround(files[0]!);
    assert.match((await readVolume(images)).findings[0]!.message, /16\.7°/);
    // Voxels of the first slice, and one between two rows of the second.
    assert.equal(voxels[0], evenField([-20, -15, 100]));
    const [, y, x] = header.shape;
    assert.equal(voxels[(1 * y + 3) * x + 2], evenField([-18, -12, 105]));
    assert.equal(voxels[(1 * y + 0) * x + 2], Math.min(...voxels), 'nothing is known there');
  });

  it('are filled in where some are missing, and said', async () => {
    const files = writeSeries(fresh(), { positions: axialSlices(9).filter((_, i) => i !== 3 && i !== 4) });
    assert.deepEqual(await findingsOf(files[0]!), ['missing-slices']);
    assert.deepEqual((await decodeImage(files[0]!)).header.shape, [9, 6, 8]);
    assert.ok((await errorOf(files[0]!)) < 1e-3, 'linear between the neighbours');
  });

  it('are resampled where they are spaced unevenly', async () => {
    const positions = [0, 2, 4, 6, 8, 10.7, 12].map((z) => [-20, -15, 100 + z] as const);
    const files = writeSeries(fresh(), { positions });
    assert.deepEqual(await findingsOf(files[0]!), ['uneven-slices']);
    assert.deepEqual((await decodeImage(files[0]!)).header.spacing, [2, 1, 1]);
    assert.ok((await errorOf(files[0]!)) < 0.5);
  });

  it('are refused where most would be made up', async () => {
    const positions = [0, 1, 2, 30].map((z) => [-20, -15, 100 + z] as const);
    await refused(writeSeries(fresh(), { positions })[0]!, 'many-slices-missing', /Of 31 slices .* 27 are missing/);
  });

  it('are taken once where a file was copied, or two lie at one place', async () => {
    const path = fresh();
    const files = writeSeries(path);
    copyFileSync(files[2]!, join(path, 'copy of it'));
    assert.deepEqual(await findingsOf(files[0]!), ['doubled-slices']);
    assert.equal(await errorOf(files[0]!), 0);
    const twice = writeSeries(fresh(), { positions: [...axialSlices(5), axialSlices(5)[1]!] });
    assert.deepEqual(await findingsOf(twice[0]!), ['doubled-slices']);
    assert.deepEqual((await decodeImage(twice[0]!)).header.shape, [5, 6, 8]);
  });

  it('are left out where they are an overview', async () => {
    const path = fresh();
    const files = writeSeries(path);
    writeSeries(path, {
      positions: [[0, 0, 0]],
      orientation: [0, 1, 0, 0, 0, -1],
      name: () => 'scout',
      extra: () => ({ '00080018': { vr: 'UI', value: '1.2.826.0.1.1.77' } }),
    });
    assert.deepEqual(await findingsOf(files[0]!), ['localizer-in-series']);
    assert.equal(await errorOf(files[0]!), 0);
  });

  it('of several times are volumes, named by what tells them apart', async () => {
    const positions = [...axialSlices(4), ...axialSlices(4)];
    const extra = (i: number): DicomItem => ({ '00180081': { vr: 'DS', value: i < 4 ? '9.8' : '4.9' } });
    const value = evenField;
    const files = writeSeries(fresh(), { positions, extra, value });
    const volume = await readVolume(await seriesAround(files[0]!));
    assert.deepEqual(volume.volumes, ['echo time 4.9', 'echo time 9.8']);
    assert.equal((await decodeImage(files[0]!)).header.channels, 2);
  });
});

describe('DICOM that is no volume', () => {
  const change = (item: DicomItem): string => writeSeries(fresh(), { extra: () => item })[0]!;

  it('is refused by name: transfer syntaxes, colours, slices without a place', async () => {
    const path = fresh();
    const file = join(path, 'j2k');
    writeFileSync(file, encodeDicom(sliceOf(seriesOptions(), 0), '1.2.840.10008.1.2.4.201'));
    await refused(file, 'unsupported-compression', /high-throughput JPEG 2000 \(1\.2\.840\.10008\.1\.2\.4\.201\)/);
    await refused(
      change({ '00280002': { vr: 'US', value: 3 }, '00280004': { vr: 'CS', value: 'RGB' } }),
      'unsupported-type',
      /colours \(RGB\)/,
    );
    await refused(
      change({ '00200032': { vr: 'DS', value: '' } }),
      'no-position',
      /5 slices .* do not say where they lie/,
    );
  });

  it('is refused by name: mosaics, segmentations, frames of which nobody knows the order', async () => {
    await refused(
      change({ '00080008': { vr: 'CS', value: ['ORIGINAL', 'PRIMARY', 'M', 'MOSAIC'] } }),
      'unsupported-type',
      /Siemens mosaic/,
    );
    const options = seriesOptions();
    const write = (item: DicomItem): string => {
      const file = join(fresh(), 'file');
      writeFileSync(file, encodeDicom(item));
      return file;
    };
    await refused(
      write(segmentationOf(options, { names: ['Liver'], isIn: () => true })),
      'unsupported-type',
      /DICOM SEG/,
    );
    const { '52009229': _shared, '52009230': _frames, ...ultrasound } = enhancedOf(options);
    await refused(write(ultrasound), 'no-position', /5 slices/);
    const dose: DicomItem = {
      ...ultrasound,
      '00200032': { vr: 'DS', value: ['-20', '-15', '100'] },
      '00200037': { vr: 'DS', value: options.orientation.map(String) },
      '00280030': { vr: 'DS', value: ['1', '1'] },
      '00281052': { vr: 'DS', value: '-1024' },
      '3004000c': { vr: 'DS', value: ['0', '2.5', '5', '7.5', '10'] },
    };
    assert.equal(await errorOf(write(dose)), 0, 'frames that say how far they lie from the first are a volume');
  });

  it('of no series stands for itself', async () => {
    const files = writeSeries(fresh(), {
      positions: axialSlices(3),
      extra: () => ({ '0020000e': { vr: 'UI', value: '' } }),
    });
    assert.deepEqual((await decodeImage(files[1]!)).header.shape, [1, 6, 8]);
  });

  it('is refused by name: directories, documents, presentation states', async () => {
    for (const [uid, what] of [
      ['1.2.840.10008.1.3.10', /DICOMDIR/],
      ['1.2.840.10008.5.1.4.1.1.104.1', /encapsulated PDF/],
      ['1.2.840.10008.5.1.4.1.1.11.1', /presentation state/],
      ['1.2.840.10008.5.1.4.1.1.481.3', /RTSTRUCT/],
    ] as const) {
      const file = join(fresh(), 'other');
      writeFileSync(
        file,
        encodeDicom({ '00080016': { vr: 'UI', value: uid }, '00080018': { vr: 'UI', value: '1.2.3' } }),
      );
      await refused(file, 'not-an-image', what);
    }
  });

  it('is refused where voxels are cut off, compressed or not', async () => {
    const file = writeSeries(fresh())[2]!;
    truncateSync(file, readFileSync(file).length - 10);
    await refused(file, 'truncated-file', /ends before its last voxel/);
    const header = writeSeries(fresh())[0]!;
    truncateSync(header, 400);
    await refused(header, 'damaged-file', /ends too early/);
    const item: DicomItem = {
      ...sliceOf(seriesOptions(), 0),
      '7fe00010': { vr: 'encapsulated', value: [Buffer.from('no JPEG at all')] },
    };
    const rle = join(fresh(), 'damaged');
    writeFileSync(rle, encodeDicom(item, '1.2.840.10008.1.2.4.70'));
    await refused(rle, 'damaged-file', /JPEG lossless/);
  });

  it('is no DICOM where only the ending says so', async () => {
    const file = join(fresh(), 'text.dcm');
    writeFileSync(file, 'x'.repeat(500));
    await refused(file, 'not-an-image', /not a DICOM file/);
    await assert.rejects(decodeImage(join(fresh(), 'nothing')), /no ending/);
  });
});

/** Debian's packages dcmtk and libgdcm-tools, where they are installed. */
const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;

describe('Files that other programs compressed', () => {
  for (const [program, from, options] of [
    ['dcmcrle', 'RLE', []],
    ['dcmcjpls', 'JPEG-LS', []],
    ['dcmcjpeg', 'JPEG lossless', ['+e1']],
    ['gdcmconv', 'JPEG 2000', ['--j2k']],
    ['dcmconv', 'implicit little endian', ['+ti']],
    ['dcmconv', 'big endian', ['+tb']],
    ['dcmconv', 'deflated', ['+td']],
  ] as const) {
    const skip = has(program) ? false : `SKIPPED: ${program} is not installed (apt-get install dcmtk libgdcm-tools)`;
    it(`are read: ${from} by ${program}`, { skip }, async () => {
      const [plain, path] = [fresh(), fresh()];
      for (const file of writeSeries(plain, { rows: 32, columns: 40 })) {
        const { status, stderr } = spawnSync(program, [...options, file, join(path, basename(file))]);
        assert.equal(status, 0, String(stderr));
      }
      assert.equal(await errorOf(join(path, 'IM0002')), 0);
    });
  }
});

/** What GDCM gave through SimpleITK of the same files: their sums. */
describeShared('real files', () => {
  const single = (name: string): string => sharedPath('data', 'nifti-conformance', 'dicom', 'pydicom_single', name);
  for (const [name, shape, sum] of [
    ['693_J2KI.dcm', [1, 512, 512], -270617240],
    ['JPEG2000.dcm', [1, 1024, 256], 3527976],
    ['JPEGLSNearLossless_16.dcm', [1, 50, 10], 6007250],
    ['MR_small_RLE.dcm', [1, 64, 64], 2125338],
    ['MR_small_expb.dcm', [1, 64, 64], 2125338],
    ['MR_small_implicit.dcm', [1, 64, 64], 2125338],
    ['MR_small_jp2klossless.dcm', [1, 64, 64], 2125338],
    ['image_dfl.dcm', [1, 512, 512], 33322688],
  ] as const) {
    it(`have the values that ITK reads: ${name}`, async () => {
      const volume = await readVolume([imageFacts(await openDicom(single(name)))!]);
      assert.deepEqual(volume.shape, shape);
      let total = 0;
      for (const value of volume.voxels) total += value;
      assert.equal(total, sum);
    });
  }

  it('say what is wrong with them', async () => {
    await refused(single('MR_truncated.dcm'), 'truncated-file', /ends before its last voxel/);
    await refused(single('rtplan.dcm'), 'not-an-image', /radiotherapy plan/);
    await refused(single('SC_rgb_rle_16bit.dcm'), 'unsupported-type', /colours/);
  });

  it('of ten times 15 slices are ten volumes', async () => {
    const [epi] = await seriesIn(sharedPath('data', 'nifti-conformance', 'dicom', 'ge_epi_4', 'dicom'));
    const { header, voxels } = await decodeImage(epi!.file);
    assert.deepEqual([header.channels, ...header.shape], [10, 15, 64, 64]);
    const reference = await decodeImage(
      sharedPath('data', 'nifti-conformance', 'dicom', 'ge_epi_4', 'dcm2niix_reference.nii'),
    );
    const sorted = (values: ArrayLike<number>): number[] => Array.from(values).sort((a, b) => a - b);
    const count = 15 * 64 * 64;
    for (const time of [0, 4, 9])
      assert.deepEqual(
        sorted(voxels.subarray(time * count, (time + 1) * count)),
        sorted(reference.voxels.subarray(time * count, (time + 1) * count)),
      );
  });
});
