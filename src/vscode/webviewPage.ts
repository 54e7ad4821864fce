/** The document of a webview: our script and style of dist/webview, and nothing from outside. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { escaped } from '../words/escaped';
import { htmlPage, withScript } from './htmlPage';
import { texts } from './language';
import { textsFor } from './pageTexts';

interface WebviewPage {
  /** Of the script and style sheet in dist/webview. */
  name: 'curves' | 'table' | 'volume';
  /** What the page may load besides these, as entries of its content security policy. */
  policy: string[];
  title: string;
  /** HTML. */
  body: string;
}

export function webviewOptions(extensionUri: vscode.Uri): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [vscode.Uri.joinPath(extensionUri, 'dist', 'webview')] };
}

export function webviewHtml(
  webview: vscode.Webview,
  extensionUri: vscode.Uri,
  { name, policy, title, body }: WebviewPage,
): string {
  const nonce = randomBytes(16).toString('base64');
  const file = (ending: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', 'webview', `${name}.${ending}`)).toString();
  return htmlPage({
    language: vscode.env.language,
    policy: [...withScript(nonce, webview.cspSource), ...policy],
    head: `<link rel="stylesheet" href="${file('css')}">\n  <title>${escaped(title)}</title>`,
    body: `  ${body}\n  ${textsFor(texts)}<script type="module" nonce="${nonce}" src="${file('js')}"></script>`,
  });
}
