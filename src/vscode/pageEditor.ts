/** A read-only editor that shows a file as a page without scripts, or why it can't, and follows the file. */
import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { NnunetError } from '../method/errors';
import { inBackground } from './background';
import { errorText } from './messages';
import type { Services } from './services';
import type { StaticPage } from './staticPage';

export interface FilePage {
  /** What the editor is opened with: its view type. */
  readonly viewType: string;
  /** Those that links of the page may run. */
  readonly commands: readonly string[];
  /** @throws what is wrong with the file */
  page(file: vscode.Uri, options: StaticPage): Promise<string>;
  /** @param lines  what happened, where, what to do */
  failurePage(file: vscode.Uri, lines: readonly string[], options: StaticPage): string;
}

export function registerPageEditor({ output }: Pick<Services, 'output'>, kind: FilePage): vscode.Disposable {
  return vscode.window.registerCustomEditorProvider(kind.viewType, new PageEditor(output, kind));
}

class PageEditor implements vscode.CustomReadonlyEditorProvider<vscode.CustomDocument> {
  constructor(
    private readonly output: vscode.LogOutputChannel,
    private readonly kind: FilePage,
  ) {}

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return { uri, dispose: () => undefined };
  }

  async resolveCustomEditor({ uri }: vscode.CustomDocument, panel: vscode.WebviewPanel): Promise<void> {
    panel.webview.options = {
      enableScripts: false,
      enableCommandUris: [...this.kind.commands],
      localResourceRoots: [],
    };
    let isClosed = false;
    const show = async (): Promise<void> => {
      const html = await this.html(uri);
      if (!isClosed) panel.webview.html = html;
    };
    const showAnew = (): void => inBackground(show(), `Showing ${basename(uri.path)}`);
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
  private async html(file: vscode.Uri): Promise<string> {
    const options = { nonce: randomBytes(16).toString('base64'), language: vscode.env.language };
    try {
      return await this.kind.page(file, options);
    } catch (error) {
      this.output.warn(`${file.fsPath}: ${errorText(error)}`);
      const lines = error instanceof NnunetError ? [error.message, error.where, error.hint] : [errorText(error)];
      return this.kind.failurePage(
        file,
        lines.filter((line): line is string => Boolean(line)),
        options,
      );
    }
  }
}
