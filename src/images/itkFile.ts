/** Reads NRRD, MetaImage, GIPL, TIFF, PNG, JPEG and BMP through ITK. */
import { resolve } from 'node:path';
import { identityAffine } from '../geometry/affine';
import { affineFromGeometry, asThreeDimensional } from '../geometry/itkGrid';
import type { Geometry, Shape3, Vector3, VoxelArray } from '../geometry/types';
import { readStart } from './imageBytes';
import { itkRead, type ItkFormat, type ItkImage } from './itkWorker';
import { ImageError } from '../method/errors';
import { requireSpacing } from './spacing';
import { separateChannels } from './storedVoxels';
import { channelLength, type DecodedImage, type ImageFormat, type ImageHeader, type StoredType } from './types';

const formatNames: Readonly<Record<ItkFormat, ImageFormat>> = {
  nrrd: 'NRRD',
  meta: 'MetaImage',
  gipl: 'GIPL',
  tiff: 'TIFF',
  png: 'PNG',
  jpeg: 'JPEG',
  bmp: 'BMP',
  gdcm: 'DICOM',
};
/** Pictures: what they say about millimetres is the printer's resolution. */
const pictures: readonly ItkFormat[] = ['tiff', 'png', 'jpeg', 'bmp'];

export async function readItkHeader(file: string, format: ItkFormat): Promise<ImageHeader> {
  return describe(await read(file, format, true), file, format);
}

export async function decodeItk(file: string, format: ItkFormat): Promise<DecodedImage> {
  const image = await read(file, format, false);
  const header = describe(image, file, format);
  const samples = separateChannels(numbers(image.data), image.imageType.components);
  const isBmp = format === 'bmp';
  const bits = format === 'png' || isBmp ? await paletteBits(file, format) : undefined;
  const plain = { itkGeometry: () => geometry(image) };
  if (bits === undefined) return { header, voxels: samples, ...plain };
  const grey = isBmp ? withoutColours(samples, header.channels) : samples;
  const voxels =
    bits === 1 && grey.length < 2 * channelLength(header.shape) ? grey.map((value) => (value > 0 ? 1 : 0)) : grey;
  return { header: { ...header, channels: voxels.length / channelLength(header.shape) }, voxels, ...plain };
}

/**
 * Bits per pixel of pictures that ITK widens although PIL (hence nnU-Net) does not: masks of one bit have the values
 * 0 and 1 there, not 0 and 255, and a BMP with a grey palette is grey, not RGB. Undefined for all others.
 */
async function paletteBits(file: string, format: 'png' | 'bmp'): Promise<number | undefined> {
  const { bytes } = await readStart(file);
  if (format === 'png') return bytes[24] === 1 && bytes[25] === 0 ? 1 : undefined;
  const bits = bytes.length > 30 ? bytes.readUInt16LE(28) : 0;
  return bits >= 1 && bits <= 8 ? bits : undefined;
}

function withoutColours(samples: VoxelArray, channels: number): VoxelArray {
  const length = samples.length / channels;
  const red = samples.subarray(0, length);
  const isGrey =
    channels >= 3 && red.every((value, i) => value === samples[length + i] && value === samples[2 * length + i]);
  return isGrey ? red : samples;
}

async function read(file: string, format: ItkFormat, informationOnly: boolean): Promise<ItkImage> {
  // Also finds out that the file is missing or empty, with better words than ITK's.
  const { bytes } = await readStart(file);
  refuseKnownGaps(bytes, file, format);
  try {
    return await itkRead(resolve(file), format, informationOnly);
  } catch (error) {
    throw format === 'nrrd' && axesOfNrrd(bytes) > 3 ? unreadableAxes(file, axesOfNrrd(bytes), error) : error;
  }
}

const axesOfNrrd = (bytes: Buffer): number => Number(/^dimension:\s*(\d+)/im.exec(bytes.toString('latin1'))?.[1]);

/** Of 4D files ITK reads those whose further axis holds channels, not those where it is time. */
function unreadableAxes(file: string, axes: number, cause: unknown): ImageError {
  return new ImageError('unsupported-type', `This is a ${axes}D NRRD file of a kind that ITK can't read`, {
    where: file,
    hint: 'Split it into 3D images, one per channel or time, or save it as 4D NIfTI.',
    cause,
  });
}

function refuseKnownGaps(bytes: Buffer, file: string, format: ItkFormat): void {
  const isBzip2 = format === 'nrrd' && /^encoding:\s*bz(ip)?2/im.test(bytes.toString('latin1'));
  if (!isBzip2) return;
  throw new ImageError('unsupported-compression', "NRRD files compressed with bzip2 can't be read", {
    where: file,
    hint: 'Save the file with gzip encoding: that is what ITK and nnU-Net read, too.',
  });
}

function numbers(data: ItkImage['data']): VoxelArray {
  return data instanceof BigInt64Array || data instanceof BigUint64Array ? Float64Array.from(data, Number) : data;
}

/** The grid in space: a fourth axis holds channels and has no place in it. */
function geometry(image: ItkImage): Geometry {
  const dimensions = Math.min(image.size.length, 3);
  const rows = Array.from({ length: dimensions }, (_, row) => row * image.size.length);
  return {
    // What is no number arrives as null.
    spacing: image.spacing.slice(0, dimensions).map((step: number | null) => step ?? NaN),
    origin: image.origin.slice(0, dimensions),
    direction: rows.flatMap((start) => [...image.direction.slice(start, start + dimensions)]),
  };
}

function describe(image: ItkImage, file: string, format: ItkFormat): ImageHeader {
  const { components, componentType, pixelType } = image.imageType;
  const [x = 1, y = 1, z = 1, series = 1, ...further] = image.size;
  if (/complex/i.test(pixelType) || further.some((length) => length > 1) || (series > 1 && components > 1)) {
    throw new ImageError('unsupported-type', "Complex images and images of more than four axes can't be used", {
      where: file,
      hint: 'Split it into 3D images, one per channel or time.',
    });
  }
  const isPicture = pictures.includes(format);
  const grid = asThreeDimensional(geometry(image));
  if (!isPicture) requireSpacing(grid.spacing, [x, y, z], file);
  return {
    file,
    format: formatNames[format],
    shape: [z, y, x] satisfies Shape3,
    channels: components * series,
    spatialDimensions: image.size.length < 3 ? 2 : 3,
    spacing: isPicture ? [1, 1, 1] : (grid.spacing.map(Math.abs).reverse() as Vector3),
    affine: isPicture ? identityAffine : affineFromGeometry(grid),
    storedType: componentType as StoredType,
    byteOrder: 'little',
    fileShape: [...image.size],
  };
}
