/** Asks how large a box around the crosshair is to be predicted. */
import type { VoxelBox } from '../../geometry/types';
import * as vscode from 'vscode';
import type { VolumeEditorProvider } from '../volume/editor';
import { line } from '../wizard/line';
import type { Asker } from '../wizard/walk';
import type { PredictImageOptions } from './predictImage';
import { regionAround } from './regionBox';

export interface PredictRegionOptions extends PredictImageOptions {
  /** As a person would write it; absent: it is asked for. */
  size?: unknown;
}

/** @returns undefined where the image can't be shown */
export async function askRegion(
  editors: VolumeEditorProvider,
  asker: Asker,
  image: vscode.Uri,
  size?: unknown,
): Promise<VoxelBox | undefined> {
  const place = await editors.place(image);
  if (!place) return undefined;
  const extent = place.shape.map((size, axis) => Math.round(size * place.spacing[axis]!));
  const question = line({
    prompt: vscode.l10n.t(
      'Size of the box around the crosshair in mm: one number, or x y z; "64 64 32 voxels" counts voxels. The image is {0} mm.',
      extent.join(' × '),
    ),
    value: extent.map((mm) => Math.max(1, Math.round(mm / 2))).join(' '),
    validate: (value) => {
      const box = regionAround(value, place);
      return typeof box === 'string' ? box : undefined;
    },
  });
  const box = regionAround(typeof size === 'string' ? size : await asker.ask('box', question), place);
  return typeof box === 'string' ? undefined : box;
}
