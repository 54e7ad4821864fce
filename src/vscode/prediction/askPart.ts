/** Asks whether the region that was drawn in the volume editor is to be predicted, or the whole image. */
import type { VoxelBox } from '../../geometry/types';
import * as vscode from 'vscode';
import type { VolumeEditorProvider } from '../volume/editor';
import { oneOf, type ListItem } from '../wizard/list';
import type { Asker } from '../wizard/walk';
import { arrayBox, regionSize } from './regionBox';

/** @param wanted  "drawn" or "whole" where a command says it */
export async function askPart(
  editors: VolumeEditorProvider,
  asker: Asker,
  image: vscode.Uri,
  wanted?: unknown,
): Promise<VoxelBox | 'whole'> {
  if (wanted === 'whole') return 'whole';
  const place = await editors.place(image);
  if (!place?.region) return 'whole';
  const drawn = arrayBox(place.region);
  if (wanted === 'drawn') return drawn;
  const all = { low: [0, 0, 0], high: place.shape } satisfies typeof place.region;
  const items: ListItem<VoxelBox | 'whole'>[] = [
    {
      label: vscode.l10n.t('Only the drawn region'),
      description: regionSize(place.region, place.spacing),
      detail: vscode.l10n.t('Faster; the rest of the mask stays empty'),
      value: drawn,
    },
    { label: vscode.l10n.t('The whole image'), description: regionSize(all, place.spacing), value: 'whole' },
  ];
  return asker.ask('part', oneOf({ placeholder: vscode.l10n.t('How much of it?'), items: () => items }));
}
