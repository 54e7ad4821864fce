/** What is wrong with a dataset and what its import left out, as a page that stays. */
import { t } from '@vscode/l10n';
import type { Finding } from '../../dataset/findings';
import type { UnusedFile } from '../../dataset/importers/plan';
import { counted } from '../../words/counted';
import { escaped } from '../../words/escaped';
import { staticPage, type StaticPage } from '../staticPage';

interface DatasetFindings {
  dataset: string;
  findings: readonly Finding[];
  /** Files of the source that are in no case. */
  unused: readonly UnusedFile[];
}

export function findingsPage({ dataset, findings, unused }: DatasetFindings, options: StaticPage): string {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const warnings = findings.filter(({ severity }) => severity !== 'error');
  const parts = [
    `<h1>${escaped(dataset)}</h1>`,
    findings.length + unused.length === 0
      ? `<p>${escaped(t('Nothing is wrong. Check Dataset reads every image and label; before that, only names and dataset.json are known.'))}</p>`
      : '',
    section(counted(errors.length, 'error'), errors.map(findingRow)),
    section(counted(warnings.length, 'warning'), warnings.map(findingRow)),
    section(
      t('Not used by the import: {0}', counted(unused.length, 'file')),
      unused.map(({ file, reason }) => row(file, reason)),
    ),
  ];
  return staticPage(parts.filter(Boolean).join('\n'), options);
}

function section(heading: string, rows: readonly string[]): string {
  return rows.length > 0 ? `<h2>${escaped(heading)}</h2><table>${rows.join('\n')}</table>` : '';
}

function findingRow({ case: id, file, line, message, fix }: Finding): string {
  const place = file === undefined ? (id ?? '') : line === undefined ? file : t('{0}, line {1}', file, line);
  return row(place, fix === undefined ? message : `${message} ${t('Fix Dataset can correct it: {0}.', fix)}`);
}

function row(place: string, text: string): string {
  return `<tr><th scope="row">${escaped(place)}</th><td>${escaped(text)}</td></tr>`;
}
