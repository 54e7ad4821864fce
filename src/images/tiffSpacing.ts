/** The side file that gives a TIFF stack its spacing: CASE.json with {"spacing": [z, y, x]} beside CASE.tif or CASE_0000.tif. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ImageError } from '../method/errors';
import { parseJson } from '../method/json';
import { splitEnding } from './endings';
import { readError } from './fileBytes';
import type { Vector3 } from './types';

/** Where a reader of `file` looks: images have their channel suffix removed, labels have none. */
export function spacingFiles(file: string): string[] {
  const { stem } = splitEnding(file);
  return [...new Set([stem.replace(/_\d{4}$/, ''), stem])].map((name) => join(dirname(file), `${name}.json`));
}

/** mm, array order; 1 mm where there is no side file. */
export async function tiffSpacing(file: string): Promise<Vector3> {
  for (const side of spacingFiles(file)) {
    const text = await readFile(side, 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw readError(error, side);
    });
    if (text !== undefined) return spacingFrom(parseJson(text, side), side);
  }
  return [1, 1, 1];
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
