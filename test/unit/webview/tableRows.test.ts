import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TableColumn, TableRow } from '../../../src/protocol/table';
import { copiedText, nextSorting, shownRows, type Shown } from '../../../webview/table/rows';

const columns: TableColumn[] = [
  { key: 'name', title: 'Experiment' },
  { key: 'dice', title: 'Dice', isNumber: true },
];
const row = (name: string, dice?: number): TableRow => ({
  id: name,
  cells: { name: { text: name }, ...(dice !== undefined && { dice: { text: dice.toFixed(2), value: dice } }) },
});
const rows = [row('2d', 0.8), row('3d_fullres', 0.9), row('unvalidated'), row('3d_lowres', 0.85), row('10d', 0.8)];
const all: Shown = { sorting: {}, filter: '', hiddenRows: [], pinnedRows: [] };
const shown = (more: Partial<Shown>): string[] => shownRows(rows, columns, { ...all, ...more }).map(({ id }) => id);

describe('rows of a table', () => {
  it('are sorted by numbers, with what is missing at the end in both directions, and equals as they came', () => {
    assert.deepEqual(shown({ sorting: { key: 'dice', isDescending: true } }), [
      ...['3d_fullres', '3d_lowres', '2d', '10d', 'unvalidated'],
    ]);
    assert.deepEqual(shown({ sorting: { key: 'dice' } }).at(-1), 'unvalidated');
    assert.deepEqual(shown({ sorting: { key: 'dice' } })[0], '2d');
    assert.deepEqual(shown({ sorting: { key: 'name' } })[0], '2d', 'numbers in names count as numbers');
    assert.deepEqual(shown({ sorting: { key: 'gone' } }), shown({}));
  });

  it('have all words of the filter, in any case and any cell', () => {
    assert.deepEqual(shown({ filter: '3D 0.85' }), ['3d_lowres']);
    assert.deepEqual(shown({ filter: 'nothing of this' }), []);
  });

  it('are left out where they are hidden, and stand first where they are pinned, whatever is filtered', () => {
    assert.deepEqual(shown({ hiddenRows: ['2d', '10d'], pinnedRows: ['3d_lowres'], filter: 'fullres' }), [
      ...['3d_lowres', '3d_fullres'],
    ]);
    assert.deepEqual(shown({ hiddenRows: ['2d'], pinnedRows: ['2d'] }).includes('2d'), false);
  });

  it('are sorted the other way round by a second click on a head, and as they came by a third', () => {
    const [name, dice] = columns as [TableColumn, TableColumn];
    let sorting = nextSorting({}, dice);
    assert.deepEqual(sorting, { key: 'dice', isDescending: true });
    sorting = nextSorting(sorting, dice);
    assert.deepEqual(sorting, { key: 'dice', isDescending: false });
    assert.deepEqual(nextSorting(sorting, dice), {});
    assert.deepEqual(nextSorting(sorting, name), { key: 'name', isDescending: false });
  });

  it('are copied with cells apart by tabs, a row in a line', () => {
    const text = copiedText([row('a\tb\nc', 0.5), row('d')], columns);
    assert.equal(text, 'Experiment\tDice\na b c\t0.50\nd\t\n');
  });
});
