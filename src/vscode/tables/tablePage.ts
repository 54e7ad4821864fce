/** One page of a table: sends what it shows when it is ready and whenever that has changed, and does what it asks for. */
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { TableComparison, TableContent, TableToHost, TableToPage } from '../../protocol/table';
import { escaped } from '../../words/escaped';
import { inBackground } from '../background';
import { errorText } from '../messages';
import { PagePost } from '../pagePost';
import { webviewHtml, webviewOptions } from '../webviewPage';

/** What a table is of. */
export interface TableSource {
  /** Makes the same again after a reload. */
  readonly id: string;
  readonly title: string;
  /** @throws what is wrong with the files */
  content(): Promise<TableContent>;
  open(link: string): unknown;
  /** Absent: rows are not compared. */
  compare?(rows: readonly [string, string]): Promise<TableComparison>;
  report?(rows: readonly [string, string]): Promise<unknown>;
  /** Calls back when the content may be another. */
  follow(changed: () => void): vscode.Disposable;
}

export class TablePage {
  private readonly page: PagePost<TableToPage>;
  private readonly following: vscode.Disposable;
  private last = '';
  private isReady = false;

  constructor(
    panel: vscode.WebviewPanel,
    extensionUri: vscode.Uri,
    private readonly source: TableSource,
  ) {
    const { webview } = panel;
    this.page = new PagePost(webview, source.title);
    this.following = source.follow(() => {
      if (this.isReady && panel.visible) this.refresh();
    });
    webview.onDidReceiveMessage((message: TableToHost) =>
      inBackground(this.receive(message), source.title, { isAskedFor: true }),
    );
    panel.onDidChangeViewState(() => {
      if (this.isReady && panel.visible) this.refresh();
    });
    webview.options = webviewOptions(extensionUri);
    webview.html = webviewHtml(webview, extensionUri, {
      name: 'table',
      policy: [`style-src ${webview.cspSource}`],
      title: source.title,
      body: `<main id="root" data-source="${escaped(source.id)}"></main>`,
    });
  }

  dispose(): void {
    this.following.dispose();
    this.page.close();
  }

  private refresh(): void {
    inBackground(this.send(), this.source.title);
  }

  private async receive(message: TableToHost): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.isReady = true;
        this.last = '';
        return this.send();
      case 'open':
        await this.source.open(message.link);
        return;
      case 'compare':
        return this.compare(message.rows);
      case 'report':
        await this.source.report?.(message.rows);
        return;
      case 'copy':
        await vscode.env.clipboard.writeText(message.text);
        vscode.window.setStatusBarMessage(t('Copied'), 2000);
    }
  }

  private async send(): Promise<void> {
    let content: TableContent;
    try {
      content = await this.source.content();
    } catch (error) {
      this.page.post({ type: 'failed', message: errorText(error) });
      return;
    }
    const text = JSON.stringify(content);
    if (text === this.last) return;
    this.last = text;
    this.page.post({ type: 'content', content });
  }

  private async compare(rows: [string, string]): Promise<void> {
    try {
      const comparison = await this.source.compare?.(rows);
      if (comparison) this.page.post({ type: 'comparison', rows, comparison });
    } catch (error) {
      this.page.post({ type: 'failed', message: errorText(error) });
    }
  }
}
