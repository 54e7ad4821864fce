/** The command Compare Segmentations: which image, which of its segmentations, then side by side in the volume editor. */
import * as vscode from 'vscode';
import { opened } from '../wizard/files';
import { severalOf, type ListItem } from '../wizard/list';
import { askThen } from '../wizard/questions';
import type { Asker, Question } from '../wizard/walk';
import { sortCompared } from './comparedFiles';
import { findCase } from './caseContext';
import { imageFor, volumeFilters, type VolumeEditorProvider } from './editor';
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
  const [given = activeVolume()] = uris;
  await askThen(
    {
      id: `nnunet.compareSegmentations ${given?.toString() ?? ''}`,
      title: vscode.l10n.t('Compare Segmentations'),
      steps: given ? 1 : 2,
    },
    (asker) => questions(provider, asker, given),
    async ({ image, paths }) => {
      if (paths.length > 0) await provider.open(image, { segmentations: paths, compare: paths.length > 1 });
    },
  );
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

/** In place of a path. */
const otherFile = '';

async function questions(
  provider: VolumeEditorProvider,
  asker: Asker,
  given: vscode.Uri | undefined,
): Promise<{ image: vscode.Uri; paths: string[] }> {
  const only = given ?? vscode.Uri.file((await asker.ask('image', imageQuestion()))[0]!);
  const image = await asker.once(`image of ${only.toString()}`, () => imageOf(provider, only));
  const items = (): Promise<ListItem<string>[]> =>
    asker.once(`segmentations of ${image.toString()}`, () => segmentationItems(provider, image));
  const placeholder = vscode.l10n.t('Choose two or more; they are shown side by side');
  const chosen = await asker.ask('segmentations', severalOf({ placeholder, items }));
  const paths = chosen.filter((path) => path !== otherFile);
  if (chosen.includes(otherFile)) {
    const [file] = await asker.ask('other segmentation', otherQuestion(image), 'same');
    // As the paths of the others are written, on every system.
    paths.push(vscode.Uri.file(file!).path);
  }
  return { image, paths };
}

async function imageOf(provider: VolumeEditorProvider, only: vscode.Uri): Promise<vscode.Uri> {
  const files = new VscodeFiles(only);
  const image = await imageOfSegmentation(only.path, provider.surroundings(only), files);
  return image === undefined ? only : files.uri(image);
}

async function segmentationItems(provider: VolumeEditorProvider, image: vscode.Uri): Promise<ListItem<string>[]> {
  const files = provider.filesOf(image);
  const context = await findCase(image.path, files);
  const found = await findSegmentations(context, provider.surroundings(image), files);
  const other = { label: vscode.l10n.t('Other file…'), alwaysShow: true, picked: found.length === 0, value: otherFile };
  return [
    ...found.map(({ name, detail, path, source }) => ({
      label: name,
      description: detail,
      picked: found.length === 2 || source === 'prediction',
      key: path,
      value: path,
    })),
    other,
  ];
}

function imageQuestion(): Question<string[]> {
  return opened({
    what: vscode.l10n.t('the image whose segmentations are compared'),
    openLabel: vscode.l10n.t('Choose'),
  });
}

function otherQuestion(image: vscode.Uri): Question<string[]> {
  return opened({
    what: vscode.l10n.t('a segmentation of this image'),
    openLabel: vscode.l10n.t('Compare'),
    defaultUri: vscode.Uri.joinPath(image, '..'),
    filters: volumeFilters(),
  });
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
