/** The read-only editor of summary.json files: shows the tables, or why there are none, and follows the file. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { inBackground } from '../background';
import { parseJson } from '../../method/json';
import { NnunetError } from '../../method/errors';
import { readScoredCases, type ScoredCase } from '../../pipeline/scoredCases';
import { errorText } from '../messages';
import { commandLink } from '../plainWords';
import type { Services } from '../services';
import { classNames } from '../../method/classNames';
import { datasetOf } from './openScored';
import { summaryFailurePage, summaryPage, type SummaryPageOptions } from './summaryPage';
import { summaryTable } from './summaryTable';

export const summaryViewType = 'nnunet.summary';
/** Only for the links of the page. */
export const openCaseCommand = 'nnunet.openScoredCase';
export const openJsonCommand = 'nnunet.openSummaryJson';

export class SummaryEditor implements vscode.CustomReadonlyEditorProvider<vscode.CustomDocument> {
  constructor(private readonly services: Services) {}

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return { uri, dispose: () => undefined };
  }

  async resolveCustomEditor({ uri }: vscode.CustomDocument, panel: vscode.WebviewPanel): Promise<void> {
    panel.webview.options = {
      enableScripts: false,
      enableCommandUris: [openCaseCommand, openJsonCommand],
      localResourceRoots: [],
    };
    let isClosed = false;
    const show = async (): Promise<void> => {
      const html = await this.pageOf(uri);
      if (!isClosed) panel.webview.html = html;
    };
    const showAnew = (): void => inBackground(show(), 'Showing the summary');
    const pattern = new vscode.RelativePattern(vscode.Uri.joinPath(uri, '..'), basename(uri.path));
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    const subscriptions = vscode.Disposable.from(watcher, watcher.onDidChange(showAnew), watcher.onDidCreate(showAnew));
    panel.onDidDispose(() => {
      isClosed = true;
      subscriptions.dispose();
    });
    await show();
  }

  /** Never fails: what is wrong stands on the page. */
  private async pageOf({ fsPath }: vscode.Uri): Promise<string> {
    const folder = dirname(fsPath);
    const options: SummaryPageOptions = {
      nonce: randomBytes(16).toString('base64'),
      language: vscode.env.language,
      openCase: (id) => commandLink(openCaseCommand, folder, id),
      openJson: commandLink(openJsonCommand, fsPath),
    };
    try {
      const { cases } = await readScoredCases(folder);
      return summaryPage(summaryTable(folder, cases, await this.namesFor(folder, cases)), options);
    } catch (error) {
      this.services.output.warn(`${fsPath}: ${errorText(error)}`);
      const lines = error instanceof NnunetError ? [error.message, error.where, error.hint] : [errorText(error)];
      return summaryFailurePage(
        basename(folder),
        lines.filter((line): line is string => Boolean(line)),
        options,
      );
    }
  }

  /** By the dataset.json beside the masks, that of the model, or that of the dataset. */
  private async namesFor(folder: string, cases: readonly ScoredCase[]): Promise<Record<string, string>> {
    for (const near of [folder, join(folder, '..', '..')]) {
      const file = join(near, 'dataset.json');
      const text = await readFile(file, 'utf8').catch(() => undefined);
      const names = text === undefined ? undefined : namesIn(text, file);
      if (names) return names;
    }
    const dataset = await datasetOf(this.services, folder, cases[0]);
    const raw = dataset?.exists.raw ? await this.services.catalog.raw(dataset) : undefined;
    return raw?.datasetJson ? classNames(raw.datasetJson.labels) : {};
  }
}

function namesIn(text: string, file: string): Record<string, string> | undefined {
  try {
    const { labels } = parseJson(text, file) as { labels?: unknown };
    return typeof labels === 'object' && labels !== null ? classNames(labels as Record<string, number>) : undefined;
  } catch {
    return undefined; // Damaged: the next one may have the names.
  }
}
