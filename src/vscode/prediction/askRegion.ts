/** Asks how large a box around the crosshair is to be predicted. */
import type { VoxelBox } from '../../geometry/types';
import * as vscode from 'vscode';
import { askText } from '../notify';
import type { VolumeEditorProvider } from '../volume/editor';
import type { PredictImageOptions } from './predictImage';
import { regionAround } from './regionBox';

export interface PredictRegionOptions extends PredictImageOptions {
  /** As a person would write it; absent: it is asked for. */
  size?: unknown;
}

/** @returns undefined where the person changed their mind, or the image can't be shown */
export async function askRegion(
  editors: VolumeEditorProvider,
  image: vscode.Uri,
  size?: unknown,
): Promise<VoxelBox | undefined> {
  const place = await editors.place(image);
  if (!place) return undefined;
  const extent = place.shape.map((size, axis) => Math.round(size * place.spacing[axis]!));
  const given = typeof size === 'string' ? size : undefined;
  const asked = {
    title: vscode.l10n.t('Predict This Image in a Box'),
    prompt: vscode.l10n.t(
      'Size of the box around the crosshair in mm: one number, or x y z; "64 64 32 voxels" counts voxels. The image is {0} mm.',
      extent.join(' × '),
    ),
    value: extent.map((mm) => Math.max(1, Math.round(mm / 2))).join(' '),
    validateInput: (value) => {
      const box = regionAround(value, place);
      return typeof box === 'string' ? box : undefined;
    },
  } satisfies vscode.InputBoxOptions;
  const text = given ?? (await askText(asked));
  if (text === undefined) return undefined;
  const box = regionAround(text, place);
  return typeof box === 'string' ? undefined : box;
}
