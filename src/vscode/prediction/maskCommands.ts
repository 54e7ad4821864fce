/** "Move Mask…" and "Delete Mask", in the volume editor's menu and on predictions in the tree: long after the notification is gone. */
import { t } from '@vscode/l10n';
import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { maskRecordName, writePredictionRecord } from '../../dataset/predictionRecord';
import { splitEnding } from '../../images/endings';
import { nodeId, type ExplorerNode } from '../explorer/nodes';
import { offer } from '../messages';
import { askOr } from '../notify';
import { registerCommand } from '../registerCommand';
import type { Services } from '../services';
import type { VolumeEditorProvider } from '../volume/editor';
import { asUri } from '../volume/uri';
import { doubt } from '../wizard/doubt';
import { oneOf, type ListItem } from '../wizard/list';
import { askThen } from '../wizard/questions';
import type { Asker } from '../wizard/walk';
import { deleteMask, moveMask, targetQuestion, type MaskPlace } from './maskPlace';
import { predictedMasks, recordOfMask } from './predictedMasks';

export function registerMaskCommands(services: Services, editors: VolumeEditorProvider): vscode.Disposable {
  const { output } = services;
  return vscode.Disposable.from(
    registerCommand(output, 'nnunet.moveMask', t('Move Mask'), (target?: unknown) => move(services, editors, target)),
    registerCommand(output, 'nnunet.deleteMask', t('Delete Mask'), (target?: unknown) =>
      remove(services, editors, target),
    ),
  );
}

async function move(services: Services, editors: VolumeEditorProvider, target: unknown): Promise<void> {
  const shown = shownBy(target);
  await askThen(
    { id: `nnunet.moveMask ${shown.name}`, title: t('Move Mask'), steps: 2 },
    async (asker) => {
      const place = await askMask(services, asker, shown);
      return { place, chosen: await asker.ask('target', targetQuestion(place)) };
    },
    ({ place, chosen }) => moveMask(services, editors, place, chosen, (to) => copyRecord(place, to)),
  );
}

async function remove(services: Services, editors: VolumeEditorProvider, target: unknown): Promise<void> {
  const shown = shownBy(target);
  const title = t('Delete Mask');
  await askThen(
    { id: `nnunet.deleteMask ${shown.name}`, title },
    async (asker) => {
      const place = await askMask(services, asker, shown);
      const question = t('Delete {0}?', basename(place.mask.fsPath));
      const isSure = async (): Promise<boolean> =>
        (await askOr(t('Keep Mask'), 'warning', question, place.mask.fsPath, title)) === title;
      await asker.ask('sure', doubt(isSure));
      return place;
    },
    (place) => deleteMask(services, editors, place),
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

/** What the command was called on, or what is shown. */
interface Shown {
  name: string;
  node?: ExplorerNode;
  uri?: vscode.Uri;
}

function shownBy(target: unknown): Shown {
  const uri = asUri(target);
  if (!uri && typeof target === 'object' && target !== null && 'kind' in target) {
    const node = target as ExplorerNode;
    return { name: nodeId(node), node };
  }
  const shown = uri ?? activeVolume();
  return { name: shown?.toString() ?? '', uri: shown };
}

async function askMask(services: Services, asker: Asker, shown: Shown): Promise<MaskPlace> {
  const items = async (): Promise<ListItem<MaskPlace>[]> =>
    (await placesOf(services, shown)).map((place) => ({
      label: basename(place.mask.fsPath),
      description: vscode.workspace.asRelativePath(dirname(place.mask.fsPath)),
      key: place.mask.fsPath,
      value: place,
    }));
  return asker.ask('mask', oneOf({ placeholder: t('Which mask?'), items, takesOnly: true, empty: tellNone }));
}

async function placesOf(services: Services, { node, uri }: Shown): Promise<MaskPlace[]> {
  const known = await placeOfNode(node);
  if (known) return [known];
  return uri?.scheme === 'file' ? placesFor(services, uri.fsPath) : [];
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

function tellNone(): void {
  offer('information', t('No predicted mask of this image is known. Masks of other origin are left alone.'));
}
