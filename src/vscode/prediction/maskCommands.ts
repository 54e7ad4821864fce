/** "Move Mask…" and "Delete Mask", in the volume editor's menu and on predictions in the tree: long after the notification is gone. */
import { t } from '@vscode/l10n';
import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { maskRecordName, writePredictionRecord } from '../../dataset/predictionRecord';
import { splitEnding } from '../../images/endings';
import type { ExplorerNode } from '../explorer/nodes';
import { offer } from '../messages';
import { askOr, choose } from '../notify';
import { registerCommand } from '../registerCommand';
import type { Services } from '../services';
import type { VolumeEditorProvider } from '../volume/editor';
import { asUri } from '../volume/uri';
import { deleteMask, moveMask, type MaskPlace } from './maskPlace';
import { predictedMasks, recordOfMask } from './predictedMasks';

export function registerMaskCommands(services: Services, editors: VolumeEditorProvider): vscode.Disposable {
  const { output } = services;
  return vscode.Disposable.from(
    registerCommand(output, 'nnunet.moveMask', t('Move Mask'), async (target?: unknown) => {
      const place = await pickMask(services, target, t('Move Mask'));
      if (place) await moveMask(services, editors, place, (to) => copyRecord(place, to));
    }),
    registerCommand(output, 'nnunet.deleteMask', t('Delete Mask'), async (target?: unknown) => {
      const place = await pickMask(services, target, t('Delete Mask'));
      if (!place) return;
      const remove = t('Delete Mask');
      const question = t('Delete {0}?', basename(place.mask.fsPath));
      const choice = await askOr(t('Keep Mask'), 'warning', question, place.mask.fsPath, remove);
      if (choice === remove) await deleteMask(services, editors, place);
    }),
  );
}

/** What is known of a mask in a folder of predictions goes with it as a record of its own. */
async function copyRecord({ mask, images }: MaskPlace, target: vscode.Uri): Promise<void> {
  const record = await recordOfMask(mask.fsPath);
  if (!record) return;
  const name = maskRecordName(target.fsPath);
  const regionOnly = record.regionOnly?.includes(basename(mask.fsPath)) ? [basename(target.fsPath)] : undefined;
  const input = images.length > 0 ? [...images] : record.input;
  await writePredictionRecord(dirname(target.fsPath), { ...record, input, regionOnly }, name);
}

async function pickMask(services: Services, target: unknown, title: string): Promise<MaskPlace | undefined> {
  const node = target as ExplorerNode | undefined;
  const known = await placeOfNode(node);
  if (known) return known;
  if (node?.kind === 'validationCase') return tellNone();
  const shown = asUri(target) ?? activeVolume();
  if (shown?.scheme !== 'file') return tellNone();
  const places = await placesFor(services, shown.fsPath);
  if (places.length === 0) return tellNone();
  if (places.length === 1) return places[0];
  const items = places.map((place) => ({
    label: basename(place.mask.fsPath),
    description: vscode.workspace.asRelativePath(dirname(place.mask.fsPath)),
    place,
  }));
  return (await choose(items, { title, placeHolder: t('Which mask?') }))?.place;
}

async function placeOfNode(node: ExplorerNode | undefined): Promise<MaskPlace | undefined> {
  if (node?.kind === 'file' && node.role === 'prediction')
    return placeOf(node.file, node.partner, node.dataset.folderName);
  // The masks of a validation belong to their training.
  if (node?.kind !== 'validationCase' || !(await recordOfMask(node.scored.prediction))) return undefined;
  return placeOf(node.scored.prediction, node.files?.images[0], node.dataset.folderName);
}

/** @param file  an image, or a mask that is shown alone */
async function placesFor({ catalog }: Services, file: string): Promise<MaskPlace[]> {
  const datasets = await catalog.datasets();
  const dataset = datasets.find(({ raw }) => file.startsWith(`${raw}/`) || file.startsWith(`${raw}\\`));
  const cases = dataset?.exists.raw ? await catalog.raw(dataset) : undefined;
  const own = [...(cases?.cases ?? []), ...(cases?.testCases ?? [])].find(({ images }) => images.includes(file));
  const folders = dataset ? (await catalog.predictions(dataset)).map(({ folder }) => folder) : [];
  const masks = await predictedMasks(file, own?.id ?? splitEnding(basename(file)).stem, folders);
  if (masks.length > 0) return masks.map((mask) => placeOf(mask, file, dataset?.folderName, own?.images));
  // A dataset's own files are no predictions, whatever lies beside them.
  return !dataset && (await recordOfMask(file)) ? [placeOf(file, undefined, undefined)] : [];
}

function placeOf(
  mask: string,
  image: string | undefined,
  dataset: string | undefined,
  images?: readonly string[],
): MaskPlace {
  return {
    mask: vscode.Uri.file(mask),
    image: image === undefined ? undefined : vscode.Uri.file(image),
    images: images ?? (image === undefined ? [] : [image]),
    dataset,
  };
}

function activeVolume(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputCustom ? input.uri : undefined;
}

function tellNone(): undefined {
  offer('information', t('No predicted mask of this image is known. Masks of other origin are left alone.'));
  return undefined;
}
