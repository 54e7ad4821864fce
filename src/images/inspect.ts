/** Answers "what is in this image file?": grid, stored type, intensity range and label values. */
import { axisCodes } from '../geometry/axes';
import type { Affine, Vector3, VoxelArray } from '../geometry/types';
import { decodeImage } from './decode';
import { tiffSpacing, type FileRole } from './tiffSpacing';
import type { DecodedImage, ImageFormat, Scaling, StoredType } from './types';

interface Inspection {
  file: string;
  format: ImageFormat;
  /** x, y, z[, t]; trailing axes of length 1 are dropped */
  shape: number[];
  /** length of the 4th axis, or components per voxel */
  channels: number;
  /** mm, x, y, z */
  spacing: Vector3;
  /** 4 x 4, voxel -> RAS+ mm */
  affine: Affine;
  /** Where the axes run to, e.g. "LPS". */
  orientation: string;
  storedType: StoredType;
  byteOrder: 'little' | 'big';
  /** Over finite values after scaling; null if there is none. */
  min: number | null;
  max: number | null;
  mean: number | null;
  nonFinite: number;
  /** Sorted; only if all values are integers and there are at most 256 different ones. */
  labels?: number[];
}

const mostLabels = 256;

export async function inspectFile(file: string, role: FileRole = 'image'): Promise<Inspection> {
  const image = await decodeImage(file);
  const { header } = image;
  const [z, y, x] = header.format === 'TIFF' && header.shape[0] > 1 ? await tiffSpacing(file, role) : header.spacing;
  const { labels, ...statistics } = summarise(image.voxels, header.scaling);
  return {
    file,
    format: header.format,
    shape: withoutTrailingOnes(header.fileShape),
    channels: header.channels,
    spacing: [x, y, z],
    affine: header.affine,
    orientation: axisCodes(header.affine),
    storedType: header.storedType,
    byteOrder: header.byteOrder,
    ...statistics,
    ...(labels && { labels }),
  };
}

function withoutTrailingOnes(shape: readonly number[]): number[] {
  const last = shape.findLastIndex((length) => length !== 1);
  return shape.slice(0, Math.max(last + 1, 1));
}

type Summary = Pick<Inspection, 'min' | 'max' | 'mean' | 'nonFinite' | 'labels'>;

/** One pass in double precision. Blocks are converted at once, so that the loop sees one kind of array only. */
export function summarise(voxels: DecodedImage['voxels'], scaling: Scaling | undefined): Summary {
  const { slope, intercept } = scaling ?? { slope: 1, intercept: 0 };
  const block = new Float64Array(Math.min(65536, voxels.length));
  const labels = new LabelCollector();
  let [min, max, sum, finite] = [Infinity, -Infinity, 0, 0];
  for (let start = 0; start < voxels.length; start += block.length) {
    const part: VoxelArray = voxels.subarray(start, start + block.length);
    block.set(part);
    for (let i = 0; i < part.length; i++) {
      const value = scaling ? (block[i] as number) * slope + intercept : (block[i] as number);
      if (value - value !== 0) continue; // NaN and infinities
      finite++;
      sum += value;
      if (value < min) min = value;
      if (value > max) max = value;
      labels.add(value);
    }
  }
  const nonFinite = voxels.length - finite;
  if (finite === 0) return { min: null, max: null, mean: null, nonFinite };
  const found = nonFinite === 0 ? labels.sorted() : undefined;
  return { min: min + 0, max: max + 0, mean: sum / finite, nonFinite, ...(found && { labels: found }) };
}

/** Different integer values, until there are too many or one is no integer. Usual labels cost one table look-up each. */
class LabelCollector {
  private readonly seen = new Uint8Array(65536);
  private readonly values = new Set<number>();
  private isOpen = true;
  private last = NaN;

  add(value: number): void {
    if (!this.isOpen || value === this.last) return;
    this.last = value;
    if (value >= 0 && value < 65536 && this.seen[value] === 1) return;
    this.values.add(value + 0);
    if (value >= 0 && value < 65536) this.seen[value] = 1;
    this.isOpen = Number.isInteger(value) && this.values.size <= mostLabels;
  }

  sorted(): number[] | undefined {
    return this.isOpen ? [...this.values].sort((a, b) => a - b) : undefined;
  }
}
