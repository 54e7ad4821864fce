/** The read-only editor of .onnx files: shows the model's card, or why there is none, and follows the file. */
import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { inBackground } from '../background';
import { NnunetError } from '../../method/errors';
import { errorText } from '../messages';
import { commandLink } from '../plainWords';
import type { Services } from '../services';
import { readModelCard } from './modelCard';
import { failurePage, modelCardPage, type PageOptions } from './modelCardPage';

export const modelCardViewType = 'nnunet.onnxModel';

class ModelDocument implements vscode.CustomDocument {
  constructor(readonly uri: vscode.Uri) {}

  dispose(): void {
    // Nothing is held.
  }
}

export class ModelCardEditor implements vscode.CustomReadonlyEditorProvider<ModelDocument> {
  constructor(private readonly services: Services) {}

  openCustomDocument(uri: vscode.Uri): ModelDocument {
    return new ModelDocument(uri);
  }

  async resolveCustomEditor({ uri }: ModelDocument, panel: vscode.WebviewPanel): Promise<void> {
    panel.webview.options = {
      enableScripts: false,
      enableCommandUris: ['nnunet.predictImage'],
      localResourceRoots: [],
    };
    let isClosed = false;
    const show = async (): Promise<void> => {
      const page = await this.pageOf(uri);
      if (!isClosed) panel.webview.html = page;
    };
    const showAnew = (): void => inBackground(show(), 'Showing the model');
    const pattern = new vscode.RelativePattern(vscode.Uri.joinPath(uri, '..'), basename(uri.path));
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    const subscriptions = vscode.Disposable.from(watcher, watcher.onDidChange(showAnew), watcher.onDidCreate(showAnew));
    panel.onDidDispose(() => {
      isClosed = true;
      subscriptions.dispose();
    });
    await show();
  }

  private async pageOf(uri: vscode.Uri): Promise<string> {
    const name = basename(uri.path);
    const options: PageOptions = {
      nonce: randomBytes(16).toString('base64'),
      language: vscode.env.language,
      predict: commandLink('nnunet.predictImage', null, { model: uri.fsPath }),
    };
    if (uri.scheme !== 'file') {
      return failurePage(
        name,
        [vscode.l10n.t('Only models on the machine that VS Code works on can be used.')],
        options,
      );
    }
    try {
      return modelCardPage(await readModelCard(uri.fsPath), options);
    } catch (error) {
      this.services.output.warn(`${name}: ${errorText(error)}`);
      const lines =
        error instanceof NnunetError ? [error.message, error.where, error.hint] : [errorText(error), undefined];
      return failurePage(
        name,
        lines.filter((line): line is string => Boolean(line)),
        options,
      );
    }
  }
}
