/** Registers "Show Report": makes the report of an evaluated training or folder of masks, and shows it. */
import { t } from '@vscode/l10n';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { foldPaths } from '../../dataset/results';
import type { ExplorerNode } from '../explorer/nodes';
import { registerPageEditor } from '../pageEditor';
import { runJob } from '../progress/jobProgress';
import { registerCommand } from '../registerCommand';
import type { Services } from '../services';
import { pickJob, type JobArgument } from '../tasks/pickJob';
import { reportOfFile, reportViewType, revealReportCommand } from './reportEditor';

const pictures = 12;

export function registerReport(services: Services): vscode.Disposable {
  const { output } = services;
  return vscode.Disposable.from(
    registerPageEditor(services, reportOfFile),
    registerCommand(output, 'nnunet.showReport', t('Show Report'), (argument?: unknown, all?: unknown) =>
      showReport(services, argument as ExplorerNode | vscode.Uri | undefined, all),
    ),
    registerCommand(output, revealReportCommand, t('Show Report'), (folder: unknown) =>
      vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(join(String(folder), 'report.html'))),
    ),
  );
}

/**
 * @param argument  summary.json, an evaluated folder, or what stands for a training or a folder of predictions in a view
 * @param all  files or folders that are compared with each other
 */
async function showReport(
  services: Services,
  argument: ExplorerNode | vscode.Uri | undefined,
  all: unknown,
): Promise<void> {
  const evaluated = argument instanceof vscode.Uri ? folderOf(argument) : await evaluatedOf(services, argument);
  if (evaluated === undefined) return;
  const others = Array.isArray(all) ? all.filter((one) => one instanceof vscode.Uri).map(folderOf) : [];
  const models = [...new Set([evaluated, ...others])];
  const roots = services.rootsOf(evaluated);
  const request = {
    models,
    output: join(evaluated, models.length > 1 ? 'report_compared' : 'report'),
    rawRoot: roots.raw,
    preprocessedRoot: roots.preprocessed,
    surface: { tolerance: 1 },
    pictures,
  };
  const { data } = await runJob(services, { kind: 'report', request, title: t('Making the report') });
  await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(data), reportViewType);
}

/** Of summary.json the folder that it lies in. */
const folderOf = ({ fsPath }: vscode.Uri): string => (fsPath.endsWith('.json') ? dirname(fsPath) : fsPath);

/** The folder of masks, or that of the fold. */
async function evaluatedOf(services: Services, node: ExplorerNode | undefined): Promise<string | undefined> {
  if (node?.kind === 'predictions') return node.prediction.folder;
  return pickJob(services, node as JobArgument, {
    title: t('Show Report'),
    isOfTrainings: true,
    states: ['finished', 'stopped', 'interrupted', 'failed'],
    isFit: ({ folder: one }) => existsSync(foldPaths(one).summary),
    none: t('No training has been validated yet.'),
  });
}
