/** The volume page's keys are those that its list names; what has no room goes where it is still reached. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { columnsOf, groupsThatFit } from '../../../webview/volume/fitting';
import { actionOf, keyGroups } from '../../../webview/volume/keys';

describe('keys', () => {
  const pressed = keyGroups.flatMap(({ lines }) => lines.flatMap((line) => line.pressed));

  it('of the list do something each, and each that does something is in the list', () => {
    for (const key of pressed) assert.ok(actionOf(key), `${key} does nothing`);
    assert.equal(new Set(pressed).size, pressed.length);
    const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
    for (const key of printable.filter((one) => one === one.toLowerCase()))
      assert.equal(actionOf(key) !== undefined, pressed.includes(key), `"${key}"`);
  });

  it('are the same with Shift', () => {
    assert.equal(actionOf('M'), 'masks');
    assert.equal(actionOf('D'), actionOf('d'));
    assert.equal(actionOf('?'), 'keys');
  });

  it('say that 0 resets the contrast', () => {
    const reset = keyGroups.flatMap(({ lines }) => lines).find((line) => line.pressed.includes('0'));
    assert.match(reset?.does ?? '', /contrast/);
  });
});

describe('room', () => {
  it('is for the most important groups, in their order', () => {
    const widths = [100, 50, 60, 40];
    const importance = [1, 9, 5, 7];
    const kept = (room: number): number[] => [...groupsThatFit(widths, importance, room, 20, 10)].sort();
    assert.deepEqual(kept(280), [0, 1, 2, 3]);
    assert.deepEqual(kept(279), [1, 2, 3]);
    assert.deepEqual(kept(150), [1, 3]);
    assert.deepEqual(kept(10), []);
  });

  it('of a slim editor is for one column of panes', () => {
    assert.equal(columnsOf('planes', 4, 700, 600), 2);
    assert.equal(columnsOf('planes', 4, 250, 600), 1);
    assert.equal(columnsOf('single', 1, 700, 600), 1);
    assert.deepEqual(
      [1, 2, 3, 4, 9].map((panes) => columnsOf('compare', panes, 900, 600)),
      [1, 2, 3, 2, 3],
    );
  });
});
