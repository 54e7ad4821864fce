/** Lists the image files below a source folder, and says what else lies there when there are none. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetError } from '../../method/errors';
import { compareCodePoints, isUnfinished } from '../names';
import type { SourceFile } from './words';

/** Endings that can be imported, longest first so that `.nii.gz` is not taken for `.gz`. */
export const importableEndings = [
  '.nii.gz',
  '.nii',
  '.nrrd',
  '.nhdr',
  '.mha',
  '.mhd',
  '.gipl',
  '.tiff',
  '.tif',
  '.png',
  '.bmp',
  '.jpeg',
  '.jpg',
  '.gif',
] as const;

const deepest = 8;

export interface SourceListing {
  images: SourceFile[];
  /** Relative paths of all other files. */
  others: string[];
}

/** Hidden files (`._case.nii.gz` of macOS, `.DS_Store`) are passed over. Paths are relative and separated by `/`. */
export async function listSource(source: string): Promise<SourceListing> {
  const listing: SourceListing = { images: [], others: [] };
  await walk(source, '', 0, listing);
  listing.images.sort((a, b) => compareCodePoints(a.path, b.path));
  return listing;
}

/** The importable ending of a file name in lower case; undefined if there is none. */
export function importableEnding(name: string): string | undefined {
  const lower = name.toLowerCase();
  return importableEndings.find((ending) => lower.endsWith(ending) && lower.length > ending.length);
}

async function walk(source: string, relative: string, depth: number, listing: SourceListing): Promise<void> {
  if (depth > deepest) return;
  const entries = await readdir(join(source, relative), { withFileTypes: true }).catch((error: unknown) => {
    throw new DatasetError('source-unreadable', 'This folder cannot be read', {
      where: join(source, relative),
      hint: 'Check that it exists and that you may read it.',
      cause: error,
    });
  });
  for (const entry of entries) {
    if (entry.name.startsWith('.') || entry.name === '__MACOSX' || isUnfinished(entry.name)) continue;
    const path = relative ? `${relative}/${entry.name}` : entry.name;
    const isFolder = entry.isSymbolicLink() ? await leadsToFolder(join(source, path)) : entry.isDirectory();
    if (isFolder) await walk(source, path, depth + 1, listing);
    else {
      const ending = importableEnding(entry.name);
      if (ending) listing.images.push({ path, ending });
      else listing.others.push(path);
    }
  }
}

/** Linked folders are followed (the depth bounds loops); a link that leads nowhere is a file that cannot be read. */
async function leadsToFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
}

/** "12 .nii.gz files (a.nii.gz, b.nii.gz, …)", for messages about sources in which nothing fits. */
export function describeListing({ images, others }: SourceListing): string {
  if (images.length + others.length === 0) return 'the folder is empty';
  const counts = new Map<string, string[]>();
  for (const { path, ending } of images) counts.set(ending, [...(counts.get(ending) ?? []), path]);
  for (const path of others) {
    const ending = /\.[^./]+$/.exec(path)?.[0].toLowerCase() ?? 'files without ending';
    counts.set(ending, [...(counts.get(ending) ?? []), path]);
  }
  return [...counts]
    .sort(([, a], [, b]) => b.length - a.length)
    .slice(0, 5)
    .map(
      ([ending, paths]) =>
        `${paths.length} ${ending} (${paths.slice(0, 3).join(', ')}${paths.length > 3 ? ', …' : ''})`,
    )
    .join('; ');
}

/** What to do about files that hold images in a form that can't be imported. */
export function hintForOthers(others: readonly string[]): string {
  const has = (pattern: RegExp) => others.some((path) => pattern.test(path));
  if (has(/\.dcm$/i)) return 'DICOM series must be converted to NIfTI first (for example with dcm2niix).';
  if (has(/\.(mgz|mgh)$/i)) return 'Convert FreeSurfer files to NIfTI first (mri_convert).';
  if (has(/\.(zip|tar|tgz|gz|7z|rar)$/i)) return 'Unpack the archive first.';
  return 'Give images and labels the same names, in two folders (images, labels) or with a suffix such as _seg.';
}
