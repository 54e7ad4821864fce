/** The command Compare Segmentations: which image, which of its segmentations, then side by side in the volume editor. */
import * as vscode from 'vscode';
import { chooseSeveral } from '../notify';
import { sortCompared } from './comparedFiles';
import { findCase } from './caseContext';
import { chooseSegmentation, imageFor, type VolumeEditorProvider } from './editor';
import { optionalVolumeViewType, volumeViewType } from './viewType';
import { imageOfSegmentation } from './imageOfSegmentation';
import { findSegmentations } from './segmentations';
import { VscodeFiles } from './vscodeFiles';

/**
 * @param first      what the command was called on: an image, a segmentation, or a list of segmentations
 * @param selection  all files that were selected with it
 */
export async function compareSegmentations(
  provider: VolumeEditorProvider,
  first: unknown,
  selection: unknown,
): Promise<void> {
  const uris = urisOf(Array.isArray(selection) ? selection : Array.isArray(first) ? first : [first]);
  if (uris.length >= 2) return compareThese(provider, uris);
  const [only = activeVolume() ?? (await chooseImage())] = uris;
  if (!only) return;
  const files = new VscodeFiles(only);
  const image = await imageOfSegmentation(only.path, provider.surroundings(only), files);
  await chooseAndCompare(provider, image === undefined ? only : files.uri(image));
}

async function compareThese(provider: VolumeEditorProvider, uris: readonly vscode.Uri[]): Promise<void> {
  const files = new VscodeFiles(uris[0]!);
  const paths = uris.map(({ path }) => path);
  const images = await Promise.all(
    uris.map(({ path }, index) => imageOfSegmentation(path, provider.surroundings(uris[index]!), files)),
  );
  const { image: path, segmentations } = sortCompared(paths, images);
  const image = path === undefined ? await imageFor(uris[0]!, provider) : files.uri(path);
  if (image) await provider.open(image, { segmentations, compare: segmentations.length > 1 });
}

const volumeViewTypes: readonly string[] = [volumeViewType, optionalVolumeViewType];

interface SegmentationItem extends vscode.QuickPickItem {
  path?: string;
}

async function chooseAndCompare(provider: VolumeEditorProvider, image: vscode.Uri): Promise<void> {
  const files = provider.filesOf(image);
  const context = await findCase(image.path, files);
  const found = await findSegmentations(context, provider.surroundings(image), files);
  const items: SegmentationItem[] = found.map(({ name, detail, path, source }) => ({
    label: name,
    description: detail,
    path,
    picked: found.length === 2 || source === 'prediction',
  }));
  const other: SegmentationItem = { label: vscode.l10n.t('Other file…'), alwaysShow: true, picked: found.length === 0 };
  const chosen = await chooseSeveral([...items, other], {
    title: vscode.l10n.t('Compare Segmentations of {0}', context.caseId),
    placeHolder: vscode.l10n.t('Choose two or more; they are shown side by side'),
    matchOnDescription: true,
  });
  if (!chosen || chosen.length === 0) return;
  const paths = chosen.flatMap(({ path }) => (path === undefined ? [] : [path]));
  if (chosen.includes(other)) {
    const file = await chooseSegmentation(image);
    if (file) paths.push(file.path);
  }
  if (paths.length === 0) return;
  await provider.open(image, { segmentations: paths, compare: paths.length > 1 });
}

function urisOf(values: readonly unknown[]): vscode.Uri[] {
  return values.flatMap((value) => {
    if (value instanceof vscode.Uri) return [value];
    if (typeof value === 'string' && value !== '') return [vscode.Uri.file(value)];
    const { resourceUri } = (value ?? {}) as { resourceUri?: unknown };
    return resourceUri instanceof vscode.Uri ? [resourceUri] : [];
  });
}

function activeVolume(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputCustom && volumeViewTypes.includes(input.viewType) ? input.uri : undefined;
}

async function chooseImage(): Promise<vscode.Uri | undefined> {
  const [chosen] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Choose the Image Whose Segmentations to Compare'),
      openLabel: vscode.l10n.t('Choose'),
    })) ?? [];
  return chosen;
}
