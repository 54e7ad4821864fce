import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { movesTo } from '../../../../src/vscode/jobs/queueOrder';

describe('dragging in the queue', () => {
  const queue = ['a', 'b', 'c', 'd', 'e'];
  const after = (dragged: string[], target?: string, toFront?: boolean): string => {
    const order = [...queue];
    for (const { id, places } of movesTo(queue, dragged, target, toFront)) {
      const from = order.indexOf(id);
      order.splice(from, 1);
      order.splice(from + places, 0, id);
    }
    return order.join('');
  };

  it('puts entries where they are dropped, in their order', () => {
    assert.equal(after(['a'], 'c'), 'bcade');
    assert.equal(after(['d'], 'b'), 'adbce');
    assert.equal(after(['a', 'b'], 'd'), 'cdabe');
    assert.equal(after(['d', 'e'], 'b'), 'adebc');
  });

  it('puts them last below the list, and first on what runs', () => {
    assert.equal(after(['b', 'a']), 'cdeab');
    assert.equal(after(['d', 'e'], undefined, true), 'deabc');
    assert.equal(after(['b'], 'b'), 'abcde');
  });
});
