/** Who reads the files of each format: all of one, and what one says about itself? */
import { ImageError } from '../method/errors';
import { formatOf, imageEndings, splitEnding, type FileFormat } from './endings';
import { decodeDicom, readDicomHeader } from './dicom/decodeDicom';
import { isDicomFile } from './dicom/dicomFile';
import { decodeGif } from './gifFile';
import { decodeItk, readItkHeader } from './itkFile';
import type { ItkFormat } from './itkWorker';
import { decodeMgh, readMghHeader } from './mghFile';
import { decodeNifti, readNiftiHeader } from './niftiFile';
import { tiffSpacing, type FileRole } from './tiffSpacing';
import type { DecodedImage, ImageHeader } from './types';

interface FormatReader {
  decode(file: string): Promise<DecodedImage>;
  /** Without the voxels where the format allows it. */
  readHeader(file: string, role: FileRole): Promise<ImageHeader>;
}

const nifti: FormatReader = { decode: decodeNifti, readHeader: readNiftiHeader };
const itk = (format: ItkFormat): FormatReader => ({
  decode: (file) => decodeItk(file, format),
  readHeader: (file) => readItkHeader(file, format),
});

const formatReaders: Readonly<Record<FileFormat, FormatReader>> = {
  nifti,
  niftiPair: nifti,
  nrrd: itk('nrrd'),
  meta: itk('meta'),
  gipl: itk('gipl'),
  freeSurfer: { decode: decodeMgh, readHeader: readMghHeader },
  tiff: { ...itk('tiff'), readHeader: readTiffHeader },
  png: itk('png'),
  bmp: itk('bmp'),
  jpeg: itk('jpeg'),
  gif: { decode: decodeGif, readHeader: async (file) => (await decodeGif(file)).header },
  dicom: { decode: decodeDicom, readHeader: readDicomHeader },
};

/** Scanners name their files as they like: without an ending that says otherwise, DICOM is told by its first bytes. @throws ImageError `unknown-ending` */
export async function readerOf(file: string): Promise<FormatReader> {
  const ending = splitEnding(file).ending.toLowerCase();
  const format = formatOf(ending);
  if (format !== undefined) return formatReaders[format];
  if (await isDicomFile(file)) return formatReaders.dicom;
  throw new ImageError(
    'unknown-ending',
    ending ? `${ending} is not an image ending we know` : 'The file name has no ending',
    { where: file, hint: `Known endings: ${imageEndings.join(' ')}.` },
  );
}

/** A stack's spacing may stand in another file. */
async function readTiffHeader(file: string, role: FileRole): Promise<ImageHeader> {
  const header = await readItkHeader(file, 'tiff');
  return header.shape[0] > 1 ? { ...header, spacing: await tiffSpacing(file, role) } : header;
}
