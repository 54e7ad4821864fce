/** The document of a webview: our script and style of dist/webview, and nothing from outside. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

interface WebviewPage {
  /** Of the script and style sheet in dist/webview. */
  name: 'curves' | 'volume';
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
  const rules = ["default-src 'none'", `script-src 'nonce-${nonce}'`, `font-src ${webview.cspSource}`, ...policy];
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta http-equiv="Content-Security-Policy" content="${rules.join('; ')}">
  <link rel="stylesheet" href="${file('css')}">
  <title>${title}</title>
</head>
<body>
  ${body}
  <script type="module" nonce="${nonce}" src="${file('js')}"></script>
</body>
</html>`;
}
