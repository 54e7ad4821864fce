/** Registers "Find the Best Model", the page that tells of the choice, and what is said once it is made. */
import { t } from '@vscode/l10n';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { DatasetReference } from '../../dataset/references';
import { EvaluationError } from '../../method/errors';
import { choiceFile } from '../../pipeline/chosenModel';
import { pickDataset, type DatasetArgument } from '../explorer/pick';
import { registerPageEditor } from '../pageEditor';
import { registerCommand } from '../registerCommand';
import type { Services } from '../services';
import { askOnly } from '../wizard/questions';
import { bestModelOfFile, bestModelViewType, openCandidateCommand } from './bestModelEditor';
import { AskedHere, tellWhenFound } from './end';
import { findBest } from './findBestCommand';

export function registerBestModel(services: Services): vscode.Disposable {
  const { output } = services;
  const asked = new AskedHere(services.context.workspaceState);
  return vscode.Disposable.from(
    registerPageEditor(services, bestModelOfFile),
    tellWhenFound(services, asked),
    registerCommand(output, 'nnunet.findBest', t('Find the Best Model'), async (argument?: DatasetArgument) => {
      const folder = await findBest(services, argument);
      if (folder !== undefined) await asked.add(folder);
      return folder;
    }),
    registerCommand(output, 'nnunet.showBestModel', t('Show Best Model'), (argument?: DatasetArgument) =>
      showBestModel(services, argument),
    ),
    registerCommand(output, openCandidateCommand, t('Show Summary'), (folder: unknown) =>
      vscode.commands.executeCommand('nnunet.showSummary', vscode.Uri.file(join(String(folder), 'summary.json'))),
    ),
  );
}

async function showBestModel(services: Services, argument: DatasetArgument): Promise<void> {
  const title = t('Show Best Model');
  const dataset = await askOnly({ id: 'nnunet.showBestModel', title }, (asker) =>
    pickDataset(services, asker, argument, { where: 'results' }),
  );
  if (dataset) await openChoice(dataset);
}

/** @throws EvaluationError `not-compared` */
async function openChoice({ folderName, results }: DatasetReference): Promise<void> {
  const file = choiceFile(results);
  if (!existsSync(file)) {
    throw new EvaluationError('not-compared', `The models of ${folderName} were not compared yet`, {
      where: results,
      hint: 'Use "Find the Best Model".',
    });
  }
  await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(file), bestModelViewType);
}
