/** The extension under test, its manifest and what activate() gives. */
import * as assert from 'node:assert/strict';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Services } from '../../src/vscode/services';

export const extensionId = 'nnunet-vscode.nnunet';

export function extension(): vscode.Extension<Services> {
  const found = vscode.extensions.getExtension<Services>(extensionId);
  assert.ok(found, `${extensionId} is not among the extensions`);
  return found;
}

export async function services(): Promise<Services> {
  return extension().activate();
}

/** A path in the workspace that the tests were started with (a copy; tests may change it). */
export function workspacePath(...parts: string[]): string {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder, 'the tests were started without a workspace');
  return join(folder.uri.fsPath, ...parts);
}

/** Tries again until `check` does not throw: for what VS Code does in its own time. */
export async function eventually<T>(check: () => T | Promise<T>, milliseconds = 20_000): Promise<T> {
  for (const until = Date.now() + milliseconds; ;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
