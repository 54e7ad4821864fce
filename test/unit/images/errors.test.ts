import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { readHeader } from '../../../src/images/header';
import { inspectFile } from '../../../src/images/inspect';
import { chooseReader } from '../../../src/images/readers';
import { readImages } from '../../../src/images/volumes';
import { writeVolume } from '../../../src/images/write';
import { ImageError } from '../../../src/method/errors';

const folder = mkdtempSync(join(tmpdir(), 'nnunet image errors-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

const good = at('good.nii.gz');
let plain: Buffer;
before(async () => {
  await writeVolume(good, Float32Array.from({ length: 4 * 5 * 6 }, Math.random), [4, 5, 6]);
  plain = gunzipSync(readFileSync(good));
});

/** A NIfTI file like the good one, but changed. */
function changed(name: string, edit: (bytes: Buffer) => Buffer | void): string {
  const bytes = Buffer.from(plain);
  writeFileSync(at(name), edit(bytes) ?? bytes);
  return at(name);
}

async function refused(file: string, code: string): Promise<void> {
  await assert.rejects(inspectFile(file), (error) => {
    assert.ok(error instanceof ImageError, String((error as Error).stack));
    assert.equal(error.code, code);
    assert.ok(error.where?.startsWith(folder), 'says where');
    assert.notEqual(error.hint, '', 'says what to do');
    return true;
  });
}

describe('files that are no usable images', () => {
  it('a missing file, a folder, an empty file', async () => {
    await refused(at('none.nii.gz'), 'file-missing');
    await refused(at('none.nrrd'), 'file-missing');
    for (const name of [
      'empty.nii.gz',
      'empty.nii',
      'empty.nrrd',
      'empty.png',
      'empty.mgz',
      'empty.gif',
      'empty.tif',
    ]) {
      writeFileSync(at(name), '');
      await refused(at(name), 'empty-file');
    }
  });

  it('a file that was compressed twice is called that', async () => {
    writeFileSync(at('twice.nii.gz'), gzipSync(readFileSync(good)));
    await refused(at('twice.nii.gz'), 'compressed-twice');
  });

  it('a gzip that ends early, at every quarter', async () => {
    const bytes = readFileSync(good);
    for (const part of [0.25, 0.5, 0.75, 0.99]) {
      writeFileSync(at('cut.nii.gz'), bytes.subarray(0, Math.floor(bytes.length * part)));
      await refused(at('cut.nii.gz'), 'truncated-file');
    }
  });

  it('a gzip with a flipped byte', async () => {
    const bytes = readFileSync(good);
    // In the checksum: elsewhere it depends on the content whether the damage looks like an early end.
    bytes[bytes.length - 6]! ^= 0xff;
    writeFileSync(at('damaged.nii.gz'), bytes);
    await refused(at('damaged.nii.gz'), 'damaged-file');
  });

  it('voxels that are missing, plain or inside a whole gzip', async () => {
    await refused(
      changed('short.nii', (bytes) => bytes.subarray(0, bytes.length - 1)),
      'truncated-file',
    );
    writeFileSync(at('short.nii.gz'), gzipSync(plain.subarray(0, 400)));
    await refused(at('short.nii.gz'), 'truncated-file');
  });

  it('text, another format, noise under an image name', async () => {
    for (const ending of [
      '.nii.gz',
      '.nii',
      '.hdr',
      '.nrrd',
      '.mha',
      '.gipl',
      '.mgh',
      '.tif',
      '.png',
      '.jpg',
      '.bmp',
      '.gif',
    ]) {
      writeFileSync(at(`text${ending}`), 'This is a text, and long enough to hold a header.\n'.repeat(30));
      await refused(at(`text${ending}`), 'not-an-image');
    }
  });

  it('a 4D NRRD over time, which ITK does not read, is called 4D', async () => {
    const header = [
      ...['NRRD0004', 'type: short', 'dimension: 4', 'sizes: 2 2 2 3', 'kinds: domain domain domain time'],
      ...['endian: little', 'encoding: raw', 'space: left-posterior-superior'],
      ...['space directions: (1,0,0) (0,1,0) (0,0,1) none', 'space origin: (0,0,0)', '', ''],
    ];
    writeFileSync(at('time.nrrd'), Buffer.concat([Buffer.from(header.join('\n')), Buffer.alloc(48)]));
    await refused(at('time.nrrd'), 'unsupported-type');
    await assert.rejects(inspectFile(at('time.nrrd')), /4D/);
  });

  it('an unknown ending, and none', async () => {
    copyFileSync(good, at('image.xyz'));
    await refused(at('image.xyz'), 'unknown-ending');
    copyFileSync(good, at('image'));
    await refused(at('image'), 'unknown-ending');
  });

  it('headers that make no sense are refused without trying to allocate what they claim', async () => {
    await refused(
      changed('axes0.nii', (b) => void b.writeInt16LE(0, 40)),
      'bad-dimensions',
    );
    await refused(
      changed('axes9.nii', (b) => void b.writeInt16LE(9, 40)),
      'bad-dimensions',
    );
    await refused(
      changed('negative.nii', (b) => void b.writeInt16LE(-3, 42)),
      'bad-dimensions',
    );
    await refused(
      changed('zero.nii', (b) => void b.writeInt16LE(0, 44)),
      'bad-dimensions',
    );
    await refused(
      changed('type.nii', (b) => void b.writeInt16LE(777, 70)),
      'unknown-type',
    );
    await refused(
      changed('complex.nii', (b) => void b.writeInt16LE(32, 70)),
      'unsupported-type',
    );
    await refused(
      changed('offset.nii', (b) => void b.writeFloatLE(NaN, 108)),
      'bad-dimensions',
    );
    await refused(
      changed('inside.nii', (b) => void b.writeFloatLE(20, 108)),
      'not-an-image',
    );
    await refused(
      changed('far.nii', (b) => void b.writeFloatLE(1e9, 108)),
      'truncated-file',
    );
    const huge = changed('huge.nii', (b) => [42, 44, 46].forEach((offset) => b.writeInt16LE(10000, offset)));
    await refused(huge, 'truncated-file');
    writeFileSync(at('huge.nii.gz'), gzipSync(readFileSync(huge)));
    await refused(at('huge.nii.gz'), 'truncated-file');
    const five = changed('five.nii', (b) =>
      [5, 2, 2, 2, 2, 2].forEach((length, i) => b.writeInt16LE(length, 40 + 2 * i)),
    );
    await refused(five, 'too-many-axes');
  });

  it('every single byte of a header may be wrong without anything worse than an ImageError', async () => {
    for (let i = 0; i < 352; i++) {
      const file = changed('fuzz.nii', (bytes) => void bytes.writeUInt8(255 - bytes.readUInt8(i), i));
      for (const read of [inspectFile, readHeader, (name: string) => readImages([name], 'SimpleITKIO')]) {
        await read(file).catch((error: unknown) =>
          assert.ok(error instanceof ImageError, `byte ${i}: ${(error as Error).stack}`),
        );
      }
    }
  });

  it('a .hdr without its .img', async () => {
    const file = changed('lonely.hdr', (bytes) => void bytes.write('ni1', 344));
    await refused(file, 'file-missing');
    assert.deepEqual((await readHeader(file)).shape, [4, 5, 6]);
  });

  it('sheared axes are refused for SimpleITK, with NibabelIO as the way out', async () => {
    const sheared = changed('sheared.nii', (bytes) => {
      bytes.writeInt16LE(0, 252);
      bytes.writeFloatLE(0.4, 284);
    });
    await assert.rejects(
      readImages([sheared], 'SimpleITKIO'),
      (error) => error instanceof ImageError && error.code === 'not-orthogonal' && /NibabelIO/.test(error.hint),
    );
    assert.deepEqual((await readImages([sheared], 'NibabelIO')).shape, [1, 4, 5, 6]);
    const asGzip = at('sheared.nii.gz');
    writeFileSync(asGzip, gzipSync(readFileSync(sheared)));
    assert.equal(await chooseReader('.nii.gz', asGzip), 'NibabelIO');
  });
});

describe('channels of one case', () => {
  const channel = async (name: string, shape: [number, number, number], spacing: number[]): Promise<string> => {
    await writeVolume(at(name), new Int16Array(shape.reduce((a, b) => a * b)).fill(name.length), shape, { spacing });
    return at(name);
  };

  it('are stacked in the order given', async () => {
    const files = [
      await channel('a_0000.nii.gz', [2, 3, 4], [1, 1, 2]),
      await channel('aaa_0001.nii.gz', [2, 3, 4], [1, 1, 2.00001]),
    ];
    const { data, shape, properties } = await readImages(files, 'SimpleITKIO');
    assert.deepEqual(shape, [2, 2, 3, 4]);
    assert.deepEqual(properties.spacing, [2, 1, 1]);
    assert.deepEqual([data[0], data[23], data[24], data[47]], [13, 13, 15, 15]);
  });

  it('must agree in shape and spacing', async () => {
    const first = await channel('b_0000.nii.gz', [2, 3, 4], [1, 1, 2]);
    const smaller = await channel('b_0001.nii.gz', [2, 3, 3], [1, 1, 2]);
    const coarser = await channel('b_0002.nii.gz', [2, 3, 4], [1, 1, 2.1]);
    await assert.rejects(readImages([first, smaller], 'SimpleITKIO'), { code: 'shape-mismatch', where: smaller });
    await assert.rejects(readImages([first, coarser], 'SimpleITKIO'), { code: 'spacing-mismatch', where: coarser });
    await assert.rejects(readImages([], 'SimpleITKIO'), { code: 'no-files' });
  });
});

describe('values that are no numbers', () => {
  it('can be read, and are counted', async () => {
    const file = at('nan.nii.gz');
    await writeVolume(file, Float32Array.of(1, NaN, Infinity, -Infinity, 2, 6), [1, 2, 3]);
    const { min, max, mean, nonFinite, labels } = await inspectFile(file);
    assert.deepEqual(
      { min, max, mean, nonFinite, labels },
      { min: 1, max: 6, mean: 3, nonFinite: 3, labels: undefined },
    );
    assert.ok(Number.isNaN((await readImages([file], 'SimpleITKIO')).data[1]));
    await writeVolume(file, Float32Array.of(NaN), [1, 1, 1]);
    assert.deepEqual((await inspectFile(file)).mean, null);
  });
});
