/** Which rows of a table are shown, and in which order? */
import type { TableCell, TableColumn, TableRow } from '../../src/protocol/table';

export interface Sorting {
  /** Of the column; absent: as the extension sent them. */
  key?: string;
  isDescending?: boolean;
}

export interface Shown {
  sorting: Sorting;
  /** Words, all of which a row must have. */
  filter: string;
  hiddenRows: readonly string[];
  pinnedRows: readonly string[];
}

/** Pinned rows come first, whatever the filter says. */
export function shownRows(rows: readonly TableRow[], columns: readonly TableColumn[], shown: Shown): TableRow[] {
  const { sorting, filter, hiddenRows, pinnedRows } = shown;
  const sorted = sortedRows(rows, columns, sorting).filter(({ id }) => !hiddenRows.includes(id));
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = ({ cells }: TableRow): boolean => {
    const text = Object.values(cells)
      .map((cell) => cell.text)
      .join('\n')
      .toLowerCase();
    return words.every((word) => text.includes(word));
  };
  const isPinned = ({ id }: TableRow): boolean => pinnedRows.includes(id);
  return [...sorted.filter(isPinned), ...sorted.filter((row) => !isPinned(row) && matches(row))];
}

/** What is empty stands at the end, in both directions. */
function sortedRows(
  rows: readonly TableRow[],
  columns: readonly TableColumn[],
  { key, isDescending }: Sorting,
): TableRow[] {
  const column = columns.find((one) => one.key === key);
  if (!column) return [...rows];
  const direction = isDescending ? -1 : 1;
  return rows
    .map((row, at) => ({ row, at, cell: row.cells[column.key] }))
    .sort((a, b) => {
      const [isEmpty, isOtherEmpty] = [isNothing(a.cell), isNothing(b.cell)];
      if (isEmpty || isOtherEmpty) return Number(isEmpty) - Number(isOtherEmpty) || a.at - b.at;
      return direction * compared(a.cell!, b.cell!) || a.at - b.at;
    })
    .map(({ row }) => row);
}

const isNothing = (cell: TableCell | undefined): boolean => !cell || cell.value === null || cell.text === '';

function compared(a: TableCell, b: TableCell): number {
  if (typeof a.value === 'number' && typeof b.value === 'number') return a.value - b.value;
  return a.text.localeCompare(b.text, undefined, { numeric: true });
}

/** A click on a head: greatest numbers and first names come first, then the other way round, then as they were. */
export function nextSorting(now: Sorting, { key, isNumber = false }: TableColumn): Sorting {
  if (now.key !== key) return { key, isDescending: isNumber };
  return now.isDescending === isNumber ? { key, isDescending: !isNumber } : {};
}

/** What spreadsheets take: cells apart by tabs. */
export function copiedText(rows: readonly TableRow[], columns: readonly TableColumn[]): string {
  const clean = (text: string): string => text.replace(/[\t\r\n]+/g, ' ');
  const lines = [
    columns.map(({ title }) => title),
    ...rows.map(({ cells }) => columns.map(({ key }) => cells[key]?.text ?? '')),
  ];
  return lines.map((line) => `${line.map(clean).join('\t')}\n`).join('');
}
