/** The side file that gives a TIFF stack its spacing: CASE.json with {"spacing": [z, y, x]} beside the mask CASE.tif or the image CASE_0000.tif. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Vector3 } from '../geometry/types';
import { ImageError } from '../method/errors';
import { parseJson } from '../method/jsonReader';
import { splitEnding } from './endings';
import { readError } from './imageBytes';

/** Four digits at the end of an image's name are its channel; in a label's name they are a part of the case. */
export type FileRole = 'image' | 'label';

/** Where a reader of `file` looks, in this order; written is the first. */
export function spacingFiles(file: string, role: FileRole): [string, ...string[]] {
  const { stem } = splitEnding(file);
  const own = join(dirname(file), `${stem}.json`);
  const shared = join(dirname(file), `${stem.replace(/_\d{4}$/, '')}.json`);
  return role === 'label' || shared === own ? [own] : [shared, own];
}

/** mm, array order; 1 mm where there is no side file. */
export async function tiffSpacing(file: string, role: FileRole = 'image'): Promise<Vector3> {
  return (await statedTiffSpacing(file, role)) ?? [1, 1, 1];
}

export async function statedTiffSpacing(file: string, role: FileRole = 'image'): Promise<Vector3 | undefined> {
  for (const side of spacingFiles(file, role)) {
    const text = await readFile(side, 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw readError(error, side);
    });
    if (text !== undefined) return spacingFrom(parseJson(text, side), side);
  }
  return undefined;
}

function spacingFrom(value: unknown, file: string): Vector3 {
  const spacing: unknown = (value as { spacing?: unknown } | null)?.spacing;
  const valid =
    Array.isArray(spacing) &&
    spacing.length === 3 &&
    spacing.every((step) => Number(step) > 0 && Number.isFinite(Number(step)));
  if (valid) return spacing.map(Number) as Vector3;
  throw new ImageError('bad-spacing', 'The side file of this TIFF stack has no usable spacing', {
    where: file,
    hint: 'It needs {"spacing": [z, y, x]} with three positive numbers in mm.',
  });
}
