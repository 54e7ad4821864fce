/** Offers in the editor what corrects a finding: a change of dataset.json, or the command that changes files. */
import * as vscode from 'vscode';
import type { Finding } from '../../dataset/findings';
import { type DatasetFacts, type QuickFix, quickFixes } from './quickFixes';

/** Its edit is computed when it is chosen. */
export class Action extends vscode.CodeAction {
  resolve?: () => this;
}

export function actionsFor(
  document: vscode.TextDocument,
  diagnostic: vscode.Diagnostic,
  finding: Finding,
  folderName: string,
  facts: DatasetFacts,
): Action[] {
  const { version } = document;
  const fixes = quickFixes(finding, document.getText(), facts).map((fix, index): Action => {
    const action = new Action(fix.title, vscode.CodeActionKind.QuickFix);
    action.resolve = () => {
      // An edit of another text would spoil this one.
      if (document.version === version) action.edit = editOf(document, fix);
      return action;
    };
    action.diagnostics = [diagnostic];
    action.isPreferred = index === 0;
    return action;
  });
  if (fixes.length > 0 || finding.fix === undefined) return fixes;
  const title = vscode.l10n.t('Fix all that can be fixed safely in {0}', folderName);
  const action = new Action(title, vscode.CodeActionKind.QuickFix);
  action.command = { command: 'nnunet.fixDataset', title, arguments: [folderName] };
  action.diagnostics = [diagnostic];
  return [action];
}

function editOf(document: vscode.TextDocument, { edits }: QuickFix): vscode.WorkspaceEdit {
  const edit = new vscode.WorkspaceEdit();
  for (const { offset, length, content } of edits()) {
    const range = new vscode.Range(document.positionAt(offset), document.positionAt(offset + length));
    edit.replace(document.uri, range, content);
  }
  return edit;
}
