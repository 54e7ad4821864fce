import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DatasetError } from '../../../src/method/errors';
import { describeFailure } from '../../../src/runner/failure';

describe('what a job says when it fails', () => {
  const system = (code: string, dest?: string) =>
    Object.assign(new Error(`${code}: something`), { code, path: '/data/from', dest });

  it('is the error itself, where this program has words for it', () => {
    const error = new DatasetError('label-missing', 'No label', { where: '/a', hint: 'Add it.', keyPath: ['labels'] });
    const { code, message, where, hint, keyPath } = describeFailure(error, '/log', false);
    assert.deepEqual([code, message, where, hint, keyPath], ['label-missing', 'No label', '/a', 'Add it.', ['labels']]);
  });

  it('tells what a refusal of the system means, and where', () => {
    const codes = ['ENOSPC', 'EDQUOT', 'EACCES', 'EROFS', 'ENOENT', 'ENOTDIR', 'EISDIR', 'EMFILE'];
    for (const code of codes) {
      const failure = describeFailure(system(code), '/log', false);
      assert.notEqual(failure.code, 'unexpected', code);
      assert.ok(failure.where === '/data/from' && failure.hint !== '', code);
    }
    assert.equal(describeFailure(system('EACCES', '/data/to'), '/log', false).where, '/data/to');
    assert.match(describeFailure(system('ENOSPC'), '/log', true).hint, /--resume/);
    assert.doesNotMatch(describeFailure(system('ENOSPC'), '/log', false).hint, /--resume/);
  });

  it('points to the log for a defect', () => {
    const failure = describeFailure(new TypeError('x is not a function'), '/log', false);
    assert.deepEqual([failure.code, failure.message, failure.where], ['unexpected', 'x is not a function', '/log']);
    assert.equal(describeFailure('nothing', '/log', false).message, 'nothing');
  });
});
