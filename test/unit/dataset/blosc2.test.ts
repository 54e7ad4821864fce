import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readBlosc2, readBlosc2Header } from '../../../src/dataset/blosc2';
import { writeBlosc2 } from '../../../src/dataset/blosc2Writer';
import { packLz4, unpackLz4 } from '../../../src/dataset/bloscCodecs';
import { blockLayout } from '../../../src/dataset/bloscLayout';
import { npyArray, type NpyArray, type NpyDtype } from '../../../src/dataset/npy';
import { filled, notANumber, packed } from './blosc2Examples';

let folder: string;
let file: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'blosc2-'));
  file = join(folder, 'case.b2nd');
});
after(() => rm(folder, { recursive: true }));

/** What the examples hold: ((3z + ⌊y/3⌋ + ⌊x/7⌋) mod 5) - 1. */
function pattern(shape: [number, number, number]): NpyArray {
  const data = new Int16Array(shape[0] * shape[1] * shape[2]);
  for (let z = 0, at = 0; z < shape[0]; z++) {
    for (let y = 0; y < shape[1]; y++) {
      for (let x = 0; x < shape[2]; x++) data[at++] = ((z * 3 + Math.floor(y / 3) + Math.floor(x / 7)) % 5) - 1;
    }
  }
  return npyArray(data, shape);
}

describe('Blosc2 arrays', () => {
  for (const [name, base64] of Object.entries(packed)) {
    it(`reads ${name}`, async () => {
      await writeFile(file, Buffer.from(base64, 'base64'));
      assert.deepEqual(await readBlosc2(file), pattern([4, 9, 40]));
      const layout = { chunkShape: [3, 9, 25], blockShape: [2, 9, 16] };
      assert.deepEqual(await readBlosc2Header(file), { dtype: 'int16', shape: [4, 9, 40], ...layout });
    });

    it(`refuses ${name} when cut off at any byte, and never fails otherwise when a byte is wrong`, async () => {
      const good = Buffer.from(base64, 'base64');
      for (let length = 0; length < good.length - 35; length += 7) {
        await writeFile(file, good.subarray(0, length));
        await assert.rejects(readBlosc2(file), { code: 'broken-blosc2' });
      }
      for (let at = 2; at < good.length; at += 3) {
        const bad = Buffer.from(good);
        bad[at]! ^= 0x81;
        await writeFile(file, bad);
        await readBlosc2(file).catch((error: { code?: string }) =>
          assert.match(error.code ?? String(error), /^(broken|unsupported)-blosc2$/, `byte ${at}`),
        );
      }
    });
  }

  it('reads chunks of one repeated value and of NaN', async () => {
    await writeFile(file, Buffer.from(filled, 'base64'));
    assert.deepEqual((await readBlosc2(file)).data, new Int16Array(4 * 9 * 40).fill(-3));
    await writeFile(file, Buffer.from(notANumber, 'base64'));
    assert.deepEqual((await readBlosc2(file)).data, new Float32Array(4 * 9 * 40).fill(NaN));
  });

  const noise = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(i * i) * 1000);
  const arrays: [string, NpyArray, number[]?][] = [
    ['an image', npyArray(noise(2 * 30 * 31 * 33), [2, 30, 31, 33]), [16, 16, 16]],
    ['a 2D image', npyArray(noise(3 * 40 * 50), [1, 3, 40, 50]), [32, 32]],
    ['labels', pattern([70, 35, 80])],
    ['a mask for the next stage', npyArray(new Uint8Array(20 * 30 * 40).fill(1, 5000, 9000), [20, 30, 40])],
    ['zeros', npyArray(new Float32Array(40 * 40 * 40), [1, 40, 40, 40]), [8, 8, 8]],
    ['one voxel', npyArray(Float64Array.of(1.5), [1, 1, 1, 1])],
    [
      'a line',
      npyArray(
        BigInt64Array.from({ length: 1000 }, (_, i) => BigInt(i)),
        [1000],
      ),
    ],
    [
      'half floats',
      npyArray(new Uint16Array(noise(4000).buffer.slice(0, 8000)), [4, 10, 10, 10], 'float16' as NpyDtype),
    ],
  ];
  for (const [name, array, patch] of arrays) {
    it(`writes and reads ${name}`, async () => {
      await writeBlosc2(file, array, patch);
      assert.deepEqual(await readBlosc2(file), array);
    });
  }

  it('packs what repeats and never grows what does not', async () => {
    await writeBlosc2(file, pattern([70, 35, 80]));
    assert.ok((await stat(file)).size < (70 * 35 * 80 * 2) / 10);
    const array = npyArray(noise(32 * 32 * 32), [1, 32, 32, 32]);
    await writeBlosc2(file, array);
    assert.ok((await stat(file)).size < 32 ** 3 * 4 + 1000);
  });

  it('says when a file is something else', async () => {
    await writeFile(file, 'x'.repeat(200));
    await assert.rejects(readBlosc2(file), { code: 'broken-blosc2' });
    await assert.rejects(readBlosc2(join(folder, 'absent.b2nd')), { code: 'file-missing' });
  });

  it('names a codec that it does not know', async () => {
    const bytes = Buffer.from(packed['LZ4, no filter, one stream']!, 'base64');
    const chunk = bytes.readInt32BE(11);
    bytes[chunk + 2]! |= 0xe0;
    await writeFile(file, bytes);
    await assert.rejects(readBlosc2(file), { code: 'unsupported-blosc2' });
  });
});

describe('how arrays are cut', () => {
  it('keeps blocks in 128 KiB and chunks in 6 MiB, powers of two in a block', () => {
    const { chunkShape, blockShape } = blockLayout([2, 500, 500, 500], 4, [128, 128, 128]);
    assert.deepEqual(blockShape, [1, 32, 32, 32]);
    assert.deepEqual(chunkShape, [1, 128, 128, 96]);
  });
  it('takes slices one by one for a 2D patch', () => {
    assert.deepEqual(blockLayout([1, 300, 512, 512], 4, [512, 512]), {
      chunkShape: [1, 1, 512, 512],
      blockShape: [1, 1, 256, 128],
    });
  });
});

describe('LZ4', () => {
  it('unpacks to the bytes that were packed, whatever they are', () => {
    for (let seed = 1; seed < 300; seed++) {
      let state = seed;
      const next = (below: number) => (state = (state * 48271) % 2147483647) % below;
      const bytes = Buffer.concat(
        Array.from({ length: next(40) }, () =>
          Buffer.alloc(next(400), next(3) ? next(256) : Buffer.from([next(9), next(5)])),
        ),
      );
      const small = packLz4(bytes);
      if (!small) continue;
      assert.ok(small.length < bytes.length);
      const target = new Uint8Array(bytes.length);
      unpackLz4(small, target);
      assert.deepEqual(Buffer.from(target), bytes);
    }
  });
});
