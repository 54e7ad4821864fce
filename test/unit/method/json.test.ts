import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NnunetError } from '../../../src/method/errors';
import { JsonError, keysInFileOrder, parseJson } from '../../../src/method/jsonReader';
import { pyFloat, stringifyJson } from '../../../src/method/jsonWriter';
import { pythonFloatText } from '../../../src/method/jsonWriter';

function errorOf(text: string): JsonError {
  try {
    parseJson(text, 'plans.json');
  } catch (error) {
    assert.ok(error instanceof JsonError && error instanceof NnunetError);
    return error;
  }
  assert.fail('no error was thrown');
}

describe('reading JSON', () => {
  it('reads what JSON.parse reads', () => {
    const text = '{"a": [1, -2.5e3, true, false, null, "\\u00e9\\n\\\\"], "b": {}, "c": [], "d": "plain"}';
    assert.deepEqual(parseJson(text), JSON.parse(text));
  });

  it('reads NaN and the infinities as Python writes them', () => {
    assert.deepEqual(parseJson('[NaN, Infinity, -Infinity]'), [NaN, Infinity, -Infinity]);
  });

  it('refuses a repeated key, with both lines', () => {
    const error = errorOf('{\n "ignore": 4,\n "b": 1,\n "ignore": 5\n}');
    assert.equal(error.code, 'json-repeated-key');
    assert.match(error.message, /"ignore" stands in line 2 and again in line 4/);
    assert.deepEqual([error.line, error.column], [4, 2]);
    assert.match(errorOf('{"a": 1, "\\u0061": 2}').message, /"a" stands twice in line 1/);
    assert.deepEqual(parseJson('[{"a": 1}, {"a": {"a": 2}}]'), [{ a: 1 }, { a: { a: 2 } }]);
  });

  it('treats __proto__ as an ordinary key', () => {
    const value = parseJson('{"__proto__": {"polluted": true}}') as Record<string, unknown>;
    assert.deepEqual(Object.keys(value), ['__proto__']);
    assert.equal((value as { polluted?: boolean }).polluted, undefined);
  });

  it('names file, line and column of a mistake', () => {
    const error = errorOf('{\n    "a": 1,\n    b: 2\n}');
    assert.equal(error.code, 'json-invalid');
    assert.equal(error.where, 'plans.json:3:5');
    assert.deepEqual([error.line, error.column], [3, 5]);
    assert.match(error.message, /a key in double quotes/);
  });

  it('says after which line a comma is missing', () => {
    const error = errorOf('{\n    "a": 1\n\n    "b": 2\n}');
    assert.equal(error.code, 'json-comma');
    assert.match(error.message, /^Comma missing after line 2$/);
    assert.equal(error.where, 'plans.json:2:11');
    assert.match(errorOf('[1 2]').message, /missing before 2/);
    assert.match(errorOf('{"a": 1 nonsense}').message, /"," or "}"/);
  });

  it('says that a file is not stored as UTF-8', () => {
    const utf16 = (text: string) => Buffer.from(text, 'utf16le').toString('utf8');
    const bigEndian = (text: string) => Buffer.from(text, 'utf16le').swap16().toString('utf8');
    for (const text of [utf16('\ufeff{}'), utf16('{}'), bigEndian('\ufeff{}'), bigEndian('{}')]) {
      assert.equal(errorOf(text).code, 'json-encoding');
      assert.match(errorOf(text).message, /UTF-16/);
    }
    assert.match(errorOf('\ufeff{}').hint, /UTF-8 without BOM/);
  });

  it('refuses comments, trailing commas, empty files and text after the end', () => {
    assert.equal(errorOf('{\n  // the channel\n "a": 1}').code, 'json-comment');
    assert.equal(errorOf('{"a": 1 /* one */}').code, 'json-comment');
    assert.equal(errorOf('{"a": 1,}').code, 'json-trailing-comma');
    assert.equal(errorOf('[1, 2,\n]').where, 'plans.json:1:6');
    assert.equal(errorOf(' \n').code, 'json-empty');
    assert.match(errorOf('{} {}').message, /after the end/);
  });

  it('says what to write instead of Python words and single quotes', () => {
    assert.equal(errorOf('{"a": True}').hint, 'Write true.');
    assert.equal(errorOf('{"a": None}').hint, 'Write null.');
    assert.match(errorOf("{'a': 1}").message, /double quotes/);
    assert.match(errorOf('{"path": "C:\\data"}').message, /"\\d" means nothing/);
  });

  it('refuses cut-off text, numbers that are none, control characters and a byte order mark', () => {
    for (const text of [
      '{"a": ',
      '"open',
      '[01]',
      '[.5]',
      '[1.]',
      '[+1]',
      '[-]',
      '"a\nb"',
      '\ufeff{}',
      '[--Infinity]',
    ]) {
      assert.match(errorOf(text).code, /^json-/, JSON.stringify(text));
    }
  });

  it('refuses endless nesting with an error instead of a crash', () => {
    assert.match(errorOf('['.repeat(100_000)).message, /nested/);
  });

  it('knows the order in which keys stood in the file', () => {
    const labels = parseJson('{"background": 0, "2": 2, "1": 1}') as Record<string, unknown>;
    assert.deepEqual(keysInFileOrder(labels), ['background', '2', '1']);
    labels.later = 3;
    delete labels['2'];
    assert.deepEqual(keysInFileOrder(labels), ['background', '1', 'later']);
  });
});

describe('writing JSON as Python does', () => {
  it('indents by four, keeps empty containers on one line and ends without a newline', () => {
    assert.equal(stringifyJson({ a: [1, []], b: {} }), '{\n    "a": [\n        1,\n        []\n    ],\n    "b": {}\n}');
  });

  it('writes floats by repr', () => {
    const expected: [number, string][] = [
      [1, '1.0'],
      [-0, '-0.0'],
      [0.1, '0.1'],
      [1e-4, '0.0001'],
      [1e-5, '1e-05'],
      [1.5e-7, '1.5e-07'],
      [1e15, '1000000000000000.0'],
      [1e16, '1e+16'],
      [123456789012345680, '1.2345678901234568e+17'],
      [1.7976931348623157e308, '1.7976931348623157e+308'],
      [5e-324, '5e-324'],
      [0.7801485061645508, '0.7801485061645508'],
      [NaN, 'NaN'],
      [-Infinity, '-Infinity'],
    ];
    for (const [value, text] of expected) assert.equal(pythonFloatText(value), text);
  });

  it('writes whole numbers as integers unless they are marked as floats', () => {
    assert.equal(stringifyJson([2, 1e21]), '[\n    2,\n    1000000000000000000000\n]');
    const marked = pyFloat({ spacing: [2, 0.5], unit: 'mm' });
    assert.equal(stringifyJson(marked).replace(/\s/g, ''), '{"spacing":[2.0,0.5],"unit":"mm"}');
  });

  it('writes ASCII only', () => {
    assert.equal(stringifyJson('King’s "\u007f\\\n😀'), '"King\\u2019s \\"\\u007f\\\\\\n\\ud83d\\ude00"');
  });

  it('sorts keys by code point when asked, at every depth', () => {
    assert.equal(
      stringifyJson({ b: { z: 1, Z: 2 }, '10': 0, '9': 1 }, { sortKeys: true }).replace(/\s/g, ''),
      '{"10":0,"9":1,"b":{"Z":2,"z":1}}',
    );
  });

  it('gives back a file it read, floats and key order included', () => {
    const text = '{\n    "2": 1.0,\n    "1": [\n        1,\n        2.0,\n        -0.0\n    ],\n    "m": NaN\n}';
    const value = parseJson(text) as Record<string, unknown>;
    assert.equal(stringifyJson(value), text);
    value['2'] = 3;
    assert.match(stringifyJson(value), /"2": 3\.0/);
  });

  it('leaves out keys without a value', () => {
    assert.equal(stringifyJson({ a: undefined }), '{}');
  });
});
