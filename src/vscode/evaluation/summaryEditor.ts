/** What the editor of summary.json files shows: the tables, or why there are none. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type * as vscode from 'vscode';
import { parseJson } from '../../method/jsonReader';
import { readScoredCases, type ScoredCase } from '../../pipeline/scoredCases';
import type { FilePage } from '../pageEditor';
import { commandLink } from '../plainWords';
import type { Services } from '../services';
import type { StaticPage } from '../staticPage';
import { classNames } from '../../method/classNames';
import { datasetOf } from './openScored';
import { summaryFailurePage, summaryPage, type SummaryPageOptions } from './summaryPage';
import { summaryTable } from './summaryTable';

export const summaryViewType = 'nnunet.summary';
/** Only for the links of the page. */
export const openCaseCommand = 'nnunet.openScoredCase';
export const openJsonCommand = 'nnunet.openSummaryJson';

export function summaryOfFile(services: Services): FilePage {
  const links = (file: vscode.Uri, options: StaticPage): SummaryPageOptions => ({
    ...options,
    openCase: (id) => commandLink(openCaseCommand, dirname(file.fsPath), id),
    openJson: commandLink(openJsonCommand, file.fsPath),
  });
  return {
    viewType: summaryViewType,
    commands: [openCaseCommand, openJsonCommand],
    page: async (file, options) => {
      const folder = dirname(file.fsPath);
      const { cases } = await readScoredCases(folder);
      return summaryPage(summaryTable(folder, cases, await namesFor(services, folder, cases)), links(file, options));
    },
    failurePage: (file, lines, options) =>
      summaryFailurePage(basename(dirname(file.fsPath)), lines, links(file, options)),
  };
}

/** By the dataset.json beside the masks, that of the model, or that of the dataset. */
async function namesFor(
  services: Services,
  folder: string,
  cases: readonly ScoredCase[],
): Promise<Record<string, string>> {
  for (const near of [folder, join(folder, '..', '..')]) {
    const file = join(near, 'dataset.json');
    const text = await readFile(file, 'utf8').catch(() => undefined);
    const names = text === undefined ? undefined : namesIn(text, file);
    if (names) return names;
  }
  const dataset = await datasetOf(services, folder, cases[0]);
  const raw = dataset?.exists.raw ? await services.catalog.raw(dataset) : undefined;
  return raw?.datasetJson ? classNames(raw.datasetJson.labels) : {};
}

function namesIn(text: string, file: string): Record<string, string> | undefined {
  try {
    const { labels } = parseJson(text, file) as { labels?: unknown };
    return typeof labels === 'object' && labels !== null ? classNames(labels as Record<string, number>) : undefined;
  } catch {
    return undefined; // Damaged: the next one may have the names.
  }
}
