/** Puts the slices of a DICOM series into one upright, evenly spaced volume of their real values (HU, counts …). */
import type { Geometry, Shape3, VoxelArray } from '../../geometry/types';
import { ImageError } from '../../method/errors';
import type { FrameFacts, ImageFacts } from './imageFacts';
import { framesOfVolume } from './seriesFiles';
import { stackFrames, type Stack, type StackFinding } from './stack';
import { storedFrames } from './storedFrames';

interface DicomVolume {
  /** (volume, z, y, x): whole numbers as int16 or int32 where all are, else float32. */
  voxels: Int16Array | Int32Array | Float32Array;
  volumes: string[];
  shape: Shape3;
  geometry: Geometry;
  findings: StackFinding[];
}

/** @throws ImageError where the slices make no volume */
export function stackOf(images: readonly ImageFacts[]): Stack {
  const chosen = framesOfVolume(images);
  const stack = stackFrames(chosen.frames);
  if ('hint' in stack) throw new ImageError(stack.code, stack.message, { where: images[0]!.file, hint: stack.hint });
  return { ...stack, findings: [...chosen.findings, ...stack.findings] };
}

export async function readVolume(images: readonly ImageFacts[], signal?: AbortSignal): Promise<DicomVolume> {
  const stack = stackOf(images);
  const { frames, volumes } = stack;
  const stored = await storedFrames([...new Set(frames.map(({ image }) => image))], signal);
  const { rows, columns } = frames[0]!.image;
  const slice = rows * columns;
  const values = valuesOf(frames, stored, slice);
  const grid = gridOfStack(stack);
  const [z, y, x] = grid.shape;
  const perVolume = frames.length / volumes.length;
  if (isUpright(stack)) return { voxels: values, volumes, ...grid, findings: stack.findings };
  const voxels = new Float32Array(volumes.length * z * y * x);
  for (let volume = 0; volume < volumes.length; volume++) {
    const from = values.subarray(volume * perVolume * slice, (volume + 1) * perVolume * slice);
    voxels.set(straighten(from, stack, 'linear'), volume * z * y * x);
  }
  return { voxels, volumes, ...grid, findings: stack.findings };
}

/** Every stored value is the value: nothing has to be resampled. */
export function isUpright({ shifts, isEven }: Stack): boolean {
  return isEven && shifts.every(([x, y]) => x === 0 && y === 0);
}

/** Of a tilted gantry the planes become larger, so that every slice has room. */
function margins({ shifts }: Stack): { low: [number, number]; high: [number, number] } {
  const edge = (axis: 0 | 1, pick: (...values: number[]) => number, round: (value: number) => number): number =>
    round(pick(0, ...shifts.map((shift) => shift[axis])));
  const floor = (value: number): number => Math.floor(value + 1e-6);
  const ceil = (value: number): number => Math.ceil(value - 1e-6);
  return {
    low: [edge(0, Math.min, floor), edge(1, Math.min, floor)],
    high: [edge(0, Math.max, ceil), edge(1, Math.max, ceil)],
  };
}

/** The grid of what `readVolume` gives. */
export function gridOfStack(stack: Stack): { shape: Shape3; geometry: Geometry } {
  const { rows, columns } = stack.frames[0]!.image;
  const { low, high } = margins(stack);
  const { spacing, origin, direction } = stack.geometry;
  const shifted = origin.map(
    (value, axis) =>
      value + direction[3 * axis]! * low[0] * spacing[0]! + direction[3 * axis + 1]! * low[1] * spacing[1]!,
  );
  return {
    shape: [stack.slices, rows + high[1] - low[1], columns + high[0] - low[0]],
    geometry: { ...stack.geometry, origin: shifted },
  };
}

/** Units that a value is measured in, whatever it looks like on a screen. */
const measured: readonly string[] = ['CT', 'PT', 'NM'];

/** As ITK, MONOCHROME1 is turned over, so that bright is much as in other images; but Hounsfield units stay what they are. */
function isBrightLow({ photometric, modality }: ImageFacts): boolean {
  return photometric === 'MONOCHROME1' && !measured.includes(modality);
}

/** Whole numbers stay whole: what a CT stores comes out as HU without rounding. */
function valuesOf(
  frames: readonly FrameFacts[],
  stored: Map<ImageFacts, VoxelArray>,
  slice: number,
): DicomVolume['voxels'] {
  const isWhole = frames.every(
    ({ slope, intercept, image }) =>
      Number.isInteger(slope) &&
      Number.isInteger(intercept) &&
      !(stored.get(image)! instanceof Float32Array || stored.get(image)! instanceof Float64Array),
  );
  const out = isWhole ? new Int32Array(frames.length * slice) : new Float32Array(frames.length * slice);
  let [least, most] = [Infinity, -Infinity];
  frames.forEach(({ image, index, slope, intercept }, k) => {
    const isInverse = isBrightLow(image);
    const inverse = image.isSigned ? -1 : 2 ** image.bitsStored - 1;
    const from = stored.get(image)!.subarray(index * slice, (index + 1) * slice);
    const to = out.subarray(k * slice, (k + 1) * slice);
    for (let i = 0; i < slice; i++) {
      const value = (isInverse ? inverse - (from[i] as number) : (from[i] as number)) * slope + intercept;
      to[i] = value;
      if (value < least) least = value;
      if (value > most) most = value;
    }
  });
  if (!isWhole) return out;
  if (least >= -32768 && most <= 32767) return Int16Array.from(out);
  return least >= -(2 ** 31) && most < 2 ** 31 ? out : Float32Array.from(out);
}

/**
 * Slices onto the grid of the volume: moved back within their planes, and filled in where some are missing.
 * @param values  of one volume, slice after slice
 * @param how     label maps take what is nearest
 */
export function straighten<T extends VoxelArray>(values: T, stack: Stack, how: 'linear' | 'nearest'): Float32Array {
  const { rows, columns } = stack.frames[0]!.image;
  const [z, y, x] = gridOfStack(stack).shape;
  const { low } = margins(stack);
  let background = how === 'nearest' ? 0 : Infinity;
  if (how === 'linear') for (let i = 0; i < values.length; i++) background = Math.min(background, values[i] as number);
  const moved = (index: number): Float32Array => {
    const [shiftX, shiftY] = stack.shifts[index]!;
    const slice = values.subarray(index * rows * columns, (index + 1) * rows * columns);
    const plane = new Float32Array(y * x).fill(background);
    const whole = how === 'nearest';
    for (let r = 0; r < y; r++) {
      for (let c = 0; c < x; c++) {
        const [fromX, fromY] = [c + low[0] - shiftX, r + low[1] - shiftY];
        plane[r * x + c] = sample(slice, columns, rows, fromX, fromY, background, whole);
      }
    }
    return plane;
  };
  const spacing = stack.geometry.spacing[2]!;
  const out = new Float32Array(z * y * x);
  let known: { index: number; plane: Float32Array }[] = [];
  const planeOf = (index: number): Float32Array => {
    const found = known.find((one) => one.index === index);
    if (found) return found.plane;
    const plane = moved(index);
    known = [...known.slice(-1), { index, plane }];
    return plane;
  };
  let below = 0;
  for (let k = 0; k < z; k++) {
    const depth = k * spacing;
    while (below + 2 < stack.depths.length && stack.depths[below + 1]! <= depth) below++;
    const above = Math.min(below + 1, stack.depths.length - 1);
    const [from, to] = [stack.depths[below]!, stack.depths[above]!];
    const share = to > from ? Math.min(1, Math.max(0, (depth - from) / (to - from))) : 0;
    const weight = how === 'nearest' || share < 1e-3 || share > 1 - 1e-3 ? Math.round(share) : share;
    const target = out.subarray(k * y * x, (k + 1) * y * x);
    if (weight === 0) target.set(planeOf(below));
    else if (weight === 1) target.set(planeOf(above));
    else {
      const [a, b] = [planeOf(below), planeOf(above)];
      for (let i = 0; i < target.length; i++) target[i] = a[i]! * (1 - weight) + b[i]! * weight;
    }
  }
  return out;
}

function sample(
  slice: VoxelArray,
  columns: number,
  rows: number,
  x: number,
  y: number,
  background: number,
  nearest: boolean,
): number {
  const at = (column: number, row: number): number =>
    column < 0 || row < 0 || column >= columns || row >= rows ? background : (slice[row * columns + column] as number);
  if (nearest) return at(Math.round(x), Math.round(y));
  const [x0, y0] = [Math.floor(x + 1e-6), Math.floor(y + 1e-6)];
  const [fx, fy] = [Math.max(0, x - x0), Math.max(0, y - y0)];
  const top = fx === 0 ? at(x0, y0) : at(x0, y0) * (1 - fx) + at(x0 + 1, y0) * fx;
  if (fy === 0) return top;
  const bottom = fx === 0 ? at(x0, y0 + 1) : at(x0, y0 + 1) * (1 - fx) + at(x0 + 1, y0 + 1) * fx;
  return top * (1 - fy) + bottom * fy;
}
