/** Writes a trained model, or one of its folds, as one .onnx file that predicts anywhere, and shows its card. */
import { join } from 'node:path';
import * as vscode from 'vscode';
import { parseDatasetName } from '../../dataset/names';
import { rawPaths } from '../../dataset/rawDataset';
import { readModel } from '../../pipeline/modelFolder';
import type { ModelPrecision } from '../../inference/modelMetadata';
import type { ExportOnnxResult } from '../../pipeline/prediction/exportOnnx';
import { runJob } from '../progress/jobProgress';
import { type DatasetArgument, type ModelChoice, pickModel } from '../explorer/pick';
import { offer } from '../messages';
import { askText, choose } from '../notify';
import type { Services } from '../services';
import { workspaceFolder } from '../settings';
import { modelCardViewType } from './modelCardEditor';
import { counted } from '../../words/counted';

/** What another command or a keybinding may say; all else is asked for. */
export interface ExportModelOptions {
  output?: unknown;
  precision?: unknown;
  author?: unknown;
}

const authorMemory = 'nnunet.modelAuthor';

export async function exportModelCommand(
  services: Services,
  argument: DatasetArgument,
  options: ExportModelOptions | undefined,
): Promise<void> {
  const title = vscode.l10n.t('Export Model as ONNX');
  const choice = await pickModel(services, argument, title);
  if (!choice) return;
  const fold = typeof argument === 'object' && argument.kind === 'fold' ? argument.fold : undefined;
  const precision = givenPrecision(options) ?? (await pickPrecision(title, fold === undefined));
  if (precision === undefined) return;
  const images = precision === 'int8' ? await calibrationImages(choice) : undefined;
  if (precision === 'int8' && !images) return;
  const first = images && (await readModel(choice.model.folder)).configuration.previous_stage;
  const masks = first ? await chooseFolder(vscode.l10n.t('Folder with the masks of {0} of these images', first)) : '';
  if (masks === undefined) return;
  const given = typeof options?.output === 'string' ? options.output : undefined;
  const output = given ?? (await pickFile(title, choice, precision));
  if (output === undefined) return;
  const author = given === undefined ? await askAuthor(services, title) : (options?.author ?? '');
  if (author === undefined) return;
  const request = {
    modelFolder: choice.model.folder,
    output,
    precision,
    ...(fold !== undefined && { folds: [fold] }),
    ...(typeof author === 'string' && author !== '' && { author }),
    ...(images && { calibrate: [images] }),
    ...(masks && { previousStageFolder: masks }),
  };
  const what = vscode.l10n.t('Exporting {0}, {1}', choice.dataset.folderName, choice.model.configuration);
  const result = await runJob(services, { kind: 'export-onnx', request, title: what });
  await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(result.file), modelCardViewType);
  tell(result);
}

const precisions: readonly unknown[] = ['fp32', 'fp16', 'int8'] satisfies ModelPrecision[];

function givenPrecision({ precision }: ExportModelOptions = {}): ModelPrecision | undefined {
  return precisions.includes(precision) ? (precision as ModelPrecision) : undefined;
}

async function pickPrecision(title: string, isWholeModel: boolean): Promise<ModelPrecision | undefined> {
  type Choice = vscode.QuickPickItem & { description: ModelPrecision };
  const choice = await choose<Choice>(
    [
      { label: vscode.l10n.t('Exact'), description: 'fp32', detail: vscode.l10n.t('As it was trained') },
      {
        label: vscode.l10n.t('Half the size'),
        description: 'fp16',
        detail: vscode.l10n.t('Weights in half precision: almost the same masks, at the same speed'),
      },
      {
        label: vscode.l10n.t('A quarter of the size'),
        description: 'int8',
        detail: vscode.l10n.t('Weights in 8 bits, measured on a few images: how much the masks change is said'),
      },
    ],
    {
      title,
      placeHolder: isWholeModel
        ? vscode.l10n.t('How? All trained folds go into one file, which averages them')
        : vscode.l10n.t('How?'),
    },
  );
  return choice?.description;
}

/** @returns empty where nobody is to be named; undefined where the person changed their mind */
async function askAuthor({ context }: Services, title: string): Promise<string | undefined> {
  const author = await askText({
    title,
    prompt: vscode.l10n.t('Who made the model? It is shown with it; empty: nobody is named'),
    value: context.globalState.get<string>(authorMemory),
    ignoreFocusOut: true,
  });
  if (author !== undefined) await context.globalState.update(authorMemory, author.trim());
  return author?.trim();
}

/** The dataset's own training images; asked for where they are not here. */
async function calibrationImages({ dataset }: ModelChoice): Promise<string | undefined> {
  if (dataset.exists.raw) return rawPaths(dataset.raw).images;
  return chooseFolder(vscode.l10n.t('Folder with a few images like those that the model is for'));
}

async function chooseFolder(title: string): Promise<string | undefined> {
  const [folder] =
    (await vscode.window.showOpenDialog({
      title,
      openLabel: vscode.l10n.t('Measure'),
      canSelectFolders: true,
      canSelectFiles: false,
    })) ?? [];
  return folder?.fsPath;
}

async function pickFile(
  title: string,
  { dataset, model }: ModelChoice,
  precision: string,
): Promise<string | undefined> {
  const name = parseDatasetName(dataset.folderName)?.name ?? dataset.folderName;
  const suffix = precision === 'fp32' ? '' : `_${precision}`;
  const folder = workspaceFolder()?.uri.fsPath ?? dataset.results;
  const chosen = await vscode.window.showSaveDialog({
    title,
    saveLabel: vscode.l10n.t('Export'),
    defaultUri: vscode.Uri.file(join(folder, `${name}_${model.configuration}${suffix}.onnx`)),
    filters: { ONNX: ['onnx'] },
  });
  if (!chosen) return undefined;
  return chosen.fsPath.toLowerCase().endsWith('.onnx') ? chosen.fsPath : `${chosen.fsPath}.onnx`;
}

function tell({ file, bytes, measuredDice }: ExportOnnxResult): void {
  const size = `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
  const agreement = measuredDice
    ? vscode.l10n.t(
        ' Dice against the exact model’s masks, on patches of {0}: {1}.',
        counted(measuredDice.cases, 'image'),
        measuredDice.agreement.toFixed(4),
      )
    : '';
  const text = vscode.l10n.t('The model is in {0} ({1}).', vscode.workspace.asRelativePath(file), size) + agreement;
  const predict = (): Thenable<unknown> =>
    vscode.commands.executeCommand('nnunet.predictImage', undefined, { model: file });
  offer('information', text, { title: vscode.l10n.t('Predict an Image'), run: predict });
}
