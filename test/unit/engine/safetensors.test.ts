import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { SafetensorsFile, writeSafetensors, type TensorSource } from '../../../src/engine/safetensors';

let folder: string;
let file: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
  file = join(folder, 'model.safetensors');
});
after(() => rm(folder, { recursive: true }));

function raw(header: unknown, data = Buffer.alloc(16)): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

describe('safetensors files', () => {
  it('keep names, order, types, shapes, bytes and texts', async () => {
    const tensor = (dtype: TensorSource['dtype'], shape: number[], bytes: number[]): TensorSource => ({
      dtype,
      shape,
      read: () => Promise.resolve(Uint8Array.from(bytes)),
    });
    const tensors = new Map([
      ['b', tensor('float32', [1, 2], [1, 2, 3, 4, 5, 6, 7, 8])],
      ['a', tensor('int64', [], [9, 0, 0, 0, 0, 0, 0, 0])],
      ['__proto__', tensor('bool', [3], [0, 1, 0])],
      ['empty', tensor('float16', [0, 4], [])],
    ]);
    await writeSafetensors(file, { nnunet: '{"ä": 1}' }, tensors);
    assert.equal((await readFile(file)).readBigUInt64LE() % 8n, 0n);
    const found = await SafetensorsFile.open(file);
    assert.deepEqual(found.metadata, { nnunet: '{"ä": 1}' });
    assert.deepEqual([...found.tensors.keys()], [...tensors.keys()]);
    for (const [name, { dtype, shape, read }] of tensors) {
      const copy = found.tensors.get(name)!;
      assert.deepEqual([copy.dtype, copy.shape, await copy.read()], [dtype, shape, await read()]);
    }
    await found.close();
  });

  const f32 = (shape: unknown, offsets: unknown) => ({ x: { dtype: 'F32', shape, data_offsets: offsets } });
  const damaged: [string, Buffer][] = [
    ['an empty file', Buffer.alloc(0)],
    ['a header longer than the file', Buffer.from('ffffffffffffff7f00', 'hex')],
    ['a header that is no JSON', raw('{')],
    [
      'a header whose names are no text',
      Buffer.from(raw(f32([4], [0, 16])).map((byte) => (byte === 0x78 ? 0xff : byte))),
    ],
    ['a header that is a list', raw([])],
    ['a tensor beyond the end', raw(f32([5], [0, 20]))],
    ['a tensor whose bytes do not fill its shape', raw(f32([2], [0, 16]))],
    ['offsets in the wrong order', raw(f32([1], [8, 4]))],
    ['a negative shape', raw(f32([-1, -4], [0, 16]))],
    ['a shape that overflows', raw(f32([2 ** 52, 2 ** 52], [0, 16]))],
    ['an empty shape that overflows', raw(f32([0, ...new Array<number>(40).fill(2 ** 50)], [0, 0]))],
    ['an unknown type', raw({ x: { dtype: 'F4', shape: [4], data_offsets: [0, 16] } })],
    ['a tensor that is a number', raw({ x: 1 })],
    ['metadata that is no text', raw({ __metadata__: { a: 1 } })],
  ];
  for (const [name, bytes] of damaged) {
    it(`refuse ${name}`, async () => {
      await writeFile(file, bytes);
      await assert.rejects(SafetensorsFile.open(file), { code: 'bad-checkpoint' });
    });
  }

  it('say that a file is missing', async () => {
    await assert.rejects(SafetensorsFile.open(join(folder, 'absent')), { code: 'file-missing' });
  });
});
