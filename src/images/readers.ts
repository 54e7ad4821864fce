/** Chooses the reader for a data set, as nnU-Net does: the one asked for, else the first that can read an example. */
import type { Vector3 } from '../geometry/types';
import { ImageError, NnunetError } from '../method/errors';
import { imageEndings, readerEndings } from './endings';
import { readOne } from './readOne';
import { readerNames, type ImageHeader, type ReaderName } from './types';

/** The order in which nnU-Net tries them; SimpleITKIOWithReorient is only used when asked for. */
const tried: readonly ReaderName[] = [
  'NaturalImage2DIO',
  'SimpleITKIO',
  'Tiff3DIO',
  'NibabelIO',
  'NibabelIOWithReorient',
];

/**
 * @param fileEnding   `file_ending` of dataset.json
 * @param exampleFile  first image of the first case; it is read
 * @param override     `overwrite_image_reader_writer`; "None" and names that are no reader are ignored
 */
export async function chooseReader(fileEnding: string, exampleFile: string, override?: string): Promise<ReaderName> {
  const asked = readerNames.find((name) => name === override);
  if (asked) return asked;
  const candidates = tried.filter((name) => readerEndings[name].includes(fileEnding.toLowerCase()));
  if (candidates.length === 0) throw noReader(fileEnding, exampleFile);
  let firstError: unknown;
  for (const reader of candidates) {
    try {
      await readOne(exampleFile, reader);
      return reader;
    } catch (error) {
      if (!(error instanceof NnunetError)) throw error;
      firstError ??= error;
    }
  }
  throw firstError;
}

/** The spacing that a case of this header gets, (z, y, x): nibabel takes the lengths of a file in micrometres for mm. */
export function spacingAsRead({ spacing, unitMm = 1 }: ImageHeader, reader: string): Vector3 {
  return reader.startsWith('Nibabel') ? (spacing.map((step) => step / unitMm) as Vector3) : spacing;
}

function noReader(fileEnding: string, file: string): ImageError {
  const usable = [...new Set(tried.flatMap((name) => readerEndings[name]))];
  const isKnown = imageEndings.includes(fileEnding.toLowerCase());
  return new ImageError('unsupported-ending', `nnU-Net has no reader for "${fileEnding}" files`, {
    where: file,
    hint: `${isKnown ? 'Import the data to convert it, or set' : 'Set'} file_ending to one of ${usable.join(' ')}.`,
  });
}
