/** Registers the volume editor and its commands. */
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { seriesIn } from '../../images/dicom/seriesFiles';
import { ImageError } from '../../method/errors';
import { counted } from '../../words/counted';
import { registerCommand } from '../registerCommand';
import type { Services } from '../services';
import { oneOf } from '../wizard/list';
import { askOnly } from '../wizard/questions';
import { compareSegmentations } from './compareCommand';
import { imageFor, type VolumeEditorProvider, volumeFilters } from './editor';
import { optionalVolumeViewType, volumeViewType } from './viewType';
import { asUri } from './uri';

export function registerVolume({ output }: Services, provider: VolumeEditorProvider): vscode.Disposable {
  return vscode.Disposable.from(
    provider,
    ...[volumeViewType, optionalVolumeViewType].map((viewType) =>
      vscode.window.registerCustomEditorProvider(viewType, provider, { supportsMultipleEditorsPerDocument: true }),
    ),
    registerCommand(
      output,
      'nnunet.openVolume',
      vscode.l10n.t('Opening the volume'),
      (target?: unknown, options?: OpenOptions) => openVolume(provider, target, options),
    ),
    registerCommand(
      output,
      'nnunet.compareSegmentations',
      vscode.l10n.t('Comparing'),
      (first?: unknown, selection?: unknown) => compareSegmentations(provider, first, selection),
    ),
  );
}

interface OpenOptions {
  /** A segmentation to show on the image. */
  mask?: unknown;
  /** What the mask is compared with: their difference is shown, at its largest error. */
  reference?: unknown;
}

/** @param target  the image; a segmentation where `mask` is true: then its image is found and shown below it */
async function openVolume(
  provider: VolumeEditorProvider,
  target: unknown,
  options: OpenOptions | undefined,
): Promise<void> {
  const asked = asUri(target) ?? (await chooseVolume());
  const uri = asked && (await fileToOpen(asked));
  if (!uri) return;
  if (options?.mask === true) {
    const image = await imageFor(uri, provider);
    if (image) await provider.open(image, { segmentations: [uri.path] });
    return;
  }
  const mask = asUri(options?.mask);
  const reference = asUri(options?.reference);
  const difference = mask && reference && { prediction: mask.path, reference: reference.path };
  await provider.open(uri, mask && { segmentations: [mask.path], difference });
}

/** Of a folder: a file of the DICOM series in it, which stands for all of them. */
async function fileToOpen(uri: vscode.Uri): Promise<vscode.Uri | undefined> {
  if (uri.scheme !== 'file') return uri;
  const { type } = await vscode.workspace.fs.stat(uri);
  if (!(type & vscode.FileType.Directory)) return uri;
  const all = await seriesIn(uri.fsPath);
  if (all.length === 0) {
    throw new ImageError('no-series', 'There is no DICOM series in this folder', {
      where: uri.fsPath,
      hint: 'Open one of its files instead.',
    });
  }
  const items = all.map(({ file, name, files }) => ({
    label: name || vscode.l10n.t('Series without a description'),
    description: counted(files, 'file'),
    detail: vscode.workspace.asRelativePath(dirname(file)),
    key: file,
    value: file,
  }));
  const question = oneOf({ placeholder: vscode.l10n.t('Which series?'), items: () => items, takesOnly: true });
  const chosen = await askOnly({ id: `series in ${uri.fsPath}`, title: vscode.l10n.t('Open Volume') }, (asker) =>
    asker.ask('series', question),
  );
  return chosen === undefined ? undefined : vscode.Uri.file(chosen);
}

async function chooseVolume(): Promise<vscode.Uri | undefined> {
  const [chosen] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Open a Volume'),
      filters: volumeFilters(),
    })) ?? [];
  return chosen;
}
