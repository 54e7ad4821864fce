/** Registers how results of an evaluation are looked at: their summary as a page, and the cases that it names. */
import { t } from '@vscode/l10n';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { foldPaths } from '../../dataset/results';
import { RunError } from '../../method/errors';
import { pickJob, type JobArgument } from '../tasks/pickJob';
import type { ExplorerNode } from '../explorer/nodes';
import { registerPageEditor } from '../pageEditor';
import { registerCommand } from '../registerCommand';
import type { Services } from '../services';
import { openScored } from './openScored';
import { openCaseCommand, openJsonCommand, summaryOfFile, summaryViewType } from './summaryEditor';

export function registerEvaluation(services: Services): vscode.Disposable {
  const { output } = services;
  return vscode.Disposable.from(
    registerPageEditor(services, summaryOfFile(services)),
    registerCommand(output, 'nnunet.showSummary', t('Show Summary'), (argument?: unknown) =>
      showSummary(services, argument as ExplorerNode | vscode.Uri | undefined),
    ),
    registerCommand(output, openCaseCommand, t('Open the Case'), (folder: unknown, id: unknown) =>
      openScored(services, String(folder), String(id)),
    ),
    registerCommand(output, openJsonCommand, t('Open as JSON'), (file: unknown) =>
      vscode.window.showTextDocument(vscode.Uri.file(String(file))),
    ),
  );
}

/** @param argument  summary.json, or what stands for a training or a folder of predictions in a view */
async function showSummary(services: Services, argument: ExplorerNode | vscode.Uri | undefined): Promise<void> {
  const file = argument instanceof vscode.Uri ? argument.fsPath : await summaryOf(services, argument);
  if (file === undefined) return;
  if (!existsSync(file)) {
    throw new RunError('not-validated', 'There is no summary', {
      where: file,
      hint: 'Evaluate the masks, or let the training finish its validation.',
    });
  }
  await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(file), summaryViewType);
}

async function summaryOf(services: Services, node: ExplorerNode | undefined): Promise<string | undefined> {
  if (node?.kind === 'predictions') return join(node.prediction.folder, 'summary.json');
  const folder = await pickJob(services, node as JobArgument, {
    title: t('Show Summary'),
    isOfTrainings: true,
    states: ['finished', 'stopped', 'interrupted', 'failed'],
    isFit: ({ folder: one }) => existsSync(foldPaths(one).summary),
    none: t('No training has been validated yet.'),
  });
  return folder === undefined ? undefined : foldPaths(folder).summary;
}
