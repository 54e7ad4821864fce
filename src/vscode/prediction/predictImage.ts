/** Segments one image with a model, without the training engine: the mask grows in the volume editor and is saved as a file. */
import type { VoxelBox } from '../../geometry/types';
import { basename, join } from 'node:path';
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
import { doubt } from '../wizard/doubt';
import { opened } from '../wizard/files';
import { askThen } from '../wizard/questions';
import type { Asker, Question } from '../wizard/walk';
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

/** Asks for a part of the image; undefined where it can't be shown. */
type RegionQuestion = (asker: Asker, image: vscode.Uri) => Promise<VoxelBox | undefined>;

/** What was decided on. */
interface Wanted extends Omit<Prediction, 'output'> {
  context: CaseContext;
}

/** @param region absent: what is drawn, or all of it */
export async function predictImageCommand(
  services: Services,
  editors: VolumeEditorProvider,
  target: unknown,
  options: PredictImageOptions = {},
  title = vscode.l10n.t('Predict This Image'),
  region?: RegionQuestion,
): Promise<void> {
  const given = asUri(target) ?? openedVolume();
  await askThen(
    { id: `nnunet.predictImage ${region ? 'region' : ''} ${given?.path ?? ''}`, title },
    (asker) => questions(services, editors, asker, given, options, region),
    (wanted) => predictWanted(services, editors, wanted),
  );
}

async function questions(
  services: Services,
  editors: VolumeEditorProvider,
  asker: Asker,
  given: vscode.Uri | undefined,
  options: PredictImageOptions,
  region: RegionQuestion | undefined,
): Promise<Wanted | undefined> {
  const image = given ?? vscode.Uri.file((await asker.ask('image', imageQuestion()))[0]!);
  requireLocal(image);
  const path = givenModel(options) ?? (await chooseModel(services, asker));
  const model = await asker.once(`describe ${path}`, () => describeChosen(path));
  const { previousStage } = model;
  const previous = previousStage && (await asker.ask('previous', previousQuestion(image, previousStage)));
  const wasOpen = await asker.once(`open ${image.path}`, async () => {
    const isOpen = editors.isOpen(image);
    await editors.open(image);
    return isOpen;
  });
  const box = await (region?.(asker, image) ?? (wasOpen ? askPart(editors, asker, image, options.part) : 'whole'));
  if (!box) return undefined;
  const context = await findCase(image.path, new VscodeFiles(image));
  const images = imagesOf(image, context, model);
  const decided = { image, model, images, region: box === 'whole' ? undefined : box };
  const key = `look ahead ${JSON.stringify([path, images, decided.region])}`;
  const foreseen = await asker.once(key, () => lookAhead(services, decided));
  if (options.anyway !== true)
    await asker.ask(
      'anyway',
      doubt(() => askAnyway(foreseen)),
    );
  const dataset = context.datasetFolder && basename(context.datasetFolder);
  return { ...decided, previousLabels: previous?.[0], dataset, foreseen, context };
}

function givenModel({ model }: PredictImageOptions): string | undefined {
  return typeof model === 'string' ? model : model instanceof vscode.Uri ? model.fsPath : undefined;
}

async function predictWanted(
  services: Services,
  editors: VolumeEditorProvider,
  { context, ...wanted }: Wanted,
): Promise<void> {
  const output = await maskFileOf(services, wanted.image, context, wanted.model);
  awaited.add(output);
  try {
    await rememberModel(services, wanted.model.path);
    await predict(services, editors, { ...wanted, output });
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

function imageQuestion(): Question<string[]> {
  return opened({
    what: vscode.l10n.t('the image'),
    openLabel: vscode.l10n.t('Predict'),
    filters: { [vscode.l10n.t('Images')]: [...endingsInDialogs] },
  });
}

/** For the path of a mask. */
function previousQuestion(image: vscode.Uri, configuration: string): Question<string[]> {
  return opened({
    what: vscode.l10n.t('the mask of {0} that this model refines', configuration),
    openLabel: vscode.l10n.t('Refine'),
    defaultUri: vscode.Uri.joinPath(image, '..'),
  });
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
  const folderName = datasetFolder && basename(datasetFolder);
  const predictionsRoot =
    datasetFolder && folderName
      ? catalog.predictionsRoot({ results: join(catalog.rootsOf(datasetFolder).results, folderName), folderName })
      : undefined;
  const place = { image: image.fsPath, caseId, ending: ending || splitEnding(image.fsPath).ending };
  return freeMaskFile({ ...place, model: name, predictionsRoot }, (file) => awaited.has(file));
}
