/** The document of the page of curves: a frame that loads our script and nothing from elsewhere. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

export function pageOptions(extensionUri: vscode.Uri): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [vscode.Uri.joinPath(extensionUri, 'dist', 'webview')] };
}

export function pageHtml(webview: vscode.Webview, extensionUri: vscode.Uri, place: 'view' | 'editor'): string {
  const nonce = randomBytes(16).toString('base64');
  const file = (name: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', 'webview', name)).toString();
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
    // The picture that is exported as PNG is drawn from an image in memory.
    'img-src data: blob:',
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="${policy}">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <link rel="stylesheet" href="${file('curves.css')}">
  <title>Loss Curves</title>
</head>
<body data-place="${place}">
  <main id="root"></main>
  <script nonce="${nonce}" src="${file('curves.js')}"></script>
</body>
</html>`;
}
