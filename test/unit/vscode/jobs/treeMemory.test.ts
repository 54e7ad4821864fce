import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Line } from '../../../../src/vscode/jobs/jobList';
import { TreeMemory } from '../../../../src/vscode/jobs/treeMemory';

function row(id: string, short = ''): Line {
  const text = { id, label: id, short, description: short, tooltip: () => '', context: 'problem' };
  return { kind: 'problem', ...text };
}

describe('drawing the list of jobs anew', () => {
  /** Running: a; Earlier: x, y. */
  function opened() {
    const memory = new TreeMemory();
    const [running, earlier] = memory.shown(undefined, [row('running', '1'), row('earlier', '2')]) as [Line, Line];
    const [a] = memory.shown(running, [row('a', 'epoch 1')]) as [Line];
    memory.shown(earlier, [row('x'), row('y')]);
    const below = new Map([
      ['', [row('running', '1'), row('earlier', '2')]],
      ['running', [row('a', 'epoch 1')]],
      ['earlier', [row('x'), row('y')]],
    ]);
    const different = (change: Record<string, Line[]>): (string | undefined)[] =>
      memory.different((parent) => change[parent?.id ?? ''] ?? below.get(parent?.id ?? '')!).map((line) => line?.id);
    return { memory, different, a, running };
  }

  it('touches nothing where nothing looks different', () => {
    assert.deepEqual(opened().different({}), []);
  });

  it('draws one row where only that goes on, and it stays the same object', () => {
    const { different, memory, a, running } = opened();
    assert.deepEqual(different({ running: [row('a', 'epoch 2')] }), ['a']);
    assert.equal(a.short, 'epoch 2');
    assert.equal(memory.shown(running, [row('a', 'epoch 3')])[0], a);
  });

  it('draws a section with all below it where it holds others, and everything where sections come or go', () => {
    const more = { '': [row('running', '2'), row('earlier', '2')], running: [row('a'), row('b')] };
    assert.deepEqual(opened().different(more), ['running']);
    assert.deepEqual(opened().different({ '': [row('earlier', '2')] }), [undefined]);
  });
});
