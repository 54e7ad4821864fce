/** Reads NIfTI-1, NIfTI-2 and Analyze files: single files and .hdr/.img pairs, gzipped or not. */
import type { Shape3, Vector3 } from '../geometry/types';
import { ImageError } from '../method/errors';
import { splitEnding } from './endings';
import { notAnImage, readBytes, readStart, truncatedFile } from './imageBytes';
import { itkGeometry, nibabelAffine, spacingMm, standardAffine, unitMm, zooms } from './niftiGeometry';
import {
  hasVectorIntent,
  headerLength,
  parseNiftiHeader,
  readFields,
  type NiftiFields,
  type NiftiHeader,
} from './niftiHeader';
import { requireSpacing } from './spacing';
import { bytesPerVoxel, samplesPerVoxel, separateChannels, typedVoxels } from './storedVoxels';
import type { DecodedImage, ImageHeader } from './types';

const pairEndings: Readonly<Record<string, [header: string, image: string]>> = {
  '.hdr': ['.hdr', '.img'],
  '.img': ['.hdr', '.img'],
  '.hdr.gz': ['.hdr.gz', '.img.gz'],
  '.img.gz': ['.hdr.gz', '.img.gz'],
};

/** Files up to this size are read in one go: for many small ones, opening each twice would take longer than reading. */
const smallFileBytes = 2 ** 20;

interface Source {
  header: NiftiHeader;
  /** File that holds the voxels, and where in it they start. */
  voxelFile: string;
  voxelOffset: number;
  /** The bytes of `voxelFile`, where they were read with the header. */
  stored?: Buffer;
}

function filesOf(file: string): { headerFile: string; pairedFile?: string } {
  const { ending } = splitEnding(file);
  const pair = pairEndings[ending.toLowerCase()];
  if (!pair) return { headerFile: file };
  const base = file.slice(0, file.length - ending.length);
  const [headerFile, pairedFile] = pair.map(
    (name) => base + (ending === ending.toUpperCase() ? name.toUpperCase() : name),
  ) as [string, string];
  return { headerFile, pairedFile };
}

/** @param startBytes  how much of the file with the header is read at once */
async function openNifti(file: string, startBytes?: number): Promise<Source> {
  const { headerFile, pairedFile } = filesOf(file);
  const { bytes, stored } = await readStart(headerFile, startBytes);
  const pair = pairedFile !== undefined;
  const header = parseNiftiHeader(bytes, headerFile, pair);
  // A single file may leave the offset at 0: the voxels then follow the header and the four bytes behind it.
  const smallest = pair ? 0 : headerLength[header.format] + 4;
  const offset = header.voxelOffset === 0 ? smallest : header.voxelOffset;
  if (!pair && offset < headerLength[header.format])
    throw notAnImage(file, 'NIfTI', 'its voxels start inside the header');
  if (pairedFile !== undefined) return { header, voxelFile: pairedFile, voxelOffset: offset };
  return { header, voxelFile: file, voxelOffset: offset, stored };
}

export async function readNiftiHeader(file: string): Promise<ImageHeader> {
  return describe((await openNifti(file)).header, file);
}

/** The header in NIfTI's own terms, also of a file that can't be used. */
export async function readNiftiFields(file: string): Promise<NiftiFields> {
  const { headerFile, pairedFile } = filesOf(file);
  return readFields((await readStart(headerFile)).bytes, headerFile, pairedFile !== undefined);
}

export async function decodeNifti(file: string): Promise<DecodedImage> {
  const { header, voxelFile, voxelOffset, stored } = await openNifti(file, smallFileBytes);
  const described = describe(header, file);
  const length = header.shape.reduce((product, axis) => product * axis, 1) * bytesPerVoxel(header.storedType);
  const bytes = await readBytes(voxelFile, voxelOffset + length, stored).catch((error: unknown) => {
    if (voxelFile === file || !(error instanceof ImageError) || error.code !== 'file-missing') throw error;
    throw new ImageError('file-missing', 'The file with the voxels is missing', {
      where: voxelFile,
      hint: 'A .hdr and its .img belong together: copy both.',
    });
  });
  if (bytes.length < voxelOffset + length) throw truncatedFile(voxelFile);
  const voxels = typedVoxels(bytes.subarray(voxelOffset, voxelOffset + length), header.storedType, header.byteOrder);
  return {
    header: described,
    voxels: separateChannels(voxels, samplesPerVoxel(header.storedType)),
    itkGeometry: () => itkGeometry(header, described.spatialDimensions, file),
    nibabel: { affine: nibabelAffine(header), zooms: zooms(header), unitMm: unitMm(header) },
  };
}

function describe(header: NiftiHeader, file: string): ImageHeader {
  const [x = 1, y = 1, z = 1, ...further] = header.shape;
  requireSpacing(header.pixdim.slice(1, 4), [x, y, z], file);
  return {
    file,
    format: header.format,
    shape: [z, y, x] satisfies Shape3,
    channels: channelCount(header, further, file),
    spatialDimensions: header.shape.length === 2 ? 2 : 3,
    spacing: spacingMm(header).reverse() as Vector3,
    unitMm: unitMm(header),
    affine: standardAffine(header),
    storedType: header.storedType,
    byteOrder: header.byteOrder,
    scaling: samplesPerVoxel(header.storedType) === 1 ? header.scaling : undefined,
    fileShape: header.shape,
  };
}

/** Channels lie on the fourth axis, or on the fifth in files that say they hold vectors (as ITK and ANTs write them). */
function channelCount(header: NiftiHeader, further: number[], file: string): number {
  const long = further.filter((length) => length > 1);
  const isFourth = (further[0] ?? 1) > 1;
  const samples = samplesPerVoxel(header.storedType);
  if (long.length === 0) return samples;
  if (long.length === 1 && samples === 1 && (isFourth || ((further[1] ?? 1) > 1 && hasVectorIntent(header))))
    return long[0] ?? 1;
  throw new ImageError(
    'too-many-axes',
    `An image of ${3 + further.length} axes (${header.shape.join(' x ')}) can't be used`,
    {
      where: file,
      hint: 'Split it into 3D images, one per channel or time.',
    },
  );
}
