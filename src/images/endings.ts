/** Which file names are images, and where the name of a case ends and the file ending begins. */
import { basename } from 'node:path';
import type { ReaderName } from './types';

/** Each format's endings, the usual one first and longer ones before those that are part of them; lower case. */
const endingsOfFormats = {
  nifti: ['.nii.gz', '.nii'],
  niftiPair: ['.hdr.gz', '.img.gz', '.hdr', '.img'],
  nrrd: ['.nrrd', '.nhdr'],
  meta: ['.mha', '.mhd'],
  gipl: ['.gipl'],
  freeSurfer: ['.mgz', '.mgh'],
  tiff: ['.tif', '.tiff'],
  png: ['.png'],
  bmp: ['.bmp'],
  jpeg: ['.jpg', '.jpeg'],
  gif: ['.gif'],
  dicom: ['.dcm', '.dicom', '.ima'],
} as const satisfies Record<string, readonly string[]>;

export type FileFormat = keyof typeof endingsOfFormats;

export function endingsOf(...formats: readonly FileFormat[]): readonly string[] {
  return formats.flatMap((format) => endingsOfFormats[format]);
}

const formats = Object.keys(endingsOfFormats) as FileFormat[];

/** All endings of files that are an image each: of DICOM a folder is one, and its files often have no ending at all. */
export const imageEndings: readonly string[] = endingsOf(...formats.filter((format) => format !== 'dicom'));

/** @param ending  as `splitEnding` gives it, in any case */
export function formatOf(ending: string): FileFormat | undefined {
  const lower = ending.toLowerCase();
  return formats.find((format) => endingsOf(format).includes(lower));
}

/** What other programs show as well, in two dimensions (TIFF is also a format of volumes). */
export const pictureFormats: readonly FileFormat[] = ['png', 'bmp', 'jpeg', 'gif'];

/** Formats whose files hold a geometry in space that ITK reads: SimpleITK takes any of them. */
export const simpleItkFormats: readonly FileFormat[] = ['nifti', 'nrrd', 'meta', 'gipl'];

/** Headers whose voxels lie in a second file. */
const detachedHeaders: readonly string[] = ['.nhdr', '.mhd'];

/** What label maps can be written as: without loss, in one file. */
export const writableEndings: readonly string[] = endingsOf(...simpleItkFormats, 'tiff', 'png', 'bmp').filter(
  (ending) => !detachedHeaders.includes(ending),
);

/** The same as `imageEndings` for dialogs that choose files, which look behind the last dot only: "gz", "nii", … */
export const endingsInDialogs: readonly string[] = [
  ...new Set([...imageEndings, ...endingsOf('dicom')].map((ending) => ending.slice(ending.lastIndexOf('.') + 1))),
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
