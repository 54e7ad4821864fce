/** Which file names are images, and where the name of a case ends and the file ending begins. */
import { basename } from 'node:path';
import type { ReaderName } from './types';

/** All endings that can be read, longest first where one is part of another; lower case. */
export const imageEndings: readonly string[] = [
  '.nii.gz',
  '.nii',
  '.hdr.gz',
  '.img.gz',
  '.hdr',
  '.img',
  '.nrrd',
  '.nhdr',
  '.mha',
  '.mhd',
  '.gipl',
  '.mgz',
  '.mgh',
  '.tif',
  '.tiff',
  '.png',
  '.bmp',
  '.jpg',
  '.jpeg',
  '.gif',
];

/** The same for dialogs that choose files, which look behind the last dot only: "gz", "nii", … */
export const endingsInDialogs: readonly string[] = [
  ...new Set(imageEndings.map((ending) => ending.slice(ending.lastIndexOf('.') + 1))),
];

/** The endings that each of nnU-Net's readers accepts as `file_ending`, in nnU-Net's order of preference. */
export const readerEndings: Readonly<Record<ReaderName, readonly string[]>> = {
  NaturalImage2DIO: ['.png', '.bmp', '.tif'],
  SimpleITKIO: ['.nii.gz', '.nrrd', '.mha', '.gipl'],
  Tiff3DIO: ['.tif', '.tiff'],
  NibabelIO: ['.nii', '.nii.gz'],
  NibabelIOWithReorient: ['.nii', '.nii.gz'],
  SimpleITKIOWithReorient: ['.nii.gz', '.nrrd', '.mha', '.gipl'],
};

/**
 * Splits a path or file name into the name without folder and ending, and the ending as written.
 * Unknown endings: everything after the last dot (empty without a dot).
 */
export function splitEnding(file: string): { stem: string; ending: string } {
  const name = basename(file);
  const lower = name.toLowerCase();
  const known = imageEndings.find((ending) => lower.endsWith(ending) && lower.length > ending.length);
  const dot = name.lastIndexOf('.');
  const length = known ? known.length : dot > 0 ? name.length - dot : 0;
  return { stem: name.slice(0, name.length - length), ending: name.slice(name.length - length) };
}
