/** Registers a command: its failures reach the person, and in Restricted Mode it says why it does not run. */
import * as vscode from 'vscode';
import { guarded, offer } from './messages';
import { inTrustedWindow } from './restrictedMode';

/** @param what  the command in words, as it stands before its errors */
export function registerCommand<A extends unknown[]>(
  output: vscode.LogOutputChannel,
  id: string,
  what: string,
  action: (...args: A) => unknown,
): vscode.Disposable {
  const run = inTrustedWindow(id, what, guarded(output, what, action), {
    isTrusted: () => vscode.workspace.isTrusted,
    refuse: (why) => offer('warning', why, manageTrust),
  });
  return vscode.commands.registerCommand(id, run);
}

const manageTrust = {
  title: vscode.l10n.t('Manage Workspace Trust'),
  run: () => vscode.commands.executeCommand('workbench.trust.manage'),
};
