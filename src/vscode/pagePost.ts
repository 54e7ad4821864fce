/** How is a page told something that it may be too late to hear? Closed pages are not spoken to. */
import type * as vscode from 'vscode';
import { inBackground } from './background';

export class PagePost<Message> {
  private isClosed = false;

  constructor(
    private readonly webview: Pick<vscode.Webview, 'postMessage'>,
    private readonly page: string,
  ) {}

  readonly post = (message: Message): void => {
    if (!this.isClosed) inBackground(this.webview.postMessage(message), this.page);
  };

  close(): void {
    this.isClosed = true;
  }
}
