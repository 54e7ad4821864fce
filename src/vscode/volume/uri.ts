/** What commands are called with from trees, links and tasks, as a URI. */
import * as vscode from 'vscode';

/** A URI, its text, a path on this machine, or a tree's item. */
export function asUri(value: unknown): vscode.Uri | undefined {
  if (value instanceof vscode.Uri) return value;
  if (typeof value === 'string' && value !== '')
    return /^[a-z][a-z0-9+.-]+:\/\//i.test(value) ? vscode.Uri.parse(value, true) : vscode.Uri.file(value);
  const { resourceUri } = (value ?? {}) as { resourceUri?: unknown };
  return resourceUri instanceof vscode.Uri ? resourceUri : undefined;
}
