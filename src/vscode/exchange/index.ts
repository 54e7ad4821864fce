/** Registers what brings trained models here and away: Export Model as Zip and Import Model. */
import * as vscode from 'vscode';
import type { DatasetArgument } from '../explorer/pick';
import { registerCommand } from '../registerCommand';
import type { Services } from '../services';
import { exportArchiveCommand, type ExportArchiveOptions } from './exportArchive';
import { importModelCommand, type ImportModelOptions } from './importModel';

export function registerExchange(services: Services): vscode.Disposable {
  const { output } = services;
  return vscode.Disposable.from(
    registerCommand(
      output,
      'nnunet.exportModelArchive',
      vscode.l10n.t('Export Model as Zip'),
      (node?: DatasetArgument, options?: ExportArchiveOptions) => exportArchiveCommand(services, node, options),
    ),
    registerCommand(
      output,
      'nnunet.importModel',
      vscode.l10n.t('Import Model'),
      (source?: vscode.Uri, options?: ImportModelOptions) => importModelCommand(services, source, options),
    ),
  );
}
