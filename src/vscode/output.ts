/** The extension's log: one output channel that everything is written to. */
import * as vscode from 'vscode';

export function createOutput(): vscode.LogOutputChannel {
  return vscode.window.createOutputChannel('nnU-Net', { log: true });
}
