/** A table as elements of the page: heads that sort, rows with what can be done to them, means at the end. */
import { t } from '@vscode/l10n';
import type { TableCell, TableColumn, TableRow } from '../../src/protocol/table';
import { button, checkbox } from '../controls';
import { icons } from './icons';
import type { Sorting } from './rows';

interface RowMarks {
  isPinned(id: string): boolean;
  pin(id: string): void;
  hide(id: string): void;
  /** Absent: rows are not chosen. */
  isChosen?(id: string): boolean;
  choose?(id: string): void;
}

interface TableOptions {
  columns: readonly TableColumn[];
  rows: readonly TableRow[];
  footer?: readonly TableRow[];
  /** Absent: it stays in the order that it has. */
  sorting?: Sorting;
  sort?(column: TableColumn): void;
  open?(link: string): void;
  /** Absent: nothing can be done to rows. */
  marks?: RowMarks;
}

export function tableElement(options: TableOptions): HTMLTableElement {
  const { columns, rows, footer = [], marks } = options;
  const table = document.createElement('table');
  const head = table.createTHead().insertRow();
  if (marks) head.append(document.createElement('td'));
  head.append(...columns.map((column) => headCell(column, options)));
  const body = table.createTBody();
  for (const row of rows) body.append(rowElement(row, options));
  if (footer.length > 0) {
    const foot = table.createTFoot();
    for (const row of footer) foot.append(rowElement(row, { columns, ...(marks && { marks: 'room' as const }) }));
  }
  return table;
}

function headCell(column: TableColumn, { sorting, sort }: TableOptions): HTMLTableCellElement {
  const { key, title, isNumber = false } = column;
  const cell = document.createElement('th');
  cell.scope = 'col';
  cell.classList.toggle('number', isNumber);
  if (!sort) {
    cell.textContent = title;
    return cell;
  }
  const isSorted = sorting?.key === key;
  if (isSorted) cell.ariaSort = sorting?.isDescending ? 'descending' : 'ascending';
  const head = document.createElement('button');
  head.type = 'button';
  head.className = 'head';
  head.textContent = isSorted ? `${title} ${sorting?.isDescending ? '▾' : '▴'}` : title;
  head.title = t('Sort by {0}', title);
  head.dataset.focusKey = `head ${key}`;
  head.addEventListener('click', () => sort(column));
  cell.append(head);
  return cell;
}

interface RowOptions extends Pick<TableOptions, 'columns' | 'open'> {
  /** "room": only the place of the marks. */
  marks?: RowMarks | 'room';
}

function rowElement(row: TableRow, { columns, open, marks }: RowOptions): HTMLTableRowElement {
  const element = document.createElement('tr');
  element.dataset.row = row.id;
  if (marks === 'room') element.append(document.createElement('td'));
  else if (marks) element.append(marksCell(row, marks));
  for (const [at, { key, isNumber = false }] of columns.entries()) {
    const cell = document.createElement(at === 0 ? 'th' : 'td');
    if (at === 0) cell.setAttribute('scope', 'row');
    cell.classList.toggle('number', isNumber);
    const found = row.cells[key];
    if (found) fill(cell, found, open);
    element.append(cell);
  }
  return element;
}

function fill(cell: HTMLElement, { text, link, title }: TableCell, open?: (link: string) => void): void {
  if (title !== undefined) cell.title = title;
  if (link === undefined || !open) {
    cell.textContent = text;
    return;
  }
  const element = document.createElement('a');
  element.href = '#';
  element.textContent = text;
  element.addEventListener('click', (event) => {
    event.preventDefault();
    open(link);
  });
  cell.append(element);
}

function marksCell({ id, cells, canCompare = false }: TableRow, marks: RowMarks): HTMLTableCellElement {
  const cell = document.createElement('td');
  cell.className = 'marks';
  const name = Object.values(cells)[0]?.text ?? id;
  const line = document.createElement('div');
  const { isChosen, choose } = marks;
  if (isChosen && choose) {
    const box = checkbox({
      label: '',
      title: canCompare
        ? t('Choose {0} for a comparison', name)
        : t('{0} is not validated: it can not be compared', name),
      checked: isChosen(id),
      onChange: () => choose(id),
    });
    box.disabled = !canCompare;
    box.element.dataset.focusKey = `choose ${id}`;
    line.append(box.element);
  }
  const pin = button({
    label: t('Pin'),
    title: marks.isPinned(id) ? t('Unpin {0}', name) : t('Pin {0} to the top', name),
    icon: icons.pin,
    onClick: () => marks.pin(id),
  });
  pin.pressed = marks.isPinned(id);
  pin.element.dataset.focusKey = `pin ${id}`;
  const hide = button({
    label: t('Hide'),
    title: t('Hide {0}', name),
    icon: icons.hide,
    onClick: () => marks.hide(id),
  });
  line.append(pin.element, hide.element);
  cell.append(line);
  return cell;
}
