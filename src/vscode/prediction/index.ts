/** Registers what uses models without the training engine: predicting one image, exporting, and the card of an .onnx file. */
import * as vscode from 'vscode';
import { modelPaths } from '../../dataset/results';
import type { ModelNode } from '../explorer/nodes';
import type { DatasetArgument } from '../explorer/pick';
import { registerPageEditor } from '../pageEditor';
import { registerCommand } from '../registerCommand';
import type { Services } from '../services';
import type { VolumeEditorProvider } from '../volume/editor';
import { asUri } from '../volume/uri';
import { askRegion, type PredictRegionOptions } from './askRegion';
import { exportModelCommand, type ExportModelOptions } from './exportModel';
import { registerMaskCommands } from './maskCommands';
import { modelCardOfFile, modelCardViewType } from './modelCardEditor';
import { predictImageCommand, type PredictImageOptions } from './predictImage';

export function registerPrediction(services: Services, editors: VolumeEditorProvider): vscode.Disposable {
  const { output } = services;
  const boxTitle = vscode.l10n.t('Predict This Image in a Box');
  return vscode.Disposable.from(
    registerMaskCommands(services, editors),
    registerPageEditor(services, modelCardOfFile),
    registerCommand(
      output,
      'nnunet.predictImage',
      vscode.l10n.t('Predict This Image'),
      (target?: unknown, options?: PredictImageOptions) => predictImageCommand(services, editors, target, options),
    ),
    registerCommand(output, 'nnunet.predictRegion', boxTitle, (target?: unknown, options?: PredictRegionOptions) =>
      predictImageCommand(services, editors, target, options, boxTitle, (asker, image) =>
        askRegion(editors, asker, image, options?.size),
      ),
    ),
    registerCommand(
      output,
      'nnunet.exportModel',
      vscode.l10n.t('Export Model as ONNX'),
      (node?: DatasetArgument, options?: ExportModelOptions) => exportModelCommand(services, node, options),
    ),
    registerCommand(output, 'nnunet.showModelCard', vscode.l10n.t('Show Model Card'), async (target?: unknown) => {
      const uri = trainedModel(target) ?? asUri(target) ?? (await chooseModelFile());
      if (uri) await vscode.commands.executeCommand('vscode.openWith', uri, modelCardViewType);
    }),
  );
}

/** A row of the views. */
function trainedModel(target: unknown): vscode.Uri | undefined {
  const { kind, model } = (target ?? {}) as Partial<ModelNode>;
  return kind === 'model' && model ? vscode.Uri.file(modelPaths(model.folder).plans) : undefined;
}

async function chooseModelFile(): Promise<vscode.Uri | undefined> {
  const [file] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Show Model Card'),
      filters: { [vscode.l10n.t('Models')]: ['onnx'] },
    })) ?? [];
  return file;
}
