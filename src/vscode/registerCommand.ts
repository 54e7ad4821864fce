/** Registers a command: that it has begun is seen at once, its failures reach the person, and in Restricted Mode it says why it does not run. */
import * as vscode from 'vscode';
import { guarded, offer } from './messages';
import { showingThatItBegan } from './notify';
import { inTrustedWindow } from './restrictedMode';

/** @param what  the command in words, as it stands before its errors */
export function registerCommand<A extends unknown[]>(
  output: vscode.LogOutputChannel,
  id: string,
  what: string,
  action: (...args: A) => unknown,
): vscode.Disposable {
  const told = guarded(output, what, action);
  const run = inTrustedWindow(id, what, (...args: A) => showingThatItBegan(what, () => told(...args)), {
    isTrusted: () => vscode.workspace.isTrusted,
    refuse: (why) => offer('warning', why, manageTrust),
  });
  return vscode.commands.registerCommand(id, run);
}

const manageTrust = {
  title: vscode.l10n.t('Manage Workspace Trust'),
  run: () => vscode.commands.executeCommand('workbench.trust.manage'),
};
