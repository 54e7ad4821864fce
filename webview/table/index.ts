/** The page of a table: keeps what the extension sends, and how the person wants to see it. */
import '../language';
import { t } from '@vscode/l10n';
import type { TableColumn, TableContent, TableRow, TableToHost, TableToPage } from '../../src/protocol/table';
import { counted } from '../../src/words/counted';
import { button, checkbox } from '../controls';
import { drawComparison } from './comparison';
import { tableElement } from './element';
import { copiedText, nextSorting, shownRows, type Sorting } from './rows';
import './table.css';

interface Saved {
  /** What the extension made the page for: it makes it again from this. */
  source?: string;
  sorting: Sorting;
  filter: string;
  hiddenRows: string[];
  pinnedRows: string[];
  chosenRows: string[];
  /** By the person; those that are not here are as the extension wants. */
  columns: Record<string, boolean>;
}

const vscode = acquireVsCodeApi<Saved>();
const root = document.getElementById('root')!;
const state: Saved = {
  ...{ sorting: {}, filter: '', hiddenRows: [], pinnedRows: [], chosenRows: [], columns: {} },
  ...vscode.getState(),
  source: root.dataset.source ?? '',
};
let content: TableContent | undefined;

const title = document.createElement('h1');
const text = document.createElement('div');
const toolbar = document.createElement('div');
toolbar.className = 'toolbar';
toolbar.setAttribute('role', 'toolbar');
const place = document.createElement('div');
place.className = 'wide';
const below = document.createElement('section');
below.className = 'comparison';
const said = document.createElement('p');
said.setAttribute('role', 'status');
const columnList = document.createElement('details');
columnList.className = 'columns';
root.append(title, text, toolbar, said, place, below);

const filter = document.createElement('input');
filter.type = 'search';
filter.placeholder = t('Filter');
filter.setAttribute('aria-label', t('Show rows with these words'));
filter.value = state.filter;
filter.addEventListener('input', () => {
  state.filter = filter.value;
  draw();
});
const chosenPair = (): [string, string] | undefined => {
  const [first, second, third] = state.chosenRows;
  return first !== undefined && second !== undefined && third === undefined ? [first, second] : undefined;
};
const compare = button({
  label: t('Compare'),
  title: t('Compare the two chosen rows, case by case'),
  onClick: () => askOfPair('compare'),
});
const report = button({
  label: t('Report'),
  title: t('A report of the two chosen rows, with charts and the worst cases'),
  onClick: () => askOfPair('report'),
});
const copy = button({
  label: t('Copy'),
  title: t('Copy the rows that are shown, for a spreadsheet'),
  onClick: () =>
    post({ type: 'copy', text: copiedText([...visibleRows(), ...(content?.footer ?? [])], visibleColumns()) }),
});
const showHidden = button({
  label: '',
  onClick: () => {
    state.hiddenRows = [];
    draw();
  },
});
toolbar.append(filter, columnList, compare.element, report.element, copy.element, showHidden.element);

function askOfPair(type: 'compare' | 'report'): void {
  const rows = chosenPair();
  if (rows) post({ type, rows });
}

function post(message: TableToHost): void {
  vscode.postMessage(message);
}

function visibleColumns(): TableColumn[] {
  return (content?.columns ?? []).filter(({ key, isHidden = false }) => state.columns[key] ?? !isHidden);
}

function visibleRows(): TableRow[] {
  return content ? shownRows(content.rows, content.columns, state) : [];
}

function toggled(list: readonly string[], id: string): string[] {
  return list.includes(id) ? list.filter((one) => one !== id) : [...list, id];
}

function draw(): void {
  if (!content) return;
  const known = new Set(content.rows.map(({ id }) => id));
  for (const list of ['hiddenRows', 'pinnedRows', 'chosenRows'] as const)
    state[list] = state[list].filter((id) => known.has(id));
  vscode.setState(state);
  const focused = (document.activeElement as HTMLElement | null)?.dataset.focusKey;
  const rows = visibleRows();
  const canCompare = content.comparing !== undefined;
  place.replaceChildren(
    tableElement({
      columns: visibleColumns(),
      rows,
      ...(content.footer && { footer: content.footer }),
      sorting: state.sorting,
      sort: (column) => change(() => (state.sorting = nextSorting(state.sorting, column))),
      open: (link) => post({ type: 'open', link }),
      marks: {
        isPinned: (id) => state.pinnedRows.includes(id),
        pin: (id) => change(() => (state.pinnedRows = toggled(state.pinnedRows, id))),
        hide: (id) => change(() => (state.hiddenRows = toggled(state.hiddenRows, id))),
        ...(canCompare && {
          isChosen: (id: string) => state.chosenRows.includes(id),
          choose: (id: string) => change(() => (state.chosenRows = toggled(state.chosenRows, id).slice(-2))),
        }),
      },
    }),
  );
  if (focused) document.querySelector<HTMLElement>(`[data-focus-key="${CSS.escape(focused)}"]`)?.focus();
  compare.element.hidden = !canCompare;
  report.element.hidden = !canCompare;
  compare.disabled = chosenPair() === undefined;
  report.disabled = chosenPair() === undefined;
  showHidden.element.hidden = state.hiddenRows.length === 0;
  showHidden.label = t('Show {0} hidden', state.hiddenRows.length);
  const left = content.rows.length - rows.length - state.hiddenRows.length;
  said.textContent =
    content.rows.length === 0
      ? t('There is nothing here yet.')
      : left > 0
        ? t('{0} not shown: the filter leaves them out.', counted(left, 'row'))
        : '';
}

function change(action: () => unknown): void {
  action();
  draw();
}

function drawColumnList(): void {
  if (!content) return;
  const summary = document.createElement('summary');
  summary.textContent = t('Columns');
  const list = document.createElement('div');
  list.className = 'column-list';
  list.append(
    ...content.columns.slice(1).map(({ key, title: name, isHidden = false }) => {
      return checkbox({
        label: name,
        checked: state.columns[key] ?? !isHidden,
        onChange: (isShown) => change(() => (state.columns[key] = isShown)),
      }).element;
    }),
  );
  columnList.replaceChildren(summary, list);
}

window.addEventListener('message', ({ data }: MessageEvent<TableToPage>) => {
  switch (data.type) {
    case 'content':
      content = data.content;
      title.textContent = content.title;
      text.replaceChildren(
        ...content.text.map((line) => {
          const paragraph = document.createElement('p');
          paragraph.textContent = line;
          return paragraph;
        }),
      );
      drawColumnList();
      draw();
      root.dataset.isDrawn = 'true';
      return;
    case 'comparison':
      below.replaceChildren(...drawComparison(data.comparison));
      below.scrollIntoView({ block: 'nearest' });
      return;
    case 'failed':
      said.textContent = data.message;
  }
});

// A list of columns that is open closes where the person goes on elsewhere.
document.addEventListener('pointerdown', ({ target }) => {
  if (target instanceof Node && !columnList.contains(target)) columnList.open = false;
});
document.addEventListener('keydown', ({ key }) => {
  if (key === 'Escape') columnList.open = false;
});

vscode.setState(state);
post({ type: 'ready' });
