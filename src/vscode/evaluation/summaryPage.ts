/** A summary as a page: tables without scripts; a click on a case opens it with its mask. */
import { t } from '@vscode/l10n';
import { escaped } from '../../words/escaped';
import { staticPage, type StaticPage } from '../staticPage';
import type { CaseRow, LabelRow, SummaryTable } from './summaryTable';

export interface SummaryPageOptions extends StaticPage {
  /** Where a click on a case leads. */
  openCase(id: string): string;
  /** Where "Open as JSON" leads. */
  openJson: string;
}

export function summaryPage(table: SummaryTable, options: SummaryPageOptions): string {
  const names = table.labels.map(({ name }) => name);
  const parts = [
    `<h1>${escaped(table.dataset ?? table.title)}</h1>`,
    table.dataset === undefined ? '' : `<p><strong>${escaped(table.title)}</strong></p>`,
    `<p>${escaped(table.text)}</p>`,
    `<h2>${escaped(t('Dice of the labels'))}</h2>`,
    grid([t('Label'), t('Mean'), t('Median'), t('Lowest'), t('Cases')], table.labels.map(labelCells)),
    `<h2>${escaped(t('Dice of the cases, the worst first'))}</h2>`,
    grid(
      [t('Case'), t('Mean'), ...names],
      table.cases.map((row) => caseCells(row, options)),
    ),
    jsonLink(options),
  ];
  return staticPage(parts.join('\n'), options, rules);
}

/** @param lines what happened, where, what to do */
export function summaryFailurePage(name: string, lines: readonly string[], options: SummaryPageOptions): string {
  const text = lines.map((line, index) => `<p${index === 0 ? ' role="alert"' : ''}>${escaped(line)}</p>`).join('\n');
  const heading = escaped(t("This summary can't be read"));
  return staticPage(`<h1>${escaped(name)}</h1>\n<h2>${heading}</h2>\n${text}\n${jsonLink(options)}`, options);
}

function jsonLink({ openJson }: SummaryPageOptions): string {
  return `<p><a href="${escaped(openJson)}">${escaped(t('Open as JSON'))}</a></p>`;
}

function labelCells({ name, mean, median, lowest, cases }: LabelRow): string[] {
  return [escaped(name), mean, median, lowest, cases];
}

function caseCells({ id, mean, dice }: CaseRow, { openCase }: SummaryPageOptions): string[] {
  const title = escaped(t('Open {0} with its mask', id));
  const link = `<a href="${escaped(openCase(id))}" title="${title}">${escaped(id)}</a>`;
  return [link, mean, ...dice];
}

/** @param heads  plain text. @param rows  HTML; the first cell names the row */
function grid(heads: readonly string[], rows: readonly string[][]): string {
  const head = heads.map((name) => `<th scope="col">${escaped(name)}</th>`).join('');
  const body = rows.map(([first, ...cells]) => {
    return `<tr><th scope="row">${first}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`;
}

const rules = `main { max-width: 72em; }
.wide { overflow-x: auto; }
.wide th { width: auto; color: var(--vscode-foreground); white-space: nowrap; }
.wide thead th { color: var(--vscode-descriptionForeground); }
.wide td, .wide thead th:not(:first-child) { text-align: end; white-space: nowrap; font-variant-numeric: tabular-nums; }
a { color: var(--vscode-textLink-foreground); }
a:focus { outline: 1px solid var(--vscode-focusBorder); }`;
