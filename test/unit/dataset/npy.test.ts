import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  npyArray,
  readNpy,
  readNpyHeader,
  toArray,
  writeNpy,
  writeNpyParts,
  type NpyDtype,
} from '../../../src/dataset/npy';
import { readNpz, writeNpz } from '../../../src/dataset/npz';

let folder: string;
before(async () => void (folder = await mkdtemp(join(tmpdir(), 'npy-'))));
after(() => rm(folder, { recursive: true }));

const examples: [NpyDtype, ReturnType<typeof npyArray>['data']][] = [
  ['float16', Uint16Array.of(0x3c00, 0xc000, 0x7e00, 1, 2, 3)],
  ['float32', Float32Array.of(1.5, -0, NaN, Infinity, 2e-45, 6)],
  ['float64', Float64Array.of(Math.PI, -1e300, 0, 1, 2, 3)],
  ['int8', Int8Array.of(-128, 127, 0, 1, 2, 3)],
  ['int16', Int16Array.of(-32768, 32767, -1, 1, 2, 3)],
  ['int32', Int32Array.of(-(2 ** 31), 2 ** 31 - 1, -1, 1, 2, 3)],
  ['int64', BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n, -1n, 1n, 2n, 3n)],
  ['uint8', Uint8Array.of(255, 0, 1, 2, 3, 4)],
  ['uint16', Uint16Array.of(65535, 0, 1, 2, 3, 4)],
  ['uint32', Uint32Array.of(2 ** 32 - 1, 0, 1, 2, 3, 4)],
  ['bool', Uint8Array.of(0, 1, 1, 0, 0, 1)],
];

describe('.npy', () => {
  for (const [dtype, data] of examples) {
    it(`keeps ${dtype} to the bit`, async () => {
      const file = join(folder, `${dtype}.npy`);
      await writeNpy(file, npyArray(data, [2, 1, 3], dtype));
      assert.deepEqual(await readNpy(file), { dtype, shape: [2, 1, 3], data });
    });
  }

  it('aligns the elements at 64 bytes, writes numpy-style shapes and leaves no temporary file', async () => {
    const file = join(folder, 'shape.npy');
    await writeNpy(file, npyArray(new Float32Array(3), [3]));
    const { dataOffset, shape } = await readNpyHeader(file);
    assert.equal(dataOffset % 64, 0);
    assert.deepEqual(shape, [3]);
    assert.match(await readFile(file, 'latin1'), /'shape': \(3,\), }/);
    await writeNpy(file, npyArray(Float32Array.of(7), []));
    assert.deepEqual((await readNpy(file)).shape, []);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith('.tmp')),
      [],
    );
  });

  it('reads big-endian and Fortran-ordered arrays as C order, little endian', () => {
    const header = { dtype: 'int16' as const, shape: [2, 3], bigEndian: true, fortranOrder: true };
    const bytes = Uint8Array.of(0, 1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6);
    assert.deepEqual(toArray(header, bytes).data, Int16Array.of(1, 2, 3, 4, 5, 6));
  });

  it('writes part by part, and refuses parts that do not fill the shape without touching the old file', async () => {
    const file = join(folder, 'parts.npy');
    await writeNpyParts(file, 'int16', [2, 2], [Int16Array.of(1, 2), Int16Array.of(3, 4)]);
    await assert.rejects(writeNpyParts(file, 'int16', [2, 2], [Int16Array.of(9)]), RangeError);
    assert.deepEqual((await readNpy(file)).data, Int16Array.of(1, 2, 3, 4));
  });

  it('refuses truncated files, other files, text arrays and absurd shapes by code', async () => {
    const file = join(folder, 'bad.npy');
    await writeNpy(file, npyArray(new Float32Array(100), [100]));
    await truncate(file, 200);
    await assert.rejects(readNpy(file), { code: 'npy-truncated' });
    await truncate(file, 5);
    await assert.rejects(readNpy(file), { code: 'not-npy' });
    const write = async (header: string) => {
      const head = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1');
      head.writeUInt16LE(header.length, 8);
      await writeFile(file, Buffer.concat([head, Buffer.from(header)]));
    };
    await write(`{'descr': '|O', 'fortran_order': False, 'shape': (3,), }\n`);
    await assert.rejects(readNpy(file), { code: 'unsupported-npy' });
    await write(`{'descr': '<f8', 'fortran_order': False, 'shape': (99999, 99999, 99999), }\n`);
    await assert.rejects(readNpy(file), { code: 'npy-too-large' });
    await write(`{'descr': '<f8', 'fortran_order': False, 'shape': (0, ${'9'.repeat(400)}), }\n`);
    await assert.rejects(readNpy(file), { code: 'npy-too-large' });
    await assert.rejects(readNpy(join(folder, 'absent.npy')), { code: 'file-missing' });
  });
});

describe('.npz', () => {
  const arrays = {
    probabilities: npyArray(
      Float32Array.from({ length: 5000 }, (_, i) => Math.floor(i / 100)),
      [2, 50, 50],
    ),
    seg: npyArray(Int8Array.of(-1, 0, 1), [3]),
  };
  for (const compress of [true, false]) {
    it(`keeps arrays by name ${compress ? 'deflated' : 'stored'}`, async () => {
      const file = join(folder, 'case.npz');
      await writeNpz(file, arrays, compress);
      assert.deepEqual(await readNpz(file), arrays);
      assert.deepEqual(await readNpz(file, ['seg']), { seg: arrays.seg });
      assert.equal((await readFile(file)).length < 5000, compress);
    });
    it(`notices a flipped byte in ${compress ? 'deflated' : 'stored'} data`, async () => {
      const file = join(folder, 'flipped.npz');
      await writeNpz(file, arrays, compress);
      const bytes = await readFile(file);
      bytes[compress ? 120 : 4000]! ^= 4;
      await writeFile(file, bytes);
      await assert.rejects(readNpz(file), { code: 'broken-zip' });
    });
  }

  it('refuses a truncated archive', async () => {
    const file = join(folder, 'short.npz');
    await writeNpz(file, arrays, true);
    await truncate(file, 300);
    await assert.rejects(readNpz(file), { code: 'broken-zip' });
  });
});
