/** Brings what a SEG or RTSTRUCT holds onto the grid of the series it was drawn on, as one label map. */
import { length3, normalized } from '../../geometry/matrix';
import type { Vector3 } from '../../geometry/types';
import { ImageError } from '../../method/errors';
import { decimalsOf, itemOf, itemsOf, textOf, wordOf } from './attributes';
import { gridOfStack, isUpright, straighten } from './assemble';
import { imageFacts, type FrameFacts } from './imageFacts';
import { fillContour, type Point } from './contours';
import { segmentBits } from './segmentBits';
import type { DrawnStructures } from './segments';
import type { Stack } from './stack';

interface PaintedLabels {
  /** (z, y, x), on the grid of the series as `readVolume` gives it. */
  labels: Uint16Array;
  /** Voxels that more than one structure claims; the last one has them. */
  overlap: number;
  /** Frames or contours that lie on no slice of the series. */
  outside: number;
}

/** Places of slices, from millimetres to voxels. */
interface Slices {
  stack: Stack;
  rows: number;
  columns: number;
  row: Vector3;
  column: Vector3;
  normal: Vector3;
}

/** @param valueOf  label of a structure by its number; undefined: not wanted */
export async function paintStructures(
  drawn: readonly DrawnStructures[],
  stack: Stack,
  valueOf: (from: DrawnStructures, number: number) => number | undefined,
): Promise<PaintedLabels> {
  const { rows, columns } = stack.frames[0]!.image;
  const axis = (i: number): Vector3 => [0, 1, 2].map((r) => stack.geometry.direction[3 * r + i]!) as Vector3;
  const slices: Slices = { stack, rows, columns, row: axis(0), column: axis(1), normal: axis(2) };
  const raw = new Uint16Array(stack.depths.length * rows * columns);
  const result = { overlap: 0, outside: 0 };
  const put = (at: number, value: number): void => {
    if (raw[at] !== 0 && raw[at] !== value) result.overlap++;
    raw[at] = value;
  };
  for (const from of drawn) {
    const value = (number: number): number | undefined => valueOf(from, number);
    if (from.kind === 'SEG') result.outside += await paintSegmentation(from, slices, value, put);
    else result.outside += paintContours(from, slices, value, put);
  }
  const labels = isUpright(stack) ? raw : Uint16Array.from(straighten(raw, stack, 'nearest'));
  const [z, y, x] = gridOfStack(stack).shape;
  if (labels.length !== z * y * x) throw new Error('labels do not fill the grid of their series');
  return { labels, ...result };
}

type Put = (at: number, value: number) => void;

async function paintSegmentation(
  { opened }: DrawnStructures,
  slices: Slices,
  valueOf: (number: number) => number | undefined,
  put: Put,
): Promise<number> {
  const image = imageFacts(opened);
  if (!image) return 0;
  const bits = await segmentBits(opened, image);
  const shared = itemOf(opened.item, '52009229');
  const perFrame = itemsOf(opened.item, '52009230');
  const isLabelMap = textOf(opened.item, '00620001') === 'LABELMAP';
  const size = image.rows * image.columns;
  let outside = 0;
  const segmentOf = (index: number): number =>
    wordOf(itemOf(perFrame[index], '0062000a') ?? itemOf(shared, '0062000a'), '0062000b') ?? 1;
  // Frames come in any order; where segments overlap, the one of the higher number lies above.
  const frames = image.frames.map((frame, index) => ({ frame, index, number: segmentOf(index) }));
  for (const { frame, index, number } of frames.sort((a, b) => a.number - b.number)) {
    if (!isLabelMap && valueOf(number) === undefined) continue;
    const place = placeOfFrame(frame, slices);
    let isOutside = false;
    for (let i = 0; i < size; i++) {
      const stored = bits(index, i);
      const value = stored === 0 ? undefined : valueOf(isLabelMap ? stored : number);
      if (value === undefined) continue;
      const at = place(i % image.columns, Math.floor(i / image.columns));
      if (at < 0) isOutside = true;
      else put(at, value);
    }
    if (isOutside) outside++;
  }
  return outside;
}

/** Where a voxel of a frame of a SEG lies in the slices; -1 outside. @throws ImageError where the grids don't fit */
function placeOfFrame(frame: FrameFacts, slices: Slices): (column: number, row: number) => number {
  const { position, orientation, pixelSpacing } = frame;
  if (!position || !orientation || !pixelSpacing)
    throw otherGrid(frame.image.file, 'does not say where its frames lie');
  const start = inSlices(position, slices);
  const step = (direction: number[], mm: number): Vector3 => {
    const unit = normalized(direction as Vector3);
    const end = position.map((value, axis) => value + unit[axis]! * mm) as Vector3;
    const there = inSlices(end, { ...slices }, start.slice);
    return [there.column - start.column, there.row - start.row, there.depthMm - start.depthMm];
  };
  const alongRow = step(orientation.slice(0, 3), pixelSpacing[1]!);
  const alongColumn = step(orientation.slice(3), pixelSpacing[0]!);
  const isStep = ([a, b, c]: Vector3): boolean =>
    Math.abs(c) < 0.01 &&
    (Math.abs(Math.abs(a) - 1) < 0.01 ? Math.abs(b) < 0.01 : Math.abs(a) < 0.01 && Math.abs(Math.abs(b) - 1) < 0.01);
  if (!isStep(alongRow) || !isStep(alongColumn))
    throw otherGrid(frame.image.file, 'has other voxels or directions than the series it refers to');
  const isOff = start.slice < 0;
  return (column, row) => {
    if (isOff) return -1;
    const x = Math.round(start.column + column * alongRow[0] + row * alongColumn[0]);
    const y = Math.round(start.row + column * alongRow[1] + row * alongColumn[1]);
    if (x < 0 || y < 0 || x >= slices.columns || y >= slices.rows) return -1;
    return (start.slice * slices.rows + y) * slices.columns + x;
  };
}

/** A place in millimetres as column and row of the nearest slice (or of the one named); slice -1 where it lies on none. */
function inSlices(place: Vector3, { stack, row, column, normal }: Slices, named?: number) {
  const first = stack.frames[0]!.position ?? [0, 0, 0];
  const dot = (a: readonly number[], b: readonly number[]): number => a[0]! * b[0]! + a[1]! * b[1]! + a[2]! * b[2]!;
  const depthMm = dot(
    place.map((value, axis) => value - first[axis]!),
    normal,
  );
  let slice = named ?? 0;
  if (named === undefined)
    stack.depths.forEach((depth, i) => {
      if (Math.abs(depth - depthMm) < Math.abs(stack.depths[slice]! - depthMm)) slice = i;
    });
  const isOn = Math.abs(stack.depths[Math.max(0, slice)]! - depthMm) <= 0.5 * stack.geometry.spacing[2]! + 1e-3;
  const corner = stack.frames[Math.max(0, slice)]!.position ?? first;
  const offset = place.map((value, axis) => value - corner[axis]!);
  return {
    column: dot(offset, row) / stack.geometry.spacing[0]!,
    row: dot(offset, column) / stack.geometry.spacing[1]!,
    depthMm,
    slice: named ?? (isOn ? slice : -1),
  };
}

/** Contours of one structure on one slice are combined by XOR: a contour inside another one is a hole. */
function paintContours(
  { opened }: DrawnStructures,
  slices: Slices,
  valueOf: (number: number) => number | undefined,
  put: Put,
): number {
  const { rows, columns } = slices;
  let outside = 0;
  for (const roi of itemsOf(opened.item, '30060039')) {
    const value = valueOf(decimalsOf(roi, '30060084', 1)?.[0] ?? -1);
    if (value === undefined) continue;
    const bySlice = new Map<number, Point[][]>();
    for (const contour of itemsOf(roi, '30060040')) {
      const kind = textOf(contour, '30060042') ?? '';
      if (!/^CLOSED/.test(kind)) continue;
      const points = pointsOf(textOf(contour, '30060050') ?? '');
      if (points.length < 3) continue;
      const { slice } = inSlices(points[0]!, slices);
      if (slice < 0 || !isFlat(points, slices, slice)) {
        outside++;
        continue;
      }
      const flat = points.map((point): Point => {
        const { column, row } = inSlices(point, slices, slice);
        return [column, row];
      });
      bySlice.set(slice, [...(bySlice.get(slice) ?? []), flat]);
    }
    for (const [slice, contours] of bySlice) {
      const mask = new Uint8Array(rows * columns);
      for (const contour of contours) fillContour(mask, rows, columns, contour);
      for (let i = 0; i < mask.length; i++) if (mask[i] === 1) put(slice * rows * columns + i, value);
    }
  }
  return outside;
}

function isFlat(points: readonly Vector3[], slices: Slices, slice: number): boolean {
  const half = 0.5 * slices.stack.geometry.spacing[2]! + 1e-3;
  return points.every(
    (point) => Math.abs(inSlices(point, slices, slice).depthMm - slices.stack.depths[slice]!) <= half,
  );
}

function pointsOf(text: string): Vector3[] {
  const numbers = text.split('\\').map(Number);
  const points: Vector3[] = [];
  for (let i = 0; i + 2 < numbers.length; i += 3) points.push([numbers[i]!, numbers[i + 1]!, numbers[i + 2]!]);
  return points.filter((point) => point.every(Number.isFinite) && length3(point) < 1e6);
}

function otherGrid(file: string, what: string): ImageError {
  return new ImageError('shape-mismatch', `This segmentation ${what}`, {
    where: file,
    hint: 'Resample it to the grid of its series first.',
  });
}
