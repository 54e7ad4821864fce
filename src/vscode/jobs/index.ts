/** Everything that lists jobs, and what can be done with them: the view, the status bar, and the commands. */
import * as vscode from 'vscode';
import type { Services } from '../services';
import { registerJobCommands } from './jobCommands';
import { registerJobsView } from './jobsView';
import { registerStatusBar } from './statusBar';

export function registerJobs(services: Services): vscode.Disposable {
  return vscode.Disposable.from(registerJobsView(services), registerStatusBar(services), registerJobCommands(services));
}
