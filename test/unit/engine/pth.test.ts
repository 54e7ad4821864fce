import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  contiguousStrides,
  StorageReference,
  TensorReference,
  type PickleValue,
} from '../../../src/engine/pickleValues';
import { writePickle } from '../../../src/engine/pickleWriter';
import { PthFile } from '../../../src/engine/pth';
import { writePth } from '../../../src/engine/pthWriter';
import type { TensorSource } from '../../../src/engine/safetensors';
import { craftedZip, type Part } from './craftedZip';

let folder: string;
let file: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pth-'));
  file = join(folder, 'model.pth');
});
after(() => rm(folder, { recursive: true }));

const floats = Float32Array.from({ length: 24 }, (_, i) => i);

function source(values: Float32Array): TensorSource {
  return { dtype: 'float32', shape: [values.length], read: () => Promise.resolve(new Uint8Array(values.buffer)) };
}

function reference(shape: number[], strides = contiguousStrides(shape), offset = 0, key = '0'): TensorReference {
  return new TensorReference(new StorageReference(key, 'float32', 24), offset, shape, strides);
}

async function tensorValues(value: PickleValue): Promise<number[]> {
  await writePth(file, value, [source(floats)]);
  const pth = await PthFile.open(file);
  try {
    const bytes = await pth.tensor(pth.value as TensorReference).read();
    return [...new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)];
  } finally {
    await pth.close();
  }
}

const pickled = (value: PickleValue): Part => ({ name: 'a/data.pkl', data: writePickle(value, 2) });
const storage = (changes: Partial<Part> = {}): Part => ({
  name: 'a/data/0',
  data: Buffer.from(floats.buffer),
  ...changes,
});

async function openAndRead(): Promise<void> {
  const pth = await PthFile.open(file);
  try {
    if (pth.value instanceof TensorReference) await pth.tensor(pth.value).read();
  } finally {
    await pth.close();
  }
}

describe('.pth files', () => {
  it('give whole tensors, parts and transposed views', async () => {
    assert.deepEqual(await tensorValues(reference([2, 3, 4])), [...floats]);
    assert.deepEqual(await tensorValues(reference([2, 2], [2, 1], 5)), [5, 6, 7, 8]);
    assert.deepEqual(await tensorValues(reference([4, 2], [1, 4], 8)), [8, 12, 9, 13, 10, 14, 11, 15]);
    assert.deepEqual(await tensorValues(reference([], [], 7)), [7]);
    assert.deepEqual(await tensorValues(reference([0, 3])), []);
  });

  it('are laid out as torch.save does: names, order, 64-byte alignment, no packing', async () => {
    await writePth(file, [reference([24]), reference([2, 12])], [source(floats)]);
    const bytes = await readFile(file);
    const names = [];
    for (let at = 0; bytes.readUInt32LE(at) === 0x04034b50;) {
      const [nameBytes, extraBytes, dataBytes] = [
        bytes.readUInt16LE(at + 26),
        bytes.readUInt16LE(at + 28),
        bytes.readUInt32LE(at + 18),
      ];
      const data = at + 30 + nameBytes + extraBytes;
      assert.equal(data % 64, 0);
      assert.equal(bytes.readUInt16LE(at + 8), 0);
      names.push(bytes.toString('latin1', at + 30, at + 30 + nameBytes));
      at = data + dataBytes;
    }
    const expected = [
      'data.pkl',
      '.format_version',
      '.storage_alignment',
      'byteorder',
      'data/0',
      'version',
      '.data/serialization_id',
    ];
    assert.deepEqual(
      names,
      expected.map((name) => `archive/${name}`),
    );
  });

  it('keep the old file when a tensor fails, and leave no temporary one', async () => {
    await writePth(file, 1, []);
    const failing: TensorSource = { dtype: 'float32', shape: [1], read: () => Promise.reject(new Error('gone')) };
    await assert.rejects(writePth(file, 2, [failing]), /gone/);
    const pth = await PthFile.open(file);
    assert.equal(pth.value, 1);
    await pth.close();
    assert.deepEqual(await readdir(folder), ['model.pth']);
  });

  const refused: [string, string, Part[]][] = [
    [
      'a pickle that calls os.system',
      'unsafe-pickle',
      [{ name: 'a/data.pkl', data: Buffer.from('\x80\x02cos\nsystem\nX\x01\x00\x00\x00x\x85R.', 'latin1') }],
    ],
    ['a damaged pickle', 'broken-pickle', [{ name: 'a/data.pkl', data: Buffer.from('\x80\x02]', 'latin1') }]],
    ['an archive without pickle', 'bad-checkpoint', [storage()]],
    ['big-endian storages', 'bad-checkpoint', [pickled(1), { name: 'a/byteorder', data: Buffer.from('big') }]],
    ['a storage that is missing', 'bad-checkpoint', [pickled(reference([24]))]],
    ['a storage of the wrong size', 'bad-checkpoint', [pickled(reference([24])), storage({ data: Buffer.alloc(4) })]],
    ['a storage that was packed', 'compressed-checkpoint', [pickled(reference([24])), storage({ deflate: true })]],
    ['a wrong check sum of a storage', 'broken-zip', [pickled(reference([24])), storage({ crc: 1 })]],
    ['a wrong check sum of the pickle', 'broken-zip', [{ ...pickled(1), crc: 1 }]],
    ['a name that leads outside', 'unsafe-zip', [{ name: '../data.pkl', data: Buffer.from('N') }]],
    ['an absolute name', 'unsafe-zip', [{ name: '/etc/data.pkl', data: Buffer.from('N') }]],
    ['an entry that claims 4 GB', 'broken-zip', [pickled(1), storage({ claimed: 4_000_000_000 })]],
    ['a packed entry that claims 4 GB', 'broken-zip', [{ ...pickled(1), deflate: true, claimed: 4_000_000_000 }]],
    [
      'a packed entry that claims too little',
      'broken-zip',
      [{ ...pickled('x'.repeat(5000)), deflate: true, claimed: 100 }],
    ],
    ['a name that occurs twice', 'broken-zip', [pickled(1), pickled(2)]],
  ];
  for (const [name, code, parts] of refused) {
    it(`refuse ${name}`, async () => {
      await writeFile(file, craftedZip(parts));
      await assert.rejects(openAndRead(), (error: { code: string; where: string; hint: string }) => {
        assert.equal(error.code, code);
        assert.ok(error.where.startsWith(file) && error.hint.length > 0);
        return true;
      });
    });
  }

  it('refuse every truncation, whatever is left', async () => {
    await writePth(file, reference([24]), [source(floats)]);
    const bytes = await readFile(file);
    for (let length = 0; length < bytes.length; length += 13) {
      await writeFile(file, bytes);
      await truncate(file, length);
      await assert.rejects(openAndRead(), (error: { code: string }) =>
        /^(broken-zip|bad-checkpoint)$/.test(error.code),
      );
    }
  });

  it('say what to do about the format of old PyTorch, other files and missing ones', async () => {
    await writeFile(file, Buffer.from('\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.', 'latin1'));
    await assert.rejects(openAndRead(), { code: 'legacy-checkpoint' });
    await writeFile(file, 'hello');
    await assert.rejects(openAndRead(), { code: 'bad-checkpoint' });
    await assert.rejects(PthFile.open(join(folder, 'absent.pth')), { code: 'file-missing' });
    await assert.rejects(PthFile.open(folder), { code: 'is-a-folder' });
  });
});
