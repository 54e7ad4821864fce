import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readInput, schemaOf } from '../../../src/assistant/inputs';
import { assistantTools } from '../../../src/assistant/tools';
import type { NnunetError } from '../../../src/method/errors';

const inputs = {
  dataset: { type: 'string', description: 'which' },
  fold: { type: 'string', description: 'fold', pattern: '^(\\d|all)$', optional: true },
  engine: { type: 'string', description: 'engine', enum: ['native', 'onnx'], optional: true },
  count: { type: 'integer', description: 'how many', minimum: 1, maximum: 9, optional: true },
  deep: { type: 'boolean', description: 'deep', optional: true },
  folds: { type: 'array', description: 'folds', items: { type: 'string' }, minItems: 1, optional: true },
} as const;

describe('what an assistant gives to a tool', () => {
  it('is taken for what is meant', () => {
    assert.deepEqual(
      readInput(inputs, { dataset: 4, fold: 0, count: '3', deep: 'true', folds: [0, '1'], engine: null }),
      {
        dataset: '4',
        fold: '0',
        count: 3,
        deep: true,
        folds: ['0', '1'],
      },
    );
  });

  const refused: [given: unknown, said: RegExp][] = [
    [{}, /"dataset" is missing: which/],
    [undefined, /"dataset" is missing/],
    ['4', /must be an object/],
    [[], /must be an object/],
    [{ dataset: '' }, /not empty/],
    [{ dataset: {} }, /"dataset" must be a text/],
    [{ dataset: '4', datasett: 1 }, /"datasett" is not asked for\. Did you mean "dataset"/],
    [{ dataset: '4', fold: '-1' }, /"fold" must be of the form/],
    [{ dataset: '4', engine: 'cuda' }, /one of native, onnx/],
    [{ dataset: '4', count: 0 }, /from 1 to 9/],
    [{ dataset: '4', count: 1.5 }, /a whole number/],
    [{ dataset: '4', count: '' }, /a whole number/],
    [{ dataset: '4', deep: 1 }, /true or false/],
    [{ dataset: '4', folds: [] }, /a list that is not empty/],
  ];
  for (const [given, said] of refused) {
    it(`is refused where it is ${JSON.stringify(given)}`, () => {
      assert.throws(
        () => readInput(inputs, given),
        (error: NnunetError) => error.code === 'bad-input' && said.test(error.oneLine),
      );
    });
  }

  it('has a JSON schema without what only we say', () => {
    const schema = schemaOf(inputs);
    assert.deepEqual(schema.required, ['dataset']);
    assert.deepEqual(schema.properties.count, { type: 'integer', description: 'how many', minimum: 1, maximum: 9 });
    for (const tool of assistantTools) assert.ok(!JSON.stringify(tool.schema).includes('optional"'), tool.name);
  });
});
