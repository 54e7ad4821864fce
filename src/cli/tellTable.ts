/** A table of the pages, as lines of the terminal. */
import type { TableCell, TableContent } from '../protocol/table';
import { table } from '../runs/table';
import type { Output } from './output';

type Told = Pick<TableContent, 'text' | 'columns' | 'rows' | 'footer'>;

/** Without the columns that a page hides at first, and without those that are empty. */
export function tellTable({ text, columns, rows, footer = [] }: Told, output: Output): void {
  const all = [...rows, ...footer];
  const shown = columns.filter(
    ({ key, isHidden = false }) => !isHidden && all.some(({ cells }) => textOf(cells[key]) !== ''),
  );
  const lines = table(
    shown.map(({ title }) => title),
    all.map(({ cells }) => shown.map(({ key }) => textOf(cells[key]))),
  );
  for (const line of lines) output.line(line);
  for (const line of text) output.line(line);
}

const textOf = (cell: TableCell | undefined): string => cell?.text ?? '';
