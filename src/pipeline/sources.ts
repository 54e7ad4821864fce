/** Which raw files a result was made from, so that changed, new and removed files are noticed. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { RawCase } from '../dataset/rawDataset';

/** Name, size and time of change of each of a case's files, as one comparable text. */
async function sourcesOf(rawCase: RawCase): Promise<string> {
  const parts = await Promise.all(
    [...rawCase.images, rawCase.label].map(async (file) => {
      const info = await stat(file).catch(() => undefined);
      return info ? `${basename(file)} ${info.size} ${Math.round(info.mtimeMs)}` : `${basename(file)} missing`;
    }),
  );
  return parts.join('; ');
}

export type DatasetSources = Record<string, string>;

export async function sourcesOfAll(cases: readonly RawCase[]): Promise<DatasetSources> {
  const entries = await Promise.all(cases.map(async (rawCase) => [rawCase.id, await sourcesOf(rawCase)] as const));
  return Object.fromEntries(entries);
}

export function sameSources(a: DatasetSources | undefined, b: DatasetSources): boolean {
  if (a === undefined) return false;
  const ids = Object.keys(b);
  return Object.keys(a).length === ids.length && ids.every((id) => a[id] === b[id]);
}
