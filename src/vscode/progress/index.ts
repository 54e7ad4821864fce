/** Everything that shows how trainings are doing: the view, the status bar and the notifications. */
import * as vscode from 'vscode';
import type { Services } from '../services';
import { registerNotifications } from './notification';
import { registerRunsView } from './runsView';
import { registerStatusBar } from './statusBar';

export function registerProgress(services: Services): vscode.Disposable {
  return vscode.Disposable.from(
    registerRunsView(services),
    registerStatusBar(services),
    registerNotifications(services),
  );
}
