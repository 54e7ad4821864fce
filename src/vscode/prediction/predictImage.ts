/** Segments one image with a model, without the training engine: the mask grows in the volume editor and is saved as a file. */
import type { VoxelBox } from '../../geometry/types';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { predictionRecordName } from '../../dataset/predictionRecord';
import { endingsInDialogs, splitEnding } from '../../images/endings';
import { counted } from '../../words/counted';
import { ImageError } from '../../method/errors';
import {
  openPredictor,
  type ImageOptions,
  type ImagePrediction,
  type ImageProgress,
} from '../../pipeline/prediction/predictor';
import { PredictionWorker } from '../../pipeline/prediction/predictClient';
import { costWords } from '../../pipeline/prediction/predictionCost';
import { reportError } from '../messages';
import { type Report, withProgress } from '../notify';
import type { Services } from '../services';
import { onnxProvider } from '../settings';
import { findCase, type CaseContext } from '../volume/caseContext';
import type { VolumeEditorProvider } from '../volume/editor';
import { optionalVolumeViewType, volumeViewType } from '../volume/viewType';
import { asUri } from '../volume/uri';
import { VscodeFiles } from '../volume/vscodeFiles';
import { askAnyway } from './askAnyway';
import { askPart } from './askPart';
import { chooseModel, rememberModel } from './chooseModel';
import { describeChosen, type ChosenModel } from './describeChosen';
import type { Foreseen } from './doubtWords';
import { freeMaskFile } from './maskFile';
import { offerMask, recordOf, type PredictedFor } from './offerMask';
import { recordPrediction } from './recordPrediction';
import { volumeTable } from './volumeWords';

/** What a menu, a link or another command may say; all else is asked for. */
export interface PredictImageOptions {
  /** An .onnx file or a model folder. */
  model?: unknown;
  /** "drawn" or "whole": what is predicted where the person has drawn a region. */
  part?: unknown;
  /** true: without a question where the image is unlike those that the model was trained on. */
  anyway?: unknown;
}

/** One prediction as it was decided on. */
interface Prediction extends PredictedFor {
  /** A cascade's first stage. */
  previousLabels?: string;
  output: string;
  foreseen: Foreseen;
}

/** Files that predictions going on will write. */
const awaited = new Set<string>();

/** @param region asks for the part of the image that is wanted, undefined where the person changed their mind; absent: what is drawn */
export async function predictImageCommand(
  services: Services,
  editors: VolumeEditorProvider,
  target: unknown,
  options: PredictImageOptions | undefined,
  region?: (image: vscode.Uri) => Promise<VoxelBox | undefined>,
): Promise<void> {
  const image = asUri(target) ?? openedVolume() ?? (await chooseImage());
  if (!image) return;
  requireLocal(image);
  const given = options?.model;
  const path = typeof given === 'string' ? given : given instanceof vscode.Uri ? given.fsPath : undefined;
  const modelPath = path ?? (await chooseModel(services));
  if (modelPath === undefined) return;
  const model = await describeChosen(modelPath);
  const previousLabels = model.previousStage && (await choosePrevious(image, model.previousStage));
  if (model.previousStage && !previousLabels) return;
  const wasOpen = editors.isOpen(image);
  await editors.open(image);
  const box = await (region ? region(image) : wasOpen ? askPart(editors, image, options?.part) : 'whole');
  if (!box) return;
  const context = await findCase(image.path, new VscodeFiles(image));
  const dataset = context.datasetFolder && basename(context.datasetFolder);
  const output = await maskFileOf(services, image, context, model);
  awaited.add(output);
  try {
    await rememberModel(services, modelPath);
    const images = imagesOf(image, context, model);
    const region = box === 'whole' ? undefined : box;
    const foreseen = await lookAhead(services, { image, model, images, region });
    if (options?.anyway !== true && !(await askAnyway(foreseen))) return;
    await predict(services, editors, { image, model, images, previousLabels, output, dataset, region, foreseen });
  } finally {
    awaited.delete(output);
  }
}

/** In a process of its own: reading a scan would keep everything else in the editor waiting. */
async function lookAhead(
  services: Services,
  { image, model, images, region }: Pick<Prediction, 'image' | 'model' | 'images' | 'region'>,
): Promise<Foreseen> {
  const title = vscode.l10n.t('Looking at {0}', basename(image.fsPath));
  const location = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return withProgress(location, async (_, token) => {
    const abort = new AbortController();
    const cancelled = token.onCancellationRequested(() => abort.abort(new vscode.CancellationError()));
    const worker = new PredictionWorker({ script: services.distFile('inferenceWorker.js') });
    try {
      const task = { task: 'examine', model: model.path, images, isPart: region !== undefined } as const;
      return await worker.examine(task, { signal: abort.signal });
    } finally {
      cancelled.dispose();
      await worker.dispose();
    }
  });
}

async function predict(services: Services, editors: VolumeEditorProvider, prediction: Prediction): Promise<void> {
  const { image, model, output, dataset } = prediction;
  const growing = editors.grow(image, model.title, model.labels);
  let isShown = false;
  try {
    const result = await withNotification(services, prediction, (box) => growing.add(box));
    const mask = vscode.Uri.file(result.file ?? output);
    await recordPrediction(recordOf(prediction, mask)).catch((error: unknown) =>
      services.output.warn(`${predictionRecordName} of ${mask.fsPath}: ${String(error)}`),
    );
    if (dataset) services.catalog.refresh(dataset);
    await editors.open(image, { segmentations: [mask.path], labels: model.labels });
    isShown = true;
    growing.end(mask.path);
    services.output.info(`${mask.fsPath} (${result.seconds.toFixed(1)} s)\n${volumeTable(result.volumes)}`);
    offerMask(services, editors, prediction, mask, result.volumes).catch((error: unknown) =>
      reportError(services.output, vscode.l10n.t('Predict This Image'), error),
    );
  } finally {
    if (!isShown) growing.end();
  }
}

async function withNotification(
  services: Services,
  { image, model, images, previousLabels, region, output, foreseen: { cost } }: Prediction,
  onTiles: NonNullable<ImageOptions['onTiles']>,
): Promise<ImagePrediction> {
  const title = vscode.l10n.t('Predicting {0} with {1}', basename(image.fsPath), model.title);
  const location = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return withProgress(location, async (notification, token) => {
    const abort = new AbortController();
    const cancelled = token.onCancellationRequested(() => abort.abort(new vscode.CancellationError()));
    const { signal } = abort;
    const expected = cost ? ` (${costWords(cost)})` : '';
    notification.report({ message: vscode.l10n.t('loading the model') + expected });
    if (cost) services.output.info(`${title}: ${costWords(cost)}`);
    try {
      const script = services.distFile('inferenceWorker.js');
      const predictor = await openPredictor({ model: model.path, provider: onnxProvider(), signal, script });
      services.output.info(`${title}: ${predictor.provider}, ${counted(predictor.threads, 'thread')}`);
      try {
        const report = reporter(notification, predictor.provider);
        // Of memory that will hardly do was asked before.
        const onWarning = (_code: string, message: string): void => services.output.warn(message);
        return await predictor.predict({
          ...{ images, previousLabels, region, output, signal, onTiles, onWarning },
          onProgress: report,
        });
      } finally {
        await predictor.dispose();
      }
    } finally {
      cancelled.dispose();
    }
  });
}

/** Says the phase, the tile and what it runs on. */
function reporter(notification: Report, provider: string): (progress: ImageProgress) => void {
  const phases: Record<ImageProgress['phase'], string> = {
    read: vscode.l10n.t('reading the image'),
    preprocess: vscode.l10n.t('preparing the image'),
    preview: vscode.l10n.t('first look'),
    predict: vscode.l10n.t('segmenting'),
    export: vscode.l10n.t('bringing labels to the image'),
    write: vscode.l10n.t('writing the mask'),
  };
  let shown = 0;
  return ({ phase, done, total }) => {
    const isTiles = total > 0 && (phase === 'preview' || phase === 'predict');
    const tile = isTiles ? vscode.l10n.t(', tile {0} of {1} on the {2}', done, total, provider) : '';
    const share = phase === 'predict' && total > 0 ? (100 * done) / total : shown;
    notification.report({ message: phases[phase] + tile, increment: Math.max(0, share - shown) });
    shown = Math.max(shown, share);
  };
}

function openedVolume(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const isVolume =
    input instanceof vscode.TabInputCustom && [volumeViewType, optionalVolumeViewType].includes(input.viewType);
  return isVolume ? input.uri : undefined;
}

async function chooseImage(): Promise<vscode.Uri | undefined> {
  const [chosen] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Image to predict'),
      openLabel: vscode.l10n.t('Predict'),
      filters: { [vscode.l10n.t('Images')]: [...endingsInDialogs] },
    })) ?? [];
  return chosen;
}

/** @returns the path of a mask */
async function choosePrevious(image: vscode.Uri, configuration: string): Promise<string | undefined> {
  const [chosen] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('This model refines a mask of {0}: choose it', configuration),
      openLabel: vscode.l10n.t('Refine'),
      defaultUri: vscode.Uri.joinPath(image, '..'),
    })) ?? [];
  return chosen?.fsPath;
}

/** @throws ImageError `image-remote` */
function requireLocal(image: vscode.Uri): void {
  if (image.scheme === 'file') return;
  throw new ImageError('image-remote', 'Only images on the machine that VS Code works on can be predicted', {
    where: image.toString(true),
    hint: 'Save the image to a folder first.',
  });
}

/** The case's channels where the model takes as many; otherwise the opened file has to do, and errors say what is missing. */
function imagesOf(image: vscode.Uri, { channelFiles }: CaseContext, { imageChannels }: ChosenModel): string[] {
  const isCase = imageChannels > 1 && channelFiles.length === imageChannels;
  return isCase ? channelFiles.map((path) => image.with({ path }).fsPath) : [image.fsPath];
}

function maskFileOf(
  { catalog }: Services,
  image: vscode.Uri,
  { datasetFolder, caseId, ending }: CaseContext,
  { name }: ChosenModel,
): Promise<string> {
  const predictionsRoot = datasetFolder && catalog.predictionsRoot(basename(datasetFolder));
  const place = { image: image.fsPath, caseId, ending: ending || splitEnding(image.fsPath).ending };
  return freeMaskFile({ ...place, model: name, predictionsRoot }, (file) => awaited.has(file));
}
