import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  NumpyArray,
  OrderedDict,
  PickleFloat,
  PickleGlobal,
  StorageReference,
  TensorReference,
  TorchDevice,
  toPlain,
  tuple,
  type PickleValue,
} from '../../../src/engine/pickleValues';
import { readPickle } from '../../../src/engine/pickle';
import { writePickle } from '../../../src/engine/pickleWriter';

const removeComponents = new PickleGlobal(
  'nnunetv2.postprocessing.remove_connected_components',
  'remove_all_but_largest_component_from_segmentation',
);

/** A pickle in pieces: text as Latin-1, numbers as bytes. */
function pickle(...pieces: (string | number | Uint8Array)[]): Buffer {
  return Buffer.concat(
    pieces.map((piece) =>
      typeof piece === 'string' ? Buffer.from(piece, 'latin1') : typeof piece === 'number' ? Buffer.of(piece) : piece,
    ),
  );
}

describe('pickles', () => {
  const values: [string, PickleValue][] = [
    ['None, True, False', [null, true, false]],
    [
      'whole numbers',
      [0, 1, 255, 256, 65536, -1, -(2 ** 31), 2 ** 31, 2 ** 53 - 1, -(2 ** 53) + 1, 2n ** 70n, -(2n ** 64n)],
    ],
    ['floats', [0.1, -0, NaN, Infinity, 1e300]],
    ['texts', ['', 'Größe', '😀', 'a'.repeat(300)]],
    ['bytes', [new Uint8Array(0), Uint8Array.of(0, 255)]],
    ['tuples and lists', [tuple(), tuple(1), tuple(1, 2), tuple(1, 2, 3), tuple(1, 2, 3, 4), [[], [[1]]]]],
    [
      'dictionaries',
      new Map<PickleValue, PickleValue>([
        ['a', new Map()],
        [1, tuple(1)],
        [tuple(-1, 0, 1), 'x'],
      ]),
    ],
    [
      'an OrderedDict',
      new OrderedDict([
        ['b', 1],
        ['a', 2],
      ]),
    ],
    ['an array', new NumpyArray('<f8', [2, 1], new Uint8Array(16).fill(7))],
    ['an array of bytes', new NumpyArray('|u1', [3], Uint8Array.of(1, 2, 3))],
    ['devices', [new TorchDevice('cpu'), new TorchDevice('cuda', 1)]],
    [
      "the function of nnU-Net's postprocessing.pkl, by name",
      tuple([removeComponents], [new Map([['labels_or_regions', [1, 2]]])]),
    ],
  ];
  for (const [name, value] of values) {
    it(`keeps ${name}`, () => assert.deepEqual(readPickle(writePickle(value)), value));
  }

  it('keeps tensors that share a storage', () => {
    const storage = new StorageReference('0', 'float32', 6);
    const tensor = new TensorReference(storage, 2, [2, 2], [2, 1]);
    const value = new OrderedDict([
      ['a', tensor],
      ['b', tensor],
    ]);
    assert.deepEqual(readPickle(writePickle(value, 2), { storages: true }), value);
    assert.throws(() => readPickle(writePickle(value, 2)), { code: 'unsafe-pickle' });
  });

  it('writes marked floats as Python floats', () => {
    assert.deepEqual(writePickle(new PickleFloat(1), 2), pickle(0x80, 2, 'G', 0x3f, 0xf0, 0, 0, 0, 0, 0, 0, '.'));
    assert.equal(readPickle(writePickle(new PickleFloat(1))), 1);
  });

  it('becomes plain data for JSON', () => {
    const value = new Map<PickleValue, PickleValue>([
      ['__proto__', 1],
      [tuple(1, 2), [tuple(3), 2n ** 60n]],
    ]);
    const plain = toPlain(value) as Record<string, unknown>;
    assert.deepEqual(Object.entries(plain), [
      ['__proto__', 1],
      ['(1, 2)', [[3], 2 ** 60]],
    ]);
    assert.equal(Object.getPrototypeOf(plain), Object.prototype);
  });
});

describe('pickles that nobody should open', () => {
  const refused: [string, Buffer][] = [
    ['os.system', pickle(0x80, 2, 'cos\nsystem\n', 'X', 9, 0, 0, 0, 'rm -rf /x', 0x85, 'R.')],
    [
      'posix.system by STACK_GLOBAL',
      pickle(0x80, 4, 0x8c, 5, 'posix', 0x8c, 6, 'system', 0x93, 0x8c, 2, 'id', 0x85, 'R.'),
    ],
    ['builtins.eval', pickle(0x80, 2, 'cbuiltins\neval\n', 'X', 1, 0, 0, 0, '1', 0x85, 'R.')],
    ['a dangerous name that is never called', pickle(0x80, 2, '}X', 1, 0, 0, 0, 'a', 'cos\nsystem\n', 's.')],
    ['a name inside a harmless module', pickle(0x80, 2, 'ctorch._utils\n_rebuild_tensor_v2.__globals__\n.')],
    ['torch.load by name', pickle(0x80, 2, 'ctorch\nload\n.')],
    ['a call of a name that only stands for itself', pickle(0x80, 2, 'cnumpy\nndarray\n', ')R.')],
    ['a call of nnU-Net’s function', pickle(0x80, 2, `c${removeComponents.module}\n${removeComponents.name}\n`, ')R.')],
    ['INST', pickle(0x80, 2, '(ios\nsystem\n.')],
    ['OBJ', pickle(0x80, 2, '(ccollections\nOrderedDict\no.')],
    ['NEWOBJ', pickle(0x80, 2, 'ccollections\nOrderedDict\n)', 0x81, '.')],
    ['EXT1', pickle(0x80, 2, 0x82, 1, '.')],
    ['PERSID', pickle(0x80, 2, 'Pfile\n.')],
    ['bytes(n), which fills memory', pickle(0x80, 2, 'c__builtin__\nbytes\n', 'J', 0xff, 0xff, 0xff, 0x7f, 0x85, 'R.')],
    ['a state for something that has none', pickle(0x80, 2, ']}b.')],
  ];
  for (const [name, bytes] of refused) {
    it(`refuses ${name}`, () => assert.throws(() => readPickle(bytes), { code: 'unsafe-pickle' }));
  }

  it('names the function and says what to do', () => {
    assert.throws(
      () => readPickle(refused[0]![1]),
      (error: { message: string; hint: string }) => /"os\.system"/.test(error.message) && error.hint.length > 0,
    );
  });

  const array = (state: Uint8Array) =>
    pickle(
      0x80,
      3,
      'cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n',
      'K',
      0,
      0x85,
      'C',
      1,
      'b',
      0x87,
      'R',
      state,
      'b.',
    );
  const f8 = pickle(
    'cnumpy\ndtype\nX',
    2,
    0,
    0,
    0,
    'f8',
    0x89,
    0x88,
    0x87,
    'R(K',
    3,
    'X',
    1,
    0,
    0,
    0,
    '<NNNJ',
    255,
    255,
    255,
    255,
    'J',
    255,
    255,
    255,
    255,
    'K',
    0,
    'tb',
  );
  const bomb = pickle(
    0x80,
    2,
    ']q',
    0,
    ...Array.from({ length: 40 }, (_, i) => [']q', i + 1, '(h', i, 'h', i, 'e']).flat(),
    '.',
  );
  const damaged: [string, Uint8Array][] = [
    ['nothing', Buffer.alloc(0)],
    ['a text', Buffer.from('hello')],
    ['protocol 0', Buffer.from('I1\n.')],
    ['a protocol to come', pickle(0x80, 6, 'N.')],
    ['no end', pickle(0x80, 2, 'N')],
    ['an end on an empty stack', pickle(0x80, 2, '.')],
    ['a tuple of an empty stack', pickle(0x80, 2, 0x87, '.')],
    ['a call that reaches below its mark', pickle(0x80, 2, 'ccollections\nOrderedDict\n(R.')],
    ['items without a mark', pickle(0x80, 2, ']e.')],
    ['items for a tuple', pickle(0x80, 2, ')(K', 1, 'e.')],
    ['entries for a list', pickle(0x80, 2, '](K', 1, 'K', 2, 'u.')],
    ['an odd number of entries', pickle(0x80, 2, '}(K', 1, 'u.')],
    ['an open mark', pickle(0x80, 2, 'N(N.')],
    ['a memo entry that is missing', pickle(0x80, 2, 'j', 255, 255, 255, 127, '.')],
    ['a text longer than the file', pickle(0x80, 2, 'X', 255, 255, 255, 127, 'a.')],
    ['bytes of 2^63', pickle(0x80, 4, 0x8e, 0, 0, 0, 0, 0, 0, 0, 128, '.')],
    ['a huge whole number', pickle(0x80, 2, 0x8b, 0, 1, 0, 0, Buffer.alloc(256, 1), '.')],
    ['an unknown operation', pickle(0x80, 2, 0xff, '.')],
    ['a list that contains itself', pickle(0x80, 2, ']q', 0, 'h', 0, 'a.')],
    ['a dictionary that contains itself', pickle(0x80, 2, '}q', 0, 'K', 1, 'h', 0, 's.')],
    ['10000 nested lists', pickle(0x80, 2, ']'.repeat(10001), 'a'.repeat(10000), '.')],
    ['10000 open marks', pickle(0x80, 2, '('.repeat(10000), '.')],
    ['2^40 values by references', bomb],
    [
      'an array larger than its bytes',
      array(pickle('(K', 1, 'J', 255, 255, 255, 127, 0x85, f8, 0x89, 'C', 8, '12345678', 't')),
    ],
    ['an array without a type', array(pickle('(K', 1, 'K', 1, 0x85, 'N', 0x89, 'C', 8, '12345678', 't'))],
  ];
  for (const [name, bytes] of damaged) {
    it(`refuses ${name}`, () => assert.throws(() => readPickle(bytes), { code: 'broken-pickle' }));
  }

  it('refuses arrays of Python objects', () => {
    const objects = pickle(0x80, 2, 'cnumpy\ndtype\nX', 2, 0, 0, 0, 'O8', 0x89, 0x88, 0x87, 'R.');
    assert.throws(() => readPickle(objects), { code: 'unsupported-pickle' });
  });

  it('refuses tensors that reach beyond their storage', () => {
    const storage = new StorageReference('0', 'float32', 4);
    for (const [offset, shape, strides] of [
      [1, [4], [1]],
      [0, [2, 2], [100, 1]],
      [0, [1e9], [0]],
    ] as [number, number[], number[]][]) {
      const bytes = writePickle(new TensorReference(storage, offset, shape, strides), 2);
      assert.throws(() => readPickle(bytes, { storages: true }), { code: 'broken-pickle' });
    }
  });

  it('survives every truncation and any single wrong byte of a real pickle', () => {
    const good = writePickle(
      new Map<PickleValue, PickleValue>([
        ['a', new NumpyArray('<i2', [2], new Uint8Array(4))],
        ['b', [1.5, tuple(1)]],
      ]),
    );
    for (let length = 0; length < good.length; length++) {
      assert.throws(() => readPickle(good.subarray(0, length)), { code: 'broken-pickle' });
    }
    for (let index = 0; index < good.length; index++) {
      for (const flip of [1, 8, 128, 255]) {
        const bad = Buffer.from(good);
        bad[index]! ^= flip;
        try {
          readPickle(bad);
        } catch (error) {
          assert.match((error as { code: string }).code ?? String(error), /^(broken|unsafe|unsupported)-pickle$/);
        }
      }
    }
  });
});
