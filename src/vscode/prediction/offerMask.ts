/** What can be done with a mask once it is predicted: see its volumes, put it elsewhere, delete it. */
import { readdir, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { outputListName } from '../../dataset/ownedOutputs';
import { requireConfirmedFile } from '../../dataset/outputPlace';
import { predictionRecordName } from '../../dataset/predictionRecord';
import { copyFileAtomic } from '../../storage/atomicFile';
import { splitEnding } from '../../images/endings';
import type { ImagePrediction } from '../../pipeline/prediction/predictImage';
import { askFirst, notify } from '../notify';
import type { VoxelBox } from '../../pipeline/preprocessCase';
import type { Services } from '../services';
import type { VolumeEditorProvider } from '../volume/editor';
import type { ChosenModel } from './describeChosen';
import { deleteRecord, recordPrediction, type PredictedMask } from './recordPrediction';
import { volumeLines, volumeSentence, volumeTable } from './volumeWords';

/** What a mask was predicted of and with. */
export interface PredictedFor {
  image: vscode.Uri;
  /** Files that were read: one for each channel, or the image alone. */
  images: string[];
  model: ChosenModel;
  /** Folder name of the dataset that the image belongs to. */
  dataset?: string;
  /** Only this part of the image was predicted. */
  region?: VoxelBox;
}

/** What is written about a mask; a dataset's predictions have folders of their own. */
export function recordOf(
  { model, images, dataset, region }: PredictedFor,
  mask: vscode.Uri,
  isFolderOfPredictions = dataset !== undefined,
): PredictedMask {
  const { path, labels } = model;
  return { mask: mask.fsPath, model: path, images, labels, isOfRegion: region !== undefined, isFolderOfPredictions };
}

/** Asks until the person is done with it: looking at volumes does not take away the way to undo. */
export async function offerMask(
  services: Services,
  editors: VolumeEditorProvider,
  predicted: PredictedFor,
  first: vscode.Uri,
  volumes: ImagePrediction['volumes'],
): Promise<void> {
  const found = volumeSentence(volumes) || vscode.l10n.t('nothing was found');
  const [show, move, remove] = [
    vscode.l10n.t('Show Volumes'),
    vscode.l10n.t('Move Mask…'),
    vscode.l10n.t('Delete Mask'),
  ];
  for (let mask = first; ;) {
    const file = vscode.workspace.asRelativePath(mask);
    const text = vscode.l10n.t('{0}: {1}. The mask is {2}.', predicted.model.title, found, file);
    const choice = await notify('information', text, show, move, remove);
    if (choice === show) await showVolumes(basename(mask.fsPath), volumes);
    else if (choice === move) mask = await moveMask(services, editors, predicted, mask);
    else {
      if (choice === remove) await deleteMask(services, editors, predicted, mask);
      return;
    }
  }
}

async function showVolumes(name: string, volumes: ImagePrediction['volumes']): Promise<void> {
  const copy = vscode.l10n.t('Copy as Table');
  const choice = await askFirst('information', vscode.l10n.t('Volumes in {0}', name), volumeLines(volumes), copy);
  if (choice === copy) await vscode.env.clipboard.writeText(volumeTable(volumes));
}

/** @returns where the mask is afterwards */
async function moveMask(
  services: Services,
  editors: VolumeEditorProvider,
  predicted: PredictedFor,
  mask: vscode.Uri,
): Promise<vscode.Uri> {
  const { ending } = splitEnding(mask.fsPath);
  const chosen = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Move Mask'),
    saveLabel: vscode.l10n.t('Move'),
    defaultUri: mask,
  });
  if (!chosen) return mask;
  // The file stays what it is: under another ending it could not be read.
  const isNamed = chosen.fsPath.toLowerCase().endsWith(ending.toLowerCase());
  const target = vscode.Uri.file(isNamed ? chosen.fsPath : `${chosen.fsPath}${ending}`);
  if (target.fsPath === mask.fsPath) return mask;
  await requireConfirmedFile(target.fsPath, predicted.images);
  await copyFileAtomic(mask.fsPath, target.fsPath);
  await recordPrediction(recordOf(predicted, target, false));
  await deleteMask(services, editors, predicted, mask);
  await editors.open(predicted.image, { segmentations: [target.path], labels: predicted.model.labels });
  return target;
}

/** Undo. */
async function deleteMask(
  services: Services,
  editors: VolumeEditorProvider,
  { image, dataset }: PredictedFor,
  mask: vscode.Uri,
): Promise<void> {
  await rm(mask.fsPath, { force: true });
  await deleteRecord(mask.fsPath);
  await removeEmptyFolder(dirname(mask.fsPath), image);
  editors.forgetSegmentation(image, mask.path);
  if (dataset) services.catalog.refresh(dataset);
}

/** The folder that was made for a mask, with what says how; never the image's. */
async function removeEmptyFolder(folder: string, image: vscode.Uri): Promise<void> {
  if (folder === dirname(image.fsPath)) return;
  const names = await readdir(folder).catch(() => ['?']);
  const ofMasks = [predictionRecordName, outputListName];
  if (names.some((name) => !ofMasks.includes(name))) return;
  for (const name of ofMasks) await rm(join(folder, name), { force: true });
  await rmdir(folder);
}
