/**
 * What does the header of a NIfTI-1, NIfTI-2 or Analyze 7.5 file say, in either byte order? The fields are read by nifti-reader-js,
 * but for those that it reads wrongly (as of 0.8.0), each with a test:
 * - whole numbers of 64 bits: negative ones, and in big-endian files those whose lower half is 2^31 or more (axes, offset of voxels);
 * - `affine` of NIfTI-1 is not srow where the qform's code is larger than the sform's, or the sform has none;
 * - text goes on behind the zero byte that ends it;
 * - which file is NIfTI at all: it looks for the magic only, not for the size, and knows no Analyze.
 */
import { NIFTI1, NIFTI2 } from 'nifti-reader-js';
import { countElements } from '../method/countElements';
import { ImageError } from '../method/errors';
import { notAnImage, startsLikeGzip } from './imageBytes';
import type { Scaling, StoredType } from './types';

/** What the header says, whether it makes sense or not. */
export interface NiftiFields {
  format: 'NIfTI-1' | 'NIfTI-2' | 'Analyze 7.5';
  byteOrder: 'little' | 'big';
  /** How many axes there are, then the lengths of x, y, z, t, … */
  dim: number[];
  datatype: number;
  /** pixdim[0..7] as stored. */
  pixdim: number[];
  voxelOffset: number;
  scaling: Scaling | undefined;
  spatialUnit: 'unknown' | 'metre' | 'mm' | 'micron';
  intentCode: number;
  qformCode: number;
  sformCode: number;
  quaternion: { b: number; c: number; d: number };
  qoffset: [number, number, number];
  /** srow_x, srow_y, srow_z */
  srow: number[][];
  /** Analyze with SPM's origin: voxel of the origin, counted from 1; zeros if unset. */
  spmOrigin: [number, number, number];
  /** For people: nothing is computed from it. */
  notes: { description: string; auxiliaryFile: string; intentName: string; displayRange: [low: number, high: number] };
}

export interface NiftiHeader extends NiftiFields {
  /** Lengths of the axes x, y, z, t, …; as many as the file has. */
  shape: number[];
  storedType: StoredType;
}

export const headerLength = { 'NIfTI-1': 348, 'NIfTI-2': 540, 'Analyze 7.5': 348 } as const;
const vectorIntent = 1007;
const symmetricMatrixIntent = 1005;

const storedTypes: Readonly<Record<number, StoredType>> = {
  2: 'uint8',
  4: 'int16',
  8: 'int32',
  16: 'float32',
  64: 'float64',
  128: 'rgb24',
  256: 'int8',
  512: 'uint16',
  768: 'uint32',
  1024: 'int64',
  1280: 'uint64',
  2304: 'rgba32',
};
const refusedTypes: Readonly<Record<number, string>> = {
  1: 'single bits',
  32: 'complex numbers',
  1536: '128-bit floating point numbers',
  1792: 'complex numbers',
  2048: 'complex numbers',
};

/**
 * @param bytes  start of the uncompressed file, at least 540 bytes where the file has them
 * @param pair   true for .hdr/.img: only there a header without NIfTI's magic is Analyze
 */
export function parseNiftiHeader(bytes: Buffer, file: string, pair: boolean): NiftiHeader {
  const fields = readFields(bytes, file, pair);
  const shape = checkedShape(fields.dim, file);
  const storedType = storedTypes[fields.datatype];
  if (!storedType) throw unsupportedType(fields.datatype, file);
  return { ...fields, shape, storedType, voxelOffset: checkedOffset(fields.voxelOffset, file) };
}

/** @throws ImageError where it is no such header at all */
export function readFields(bytes: Buffer, file: string, pair: boolean): NiftiFields {
  const { format, littleEndian } = recognise(bytes, file, pair);
  // A copy that ends with the header: extensions may be cut off here.
  const start = Uint8Array.from(bytes.subarray(0, headerLength[format]));
  const view = new DataView(start.buffer);
  const read = format === 'NIfTI-2' ? new NIFTI2() : new NIFTI1();
  read.readHeader(start.buffer);
  const { dim, voxelOffset, srow } =
    format === 'NIfTI-2' ? nifti2Numbers(view, littleEndian) : nifti1Numbers(view, read, littleEndian);
  const isAnalyze = format === 'Analyze 7.5';
  return {
    format,
    byteOrder: littleEndian ? 'little' : 'big',
    dim,
    datatype: read.datatypeCode,
    pixdim: read.pixDims,
    voxelOffset,
    scaling: isAnalyze ? spmScaling(view, littleEndian) : niftiScaling(read.scl_slope, read.scl_inter),
    spatialUnit: (['unknown', 'metre', 'mm', 'micron'] as const)[isAnalyze ? 0 : read.xyzt_units & 7] ?? 'unknown',
    intentCode: isAnalyze ? 0 : read.intent_code,
    qformCode: isAnalyze ? 0 : read.qform_code,
    sformCode: isAnalyze || !srow.flat().every(Number.isFinite) ? 0 : read.sform_code,
    quaternion: { b: read.quatern_b, c: read.quatern_c, d: read.quatern_d },
    qoffset: [read.qoffset_x, read.qoffset_y, read.qoffset_z],
    srow,
    spmOrigin: isAnalyze
      ? ([253, 255, 257].map((at) => view.getInt16(at, littleEndian)) as [number, number, number])
      : [0, 0, 0],
    notes: notesOf(start, read, format),
  };
}

function recognise(
  bytes: Buffer,
  file: string,
  pair: boolean,
): { format: NiftiHeader['format']; littleEndian: boolean } {
  if (startsLikeGzip(bytes)) {
    throw new ImageError('compressed-twice', 'The file is compressed twice', {
      where: file,
      hint: 'Unpack it once (gunzip) and keep its name: then programs that expect a .nii.gz can read it.',
    });
  }
  if (bytes.length < 348) throw notAnImage(file, 'NIfTI', 'it is shorter than a header');
  const littleEndian = [348, 540].includes(bytes.readInt32LE(0));
  const size = littleEndian ? bytes.readInt32LE(0) : bytes.readInt32BE(0);
  if (size === 540 && bytes.length >= 540) {
    const magic = bytes.toString('latin1', 4, 7);
    if (magic === 'n+2' || magic === 'ni2') return { format: 'NIfTI-2', littleEndian };
  }
  if (size === 348) {
    const magic = bytes.toString('latin1', 344, 347);
    if (magic === 'n+1' || magic === 'ni1') return { format: 'NIfTI-1', littleEndian };
    if (pair) return { format: 'Analyze 7.5', littleEndian };
  }
  throw notAnImage(file, 'NIfTI', 'its header does not start as one');
}

const several = <T>(count: number, read: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => read(i));

/** What nifti-reader-js may read wrongly. */
interface OwnNumbers {
  dim: number[];
  voxelOffset: number;
  srow: number[][];
}

function nifti1Numbers(
  view: DataView,
  { dims, vox_offset: voxelOffset }: NIFTI1 | NIFTI2,
  little: boolean,
): OwnNumbers {
  const srow = several(3, (row) => several(4, (column) => view.getFloat32(280 + 16 * row + 4 * column, little)));
  return { dim: dims, voxelOffset, srow };
}

function nifti2Numbers(view: DataView, little: boolean): OwnNumbers {
  const long = (at: number): number => Number(view.getBigInt64(at, little));
  return {
    dim: several(8, (i) => long(16 + 8 * i)),
    voxelOffset: long(168),
    srow: several(3, (row) => several(4, (column) => view.getFloat64(400 + 32 * row + 8 * column, little))),
  };
}

function notesOf(start: Uint8Array, fields: NIFTI1 | NIFTI2, format: NiftiHeader['format']): NiftiHeader['notes'] {
  const text = (from: number, length: number): string => {
    const [before = ''] = Buffer.from(start.subarray(from, from + length))
      .toString('latin1')
      .split('\0');
    return before.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ').trim();
  };
  const isSecond = format === 'NIfTI-2';
  return {
    description: text(isSecond ? 240 : 148, 80),
    auxiliaryFile: text(isSecond ? 320 : 228, 24),
    intentName: format === 'Analyze 7.5' ? '' : text(isSecond ? 508 : 328, 16),
    displayRange: [fields.cal_min, fields.cal_max],
  };
}

function checkedShape(dim: number[], file: string): number[] {
  const count = dim[0] ?? 0;
  if (count < 1 || count > 7) throw badShape(file, `it claims ${count} axes`);
  const shape = dim.slice(1, count + 1).map((length, axis) => (axis >= 3 && length === 0 ? 1 : length));
  if (shape.some((length) => length < 1)) throw badShape(file, `its axes have the lengths ${shape.join(', ')}`);
  if ((countElements(shape) ?? Infinity) > 2 ** 40)
    throw badShape(file, `its axes have the lengths ${shape.join(', ')}`);
  return shape;
}

function badShape(file: string, detail: string): ImageError {
  return new ImageError('bad-dimensions', `The header makes no sense: ${detail}`, {
    where: file,
    hint: 'The file is damaged, or not an image: get it again from its source.',
  });
}

function checkedOffset(offset: number, file: string): number {
  if (Number.isFinite(offset) && offset >= 0 && offset < 2 ** 40) return Math.trunc(offset);
  throw badShape(file, `its voxels start at byte ${offset}`);
}

function unsupportedType(code: number, file: string): ImageError {
  const name = refusedTypes[code];
  if (!name) {
    return new ImageError('unknown-type', `The header names data type ${code}, which NIfTI does not know`, {
      where: file,
      hint: 'The file is damaged: get it again from its source.',
    });
  }
  return new ImageError('unsupported-type', `Voxels of ${name} can't be used`, {
    where: file,
    hint: 'Convert the image to integers or 32-bit floats, for example its magnitude.',
  });
}

/** A slope of 0 (or not a number) means: no scaling. */
function niftiScaling(slope: number, intercept: number): Scaling | undefined {
  if (!Number.isFinite(slope) || slope === 0) return undefined;
  const offset = Number.isFinite(intercept) ? intercept : 0;
  return slope === 1 && offset === 0 ? undefined : { slope, intercept: offset };
}

/** SPM2's rules for Analyze: the slope if there is one, else calibrated range over stored range. */
function spmScaling(view: DataView, little: boolean): Scaling | undefined {
  const slope = view.getFloat32(112, little);
  if (Number.isFinite(slope) && slope !== 0) return niftiScaling(slope, view.getFloat32(116, little));
  const [smallest, calibratedSmallest] = [view.getInt32(144, little), view.getFloat32(128, little)];
  const stored = view.getInt32(140, little) - smallest;
  const calibrated = view.getFloat32(124, little) - calibratedSmallest;
  if (!stored || !calibrated || !Number.isFinite(calibrated)) return undefined;
  const ratio = calibrated / stored;
  return niftiScaling(ratio, calibratedSmallest - ratio * smallest);
}

/** True where ITK takes axis 5 as components per voxel. */
export function hasVectorIntent(header: NiftiHeader): boolean {
  return header.intentCode === vectorIntent || header.intentCode === symmetricMatrixIntent;
}
