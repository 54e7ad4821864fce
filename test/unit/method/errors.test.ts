import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DatasetError, NnunetError } from '../../../src/method/errors';

describe('an error for the user', () => {
  it('is one line that says what, where and what to do', () => {
    const error = new DatasetError('label-missing', 'Label 3 is missing.', { where: 'a.nii.gz', hint: 'Add\nit.' });
    assert.equal(error.oneLine, 'Label 3 is missing (a.nii.gz). Add it.');
    assert.equal(new NnunetError('x', 'It failed').oneLine, 'It failed.');
  });

  it('is told apart by class and code, and keeps its cause', () => {
    const cause = new Error('ENOENT');
    const error = new DatasetError('label-missing', 'no', { cause });
    assert.ok(error instanceof NnunetError && error instanceof Error);
    assert.deepEqual(
      [error.name, error.code, error.hint, error.where],
      ['DatasetError', 'label-missing', '', undefined],
    );
    assert.equal(error.cause, cause);
  });
});
