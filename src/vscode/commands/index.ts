/** Registers the commands that make, check, prepare, predict, evaluate and show; training has its own. */
import * as vscode from 'vscode';
import { registerCommand } from '../registerCommand';
import type { Services } from '../services';
import { checkDatasetCommand, fixDatasetCommand } from './checkDataset';
import { evaluateCommand } from './evaluate';
import { createDatasetCommand, createSampleCommand, importDatasetCommand } from './newDataset';
import { planAndPreprocessCommand } from './planAndPreprocess';
import { predictCommand } from './predict';
import { chooseDeviceCommand, openResultsCommand, showEngineCommand } from './show';

export function registerCommands(services: Services): vscode.Disposable {
  // What each command is given depends on the menu, keybinding or command that runs it: only the command knows.
  type Handler = (services: Services, ...args: never[]) => Promise<void>;
  const commands: Record<string, { what: string; run: Handler }> = {
    createDataset: { what: vscode.l10n.t('Create Dataset'), run: createDatasetCommand },
    importDataset: { what: vscode.l10n.t('Import Dataset'), run: importDatasetCommand },
    createSampleDataset: { what: vscode.l10n.t('Create Sample Dataset'), run: createSampleCommand },
    checkDataset: { what: vscode.l10n.t('Check Dataset'), run: checkDatasetCommand },
    fixDataset: { what: vscode.l10n.t('Fix Dataset'), run: fixDatasetCommand },
    planAndPreprocess: { what: vscode.l10n.t('Plan and Preprocess'), run: planAndPreprocessCommand },
    predict: { what: vscode.l10n.t('Predict'), run: predictCommand },
    evaluate: { what: vscode.l10n.t('Evaluate'), run: evaluateCommand },
    openResultsFolder: { what: vscode.l10n.t('Open Results Folder'), run: openResultsCommand },
    chooseDevice: { what: vscode.l10n.t('Choose Training Device'), run: chooseDeviceCommand },
    showEngine: { what: vscode.l10n.t('Show Engine'), run: showEngineCommand },
  };
  const registered = Object.entries(commands).map(([id, { what, run }]) =>
    registerCommand(services.output, `nnunet.${id}`, what, (...args: unknown[]) => run(services, ...(args as never[]))),
  );
  return vscode.Disposable.from(...registered);
}
