import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorFromLine, errorFromObject, errorToLine, errorToObject } from '../../../src/method/errorObject';
import { DatasetError, UsageError } from '../../../src/method/errors';

describe('an error that goes from program to program', () => {
  it('arrives with its code, advice, place and key', () => {
    const error = new DatasetError('label-missing', 'Label 3 is missing', {
      hint: 'Add it.',
      where: 'dataset.json:3:5',
      keyPath: ['labels', 3],
    });
    const { code, message, hint, where, keyPath } = errorFromLine(errorToLine(error))!;
    assert.deepEqual(
      [code, message, hint, where, keyPath],
      ['label-missing', 'Label 3 is missing', 'Add it.', 'dataset.json:3:5', ['labels', 3]],
    );
  });

  it('is still one of usage, which has an exit code of its own', () => {
    const usage = errorFromObject(errorToObject(new UsageError('bad-fold', 'no fold')));
    assert.ok(usage instanceof UsageError);
    assert.ok(!(errorFromObject(errorToObject(new DatasetError('x', 'y'))) instanceof UsageError));
  });

  it('takes nothing for an error that is none', () => {
    for (const line of ['', 'warning: no', '{"type":"stage"}', '{"type":"error","code":1}', '{', '[]', 'null'])
      assert.equal(errorFromLine(line), undefined, line);
    for (const value of [undefined, null, 3, 'x', {}, { code: 'a' }]) assert.equal(errorFromObject(value), undefined);
    assert.equal(errorFromObject({ code: 'a', message: 'b', keyPath: [{}], where: 5 })?.keyPath, undefined);
  });
});
