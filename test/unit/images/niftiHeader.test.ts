/** What nifti-reader-js reads wrongly is read rightly here, and what it reads is read through it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NIFTI1, NIFTI2 } from 'nifti-reader-js';
import { parseNiftiHeader, readFields } from '../../../src/images/niftiHeader';

function first({ little = true, dim = [3, 4, 5, 6, 1, 1, 1, 1], codes = [0, 0], magic = 'n+1\0' } = {}): Buffer {
  const bytes = Buffer.alloc(400);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setInt32(0, 348, little);
  dim.forEach((length, i) => view.setInt16(40 + 2 * i, length, little));
  view.setInt16(70, 4, little);
  for (let i = 0; i < 8; i += 1) view.setFloat32(76 + 4 * i, 1 + i / 2, little);
  view.setFloat32(108, 352, little);
  view.setFloat32(112, 2, little);
  view.setUint8(123, 3);
  codes.forEach((code, i) => view.setInt16(252 + 2 * i, code, little));
  for (let i = 0; i < 12; i += 1) view.setFloat32(280 + 4 * i, i, little);
  bytes.write(magic, 344, 'latin1');
  return bytes;
}

function second({ little = true, dim = [3n, 4n, 5n, 6n, 1n, 1n, 1n, 1n], offset = 544n } = {}): Buffer {
  const bytes = Buffer.alloc(600);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setInt32(0, 540, little);
  bytes.write('n+2\0\r\n\u001a\n', 4, 'latin1');
  view.setInt16(12, 2, little);
  dim.forEach((length, i) => view.setBigInt64(16 + 8 * i, length, little));
  view.setBigInt64(168, offset, little);
  return bytes;
}

const parse = (bytes: Buffer, pair = false) => parseNiftiHeader(bytes, 'a.nii', pair);
const copy = (bytes: Buffer): ArrayBuffer => Uint8Array.from(bytes).buffer;

describe('the header of a NIfTI file', () => {
  for (const little of [true, false]) {
    const order = little ? 'little' : 'big';
    it(`is read in ${order}-endian order`, () => {
      const header = parse(first({ little, codes: [1, 2] }));
      assert.deepEqual(header.shape, [4, 5, 6]);
      assert.deepEqual(header.pixdim, [1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5]);
      assert.deepEqual(
        [header.byteOrder, header.storedType, header.scaling, header.spatialUnit, header.qformCode, header.sformCode],
        [order, 'int16', { slope: 2, intercept: 0 }, 'micron', 1, 2],
      );
    });

    it(`has axes and an offset beyond 2^31 in the second version, ${order}-endian`, () => {
      const long = 3_000_000_000n;
      const bytes = second({ little, dim: [2n, long, 2n, 1n, 1n, 1n, 1n, 1n], offset: long });
      const header = parse(bytes);
      assert.deepEqual([header.shape, header.voxelOffset], [[Number(long), 2], Number(long)]);
      assert.throws(() => parse(second({ little, dim: [2n, -2n, 2n, 1n, 1n, 1n, 1n, 1n] })), {
        code: 'bad-dimensions',
        message: /lengths -2, 2/,
      });
    });
  }

  it('has the rows of the sform also where the code of the qform is larger, or only the qform has one', () => {
    const rows = [0, 1, 2].map((row) => [0, 1, 2, 3].map((column) => 4 * row + column));
    for (const codes of [
      [2, 1],
      [1, 0],
    ])
      assert.deepEqual(parse(first({ codes })).srow, rows);
  });

  it('has texts that end at their first zero byte', () => {
    const bytes = first();
    bytes.write('made by hand\0left over from before', 148, 'latin1');
    bytes.write('\u0007bell\0', 328, 'latin1');
    const { notes } = parse(bytes);
    assert.deepEqual([notes.description, notes.intentName], ['made by hand', 'bell']);
  });

  it('tells what it can of a file that cannot be used, and of Analyze what that has', () => {
    const complex = first();
    complex.writeInt16LE(32, 70);
    assert.throws(() => parse(complex), { code: 'unsupported-type' });
    assert.deepEqual(readFields(complex, 'a.nii', false).dim.slice(0, 4), [3, 4, 5, 6]);
    const analyze = first({ codes: [1, 1], magic: '\0\0\0\0' });
    assert.throws(() => parse(analyze), { code: 'not-an-image' });
    const { format, qformCode, sformCode, spatialUnit } = parse(analyze, true);
    assert.deepEqual([format, qformCode, sformCode, spatialUnit], ['Analyze 7.5', 0, 0, 'unknown']);
  });

  it('does not need the extensions behind it', () => {
    const bytes = first();
    bytes[348] = 1;
    bytes.writeFloatLE(4096, 108);
    bytes.writeInt32LE(1 << 20, 352);
    assert.equal(parse(bytes).voxelOffset, 4096);
  });
});

describe('nifti-reader-js 0.8.0, whose mistakes are mended: where this fails, the mending can go', () => {
  it('reads large and negative whole numbers of 64 bits wrongly', () => {
    const header = new NIFTI2();
    header.readHeader(copy(second({ little: false, dim: [2n, 3_000_000_000n, 2n, 1n, 1n, 1n, 1n, 1n] })));
    assert.notEqual(header.dims[1], 3_000_000_000);
    const negative = new NIFTI2();
    negative.readHeader(copy(second({ dim: [2n, -2n, 2n, 1n, 1n, 1n, 1n, 1n] })));
    assert.notEqual(negative.dims[1], -2);
  });

  it('gives no rows of the sform where the qform has the larger code, and texts with what lies behind them', () => {
    const bytes = first({ codes: [2, 1] });
    bytes.write('made\0left over', 148, 'latin1');
    const header = new NIFTI1();
    header.readHeader(copy(bytes));
    assert.notDeepEqual(header.affine[1], [4, 5, 6, 7]);
    assert.equal(header.description, 'madeleft over');
  });
});
