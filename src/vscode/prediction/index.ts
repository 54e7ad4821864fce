/** Registers the command that uses a model on one image. */
import * as vscode from 'vscode';
import { guarded } from '../messages';
import type { Services } from '../services';
import type { VolumeEditorProvider } from '../volume/editor';
import { predictImageCommand, type PredictImageOptions } from './predictImage';

export function registerPrediction(services: Services, editors: VolumeEditorProvider): vscode.Disposable {
  const { output } = services;
  return vscode.Disposable.from(
    vscode.commands.registerCommand(
      'nnunet.predictImage',
      guarded(output, vscode.l10n.t('Predict This Image'), (target?: unknown, options?: PredictImageOptions) =>
        predictImageCommand(services, editors, target, options),
      ),
    ),
  );
}
