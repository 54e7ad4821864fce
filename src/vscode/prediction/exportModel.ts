/** Writes a trained model, or one of its folds, as one .onnx file that predicts anywhere, and shows its card. */
import { join } from 'node:path';
import * as vscode from 'vscode';
import { parseDatasetName } from '../../dataset/names';
import { rawPaths } from '../../dataset/rawDataset';
import type { ExportOnnxRequest } from '../../jobs/requests';
import { choiceFile } from '../../pipeline/chosenModel';
import { readModel } from '../../pipeline/modelFolder';
import { chosenName } from '../../runs/chosenWords';
import type { ModelPrecision } from '../../inference/modelMetadata';
import type { ExportOnnxResult } from '../../pipeline/prediction/exportOnnx';
import { runJob } from '../progress/jobProgress';
import { type DatasetArgument, type ModelChoice, pickModel, placeOf } from '../explorer/pick';
import { offer } from '../messages';
import type { Services } from '../services';
import { workspaceFolder } from '../settings';
import { opened, saved } from '../wizard/files';
import { line } from '../wizard/line';
import { oneOf } from '../wizard/list';
import { askThen } from '../wizard/questions';
import type { Asker, Question } from '../wizard/walk';
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
  options: ExportModelOptions = {},
): Promise<void> {
  const title = vscode.l10n.t('Export Model as ONNX');
  const asked = [argument, givenPrecision(options), options.output, options.output];
  await askThen(
    { id: `nnunet.exportModel ${placeOf(argument)}`, title, steps: asked.filter((one) => one === undefined).length },
    (asker) => questions(services, asker, argument, options),
    (wanted) => exportModel(services, wanted),
  );
}

interface Wanted {
  choice: ModelChoice;
  request: ExportOnnxRequest;
}

async function questions(
  services: Services,
  asker: Asker,
  argument: DatasetArgument,
  options: ExportModelOptions,
): Promise<Wanted> {
  const choice = await pickModel(services, asker, argument);
  if (choice.chosen) return bestQuestions(services, asker, choice, options);
  const fold = typeof argument === 'object' && argument.kind === 'fold' ? argument.fold : undefined;
  const precision = givenPrecision(options) ?? (await asker.ask('precision', precisionQuestion(fold === undefined)));
  const images = precision === 'int8' ? await calibrationImages(asker, choice) : undefined;
  const first = images && (await readModel(choice.model.folder)).configuration.previous_stage;
  const masks = first && (await askFolder(asker, 'masks', vscode.l10n.t('the masks of {0} of these images', first)));
  const given = typeof options.output === 'string' ? options.output : undefined;
  const output = withEnding(given ?? (await asker.ask('file', fileQuestion(choice, precision))));
  const author = given === undefined ? await askAuthor(services, asker) : (options.author ?? '');
  const request = {
    modelFolder: choice.model.folder,
    output,
    precision,
    ...(fold !== undefined && { folds: [fold] }),
    ...(typeof author === 'string' && author !== '' && { author }),
    ...(images && { calibrate: [images] }),
    ...(masks && { previousStageFolder: masks }),
  };
  return { choice, request };
}

/** Of several networks a folder is made. */
async function bestQuestions(
  services: Services,
  asker: Asker,
  choice: ModelChoice,
  options: ExportModelOptions,
): Promise<Wanted> {
  const given = typeof options.output === 'string' ? options.output : undefined;
  const precision =
    givenPrecision(options) ?? (await asker.ask('precision', precisionQuestion(true, ['fp32', 'fp16'])));
  const output = given ?? (await asker.ask('folder', setFolderQuestion(choice)));
  const author = given === undefined ? await askAuthor(services, asker) : (options.author ?? '');
  const request = {
    modelFolder: choiceFile(choice.dataset.results),
    output,
    precision,
    ...(typeof author === 'string' && author !== '' && { author }),
  };
  return { choice, request };
}

function setFolderQuestion({ dataset }: ModelChoice): Question<string> {
  const name = parseDatasetName(dataset.folderName)?.name ?? dataset.folderName;
  const folder = workspaceFolder(dataset.results) ?? dataset.results;
  return saved({
    what: vscode.l10n.t('the folder for the models'),
    saveLabel: vscode.l10n.t('Export'),
    defaultUri: vscode.Uri.file(join(folder, `${name}_best`)),
  });
}

async function exportModel(services: Services, { choice, request }: Wanted): Promise<void> {
  const { dataset, model, chosen } = choice;
  const title = vscode.l10n.t(
    'Exporting {0}, {1}',
    dataset.folderName,
    chosen ? chosenName(chosen) : model.configuration,
  );
  const result = await runJob(services, { kind: 'export-onnx', request, title });
  if (chosen) return tell(result);
  await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(result.file), modelCardViewType);
  tell(result);
}

const precisions: readonly unknown[] = ['fp32', 'fp16', 'int8'] satisfies ModelPrecision[];

function givenPrecision({ precision }: ExportModelOptions): ModelPrecision | undefined {
  return precisions.includes(precision) ? (precision as ModelPrecision) : undefined;
}

function precisionQuestion(
  isWholeModel: boolean,
  offered: readonly ModelPrecision[] = ['fp32', 'fp16', 'int8'],
): Question<ModelPrecision> {
  const item = (label: string, value: ModelPrecision, detail: string) => ({ label, description: value, detail, value });
  const items = [
    item(vscode.l10n.t('Exact'), 'fp32', vscode.l10n.t('As it was trained')),
    item(
      vscode.l10n.t('Half the size'),
      'fp16',
      vscode.l10n.t('Weights in half precision: almost the same masks, at the same speed'),
    ),
    item(
      vscode.l10n.t('A quarter of the size'),
      'int8',
      vscode.l10n.t('Weights in 8 bits, measured on a few images: how much the masks change is said'),
    ),
  ];
  const placeholder = isWholeModel
    ? vscode.l10n.t('How? All trained folds go into one file, which averages them')
    : vscode.l10n.t('How?');
  return oneOf({ placeholder, items: () => items.filter(({ value }) => offered.includes(value)) });
}

/** @returns empty where nobody is to be named */
async function askAuthor({ context }: Services, asker: Asker): Promise<string> {
  const prompt = vscode.l10n.t('Who made the model? It is shown with it; empty: nobody is named');
  const value = context.globalState.get<string>(authorMemory);
  const author = (await asker.ask('author', line({ prompt, value }))).trim();
  await context.globalState.update(authorMemory, author);
  return author;
}

/** The dataset's own training images; asked for where they are not here. */
async function calibrationImages(asker: Asker, { dataset }: ModelChoice): Promise<string> {
  if (dataset.exists.raw) return rawPaths(dataset.raw).images;
  return askFolder(asker, 'images', vscode.l10n.t('a few images like those that the model is for'));
}

async function askFolder(asker: Asker, name: string, what: string): Promise<string> {
  const openLabel = vscode.l10n.t('Measure');
  const dialog = opened({ what, openLabel, canSelectFolders: true, canSelectFiles: false });
  return (await asker.ask(name, dialog, 'same'))[0]!;
}

function fileQuestion({ dataset, model }: ModelChoice, precision: string): Question<string> {
  const name = parseDatasetName(dataset.folderName)?.name ?? dataset.folderName;
  const suffix = precision === 'fp32' ? '' : `_${precision}`;
  const folder = workspaceFolder(dataset.results) ?? dataset.results;
  return saved({
    saveLabel: vscode.l10n.t('Export'),
    defaultUri: vscode.Uri.file(join(folder, `${name}_${model.configuration}${suffix}.onnx`)),
    filters: { ONNX: ['onnx'] },
  });
}

const withEnding = (file: string): string => (file.toLowerCase().endsWith('.onnx') ? file : `${file}.onnx`);

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
