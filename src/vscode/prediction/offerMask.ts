/** What can be done with a mask once it is predicted: see its volumes, put it elsewhere, delete it. */
import type { VoxelBox } from '../../geometry/types';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { ImagePrediction } from '../../pipeline/prediction/predictor';
import { askFirst, notify } from '../notify';
import type { Services } from '../services';
import type { VolumeEditorProvider } from '../volume/editor';
import type { ChosenModel } from './describeChosen';
import { askThen } from '../wizard/questions';
import { deleteMask, moveMask, targetQuestion, type MaskPlace } from './maskPlace';
import { recordPrediction, type PredictedMask } from './recordPrediction';
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

function placeOf({ image, images, model, dataset }: PredictedFor, mask: vscode.Uri): MaskPlace {
  return { mask, image, images, labels: model.labels, dataset };
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
    else if (choice === move) mask = (await askAndMove(services, editors, predicted, mask)) ?? mask;
    else {
      if (choice === remove) await deleteMask(services, editors, placeOf(predicted, mask));
      return;
    }
  }
}

/** @returns undefined where the person left */
function askAndMove(
  services: Services,
  editors: VolumeEditorProvider,
  predicted: PredictedFor,
  mask: vscode.Uri,
): Promise<vscode.Uri | undefined> {
  const place = placeOf(predicted, mask);
  return askThen(
    { id: `move ${mask.fsPath}`, title: vscode.l10n.t('Move Mask') },
    (asker) => asker.ask('target', targetQuestion(place)),
    (chosen) =>
      moveMask(services, editors, place, chosen, (target) => recordPrediction(recordOf(predicted, target, false))),
  );
}

async function showVolumes(name: string, volumes: ImagePrediction['volumes']): Promise<void> {
  const copy = vscode.l10n.t('Copy as Table');
  const choice = await askFirst('information', vscode.l10n.t('Volumes in {0}', name), volumeLines(volumes), copy);
  if (choice === copy) await vscode.env.clipboard.writeText(volumeTable(volumes));
}
