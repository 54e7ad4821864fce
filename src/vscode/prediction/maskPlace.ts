/** Puts a predicted mask elsewhere, or takes it away, with what is written about it; the editors of its image follow. */
import { readdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { outputListName } from '../../dataset/ownedOutputs';
import { requireConfirmedFile } from '../../dataset/outputPlace';
import { predictionRecordName } from '../../dataset/predictionRecord';
import { copyFileAtomic } from '../../storage/atomicFile';
import { splitEnding } from '../../images/endings';
import type { LabelInfo } from '../../protocol/volume';
import type { Services } from '../services';
import type { VolumeEditorProvider } from '../volume/editor';
import { saved } from '../wizard/files';
import type { Question } from '../wizard/walk';
import { deleteRecord } from './recordPrediction';

export interface MaskPlace {
  mask: vscode.Uri;
  /** undefined where it is not known: then no editor follows. */
  image: vscode.Uri | undefined;
  /** Files that must not be replaced by it. */
  images: readonly string[];
  labels?: LabelInfo[];
  /** Folder name of the dataset that it belongs to. */
  dataset?: string;
}

/** Where shall it go? */
export function targetQuestion({ mask }: MaskPlace): Question<string> {
  return saved({ saveLabel: vscode.l10n.t('Move'), defaultUri: mask });
}

/**
 * @param chosen  a file
 * @param record  writes what made it beside its new place
 * @returns where the mask is afterwards
 */
export async function moveMask(
  services: Services,
  editors: VolumeEditorProvider,
  place: MaskPlace,
  chosen: string,
  record: (target: vscode.Uri) => Promise<void>,
): Promise<vscode.Uri> {
  const { mask, image, images, labels } = place;
  const { ending } = splitEnding(mask.fsPath);
  // The file stays what it is: under another ending it could not be read.
  const isNamed = chosen.toLowerCase().endsWith(ending.toLowerCase());
  const target = vscode.Uri.file(isNamed ? chosen : `${chosen}${ending}`);
  if (target.fsPath === mask.fsPath) return mask;
  await requireConfirmedFile(target.fsPath, [...images]);
  await copyFileAtomic(mask.fsPath, target.fsPath);
  await record(target);
  await deleteMask(services, editors, place);
  if (image) await editors.open(image, { segmentations: [target.path], labels });
  return target;
}

export async function deleteMask(
  services: Services,
  editors: VolumeEditorProvider,
  { mask, image, dataset }: MaskPlace,
): Promise<void> {
  await rm(mask.fsPath, { force: true });
  await deleteRecord(mask.fsPath);
  await removeEmptyFolder(dirname(mask.fsPath), image);
  if (image) editors.forgetSegmentation(image, mask.path);
  if (dataset) services.catalog.refresh(dataset);
}

/** The folder that was made for a mask, with what says how; never the image's, nor one that may be. */
async function removeEmptyFolder(folder: string, image: vscode.Uri | undefined): Promise<void> {
  if (!image || folder === dirname(image.fsPath)) return;
  const names = await readdir(folder).catch(() => ['?']);
  const ofMasks = [predictionRecordName, outputListName];
  if (names.some((name) => !ofMasks.includes(name))) return;
  for (const name of ofMasks) await rm(join(folder, name), { force: true });
  await rmdir(folder);
}
