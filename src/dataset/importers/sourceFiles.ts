/** Lists the files below a source folder: images, others, hidden ones; and says what lies there when no image does. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetError } from '../../method/errors';
import { endingsOf, imageEndings } from '../../images/endings';
import { compareCodePoints, isUnfinished } from '../names';
import type { SourceFile } from './words';

/** Read, but not by nnU-Net and with geometries of their own: to be converted first. */
const unimportable: readonly string[] = endingsOf('freeSurfer', 'niftiPair');
const importableEndings = imageEndings.filter((ending) => !unimportable.includes(ending));

export interface SourceListing {
  images: SourceFile[];
  /** Relative paths of all other files. */
  others: string[];
  /** Hidden files (`._case.nii.gz` of macOS, `.DS_Store`) and folders (with a `/` at the end); nothing looks into them. */
  hidden: string[];
  /** Folders that links lead to a second time, and where they were listed; nothing is listed twice. */
  repeated: { path: string; as: string }[];
}

/** Paths are relative and separated by `/`. Linked files and folders are followed. */
export async function listSource(source: string): Promise<SourceListing> {
  const listing: SourceListing = { images: [], others: [], hidden: [], repeated: [] };
  await walk(source, '', new Map(), listing);
  listing.images.sort((a, b) => compareCodePoints(a.path, b.path));
  listing.others.sort(compareCodePoints);
  listing.hidden.sort(compareCodePoints);
  return listing;
}

/** The importable ending of a file name in lower case; undefined if there is none. */
export function importableEnding(name: string): string | undefined {
  const lower = name.toLowerCase();
  return importableEndings.find((ending) => lower.endsWith(ending) && lower.length > ending.length);
}

/** @param seen  real path of a folder -> the path it was listed by; so links that lead back come to an end */
async function walk(
  source: string,
  relative: string,
  seen: Map<string, string>,
  listing: SourceListing,
): Promise<void> {
  const folder = join(source, relative);
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw new DatasetError('source-unreadable', 'This folder cannot be read', {
      where: folder,
      hint: 'Check that it exists and that you may read it.',
      cause: error,
    });
  });
  const real = await realpath(folder);
  const as = seen.get(real);
  if (as !== undefined) {
    listing.repeated.push({ path: `${relative}/`, as: `${as}/` });
    return;
  }
  seen.set(real, relative || '.');
  for (const entry of entries.sort((a, b) => compareCodePoints(a.name, b.name))) {
    if (isUnfinished(entry.name)) continue;
    const path = relative ? `${relative}/${entry.name}` : entry.name;
    const isFolder = entry.isSymbolicLink() ? await leadsToFolder(join(source, path)) : entry.isDirectory();
    if (entry.name.startsWith('.') || entry.name === '__MACOSX') listing.hidden.push(isFolder ? `${path}/` : path);
    else if (isFolder) await walk(source, path, seen, listing);
    else {
      const ending = importableEnding(entry.name);
      if (ending) listing.images.push({ path, ending });
      else listing.others.push(path);
    }
  }
}

/** A link that leads nowhere is a file that cannot be read. */
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

const otherImageFormats =
  /\.(dcm|dicom|ima|par|rec|mnc|npy|npz|mat|h5|hdf5|svs|czi|raw|zraw|vtk|vti|webp|zip|tar|tgz|gz|bz2|xz|7z|rar)$/i;

/** Whether a file that can't be imported holds images all the same, in a form that could be converted or unpacked. */
export function mayHoldImages(path: string): boolean {
  return endsWithOne(path, unimportable) || otherImageFormats.test(path);
}

/** What to do about files that hold images in a form that can't be imported. */
export function hintForOthers(others: readonly string[]): string {
  return (
    conversionOf(others) ??
    'Give images and labels the same names, in two folders (images, labels) or with a suffix such as _seg.'
  );
}

function endsWithOne(path: string, endings: readonly string[]): boolean {
  return endings.some((ending) => path.toLowerCase().endsWith(ending));
}

export function conversionOf(others: readonly string[]): string | undefined {
  const has = (pattern: RegExp) => others.some((path) => pattern.test(path));
  if (has(/\.(dcm|dicom|ima)$/i))
    return 'Import the folder with the DICOM series by itself: beside other images they are left out.';
  if (others.some((path) => endsWithOne(path, endingsOf('freeSurfer'))))
    return 'Convert FreeSurfer files to NIfTI first (mri_convert).';
  if (others.some((path) => endsWithOne(path, endingsOf('niftiPair'))))
    return 'Convert pairs of .hdr and .img to .nii.gz first.';
  if (has(/\.(zip|tar|tgz|gz|bz2|xz|7z|rar)$/i)) return 'Unpack the archive first.';
  return undefined;
}
