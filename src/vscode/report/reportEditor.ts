/** What the editor of a report shows: report.json as a page, in the theme's colours. */
import { t } from '@vscode/l10n';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EvaluationError } from '../../method/errors';
import { reportBody, reportStyle } from '../../report/page';
import type { Report } from '../../report/report';
import { isReport } from '../../report/reportFiles';
import { escaped } from '../../words/escaped';
import { htmlPage, withoutScripts } from '../htmlPage';
import type { FilePage } from '../pageEditor';
import { commandLink } from '../plainWords';
import { staticPage, type StaticPage } from '../staticPage';

export const reportViewType = 'nnunet.report';
/** Only for the links of the page. */
export const revealReportCommand = 'nnunet.revealReport';

export const reportOfFile: FilePage = {
  viewType: reportViewType,
  commands: [revealReportCommand],
  page: async ({ fsPath }, options) => {
    if (!(await isReport(fsPath))) {
      throw new EvaluationError('report-invalid', 'This file is not a report of nnU-Net for VS Code', {
        where: fsPath,
      });
    }
    return reportInTheme(JSON.parse(await readFile(fsPath, 'utf8')) as Report, dirname(fsPath), options);
  },
  failurePage: ({ fsPath }, lines, options) => {
    const text = lines.map((line) => `<p>${escaped(line)}</p>`).join('\n');
    return staticPage(
      `<h1>${escaped(fsPath)}</h1>\n<h2>${escaped(t("This report can't be read"))}</h2>\n${text}`,
      options,
    );
  },
};

function reportInTheme(report: Report, folder: string, { nonce, language }: StaticPage): string {
  const link = escaped(commandLink(revealReportCommand, folder));
  const files = `<p><a href="${link}">${escaped(t('Show the files: page, CSV, LaTeX'))}</a></p>`;
  return htmlPage({
    language,
    policy: [...withoutScripts(nonce), 'img-src data:'],
    head: `<style nonce="${nonce}">${reportStyle}</style>`,
    body: `<main class="report">\n${reportBody(report)}\n${files}\n</main>`,
  });
}
