/** The box drawn around what is to be predicted: how a drag in one plane makes it, moves it, and changes its size. */
import type { Vector3 } from '../../src/geometry/types';
import type { Region } from '../../src/protocol/volume';
import type { ScreenAxis, SliceLayout } from './geometry';

/** A place on a slice; voxel n lies between n and n + 1. */
export interface SlicePlace {
  column: number;
  row: number;
}

/** The region's outline on a slice. */
interface Rectangle {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** What a drag takes hold of: edges (-1 left or top, 1 right or bottom), or with 0 and 0 the whole. */
export interface Grip {
  column: -1 | 0 | 1;
  row: -1 | 0 | 1;
}

/** A drag in one plane. Without a grip it draws a new region. */
export interface RegionDrag {
  layout: SliceLayout;
  slice: number;
  from: SlicePlace;
  region?: Region;
  grip?: Grip;
}

/** From voxels of the array to the screen's order of them, and back: both are the same mirror. */
function mirroredSpan({ flipped, length }: ScreenAxis, low: number, high: number): [number, number] {
  return flipped ? [length - high, length - low] : [low, high];
}

export function rectangleOf({ right, down }: SliceLayout, { low, high }: Region): Rectangle {
  const [left, rightEdge] = mirroredSpan(right, low[right.axis]!, high[right.axis]!);
  const [top, bottom] = mirroredSpan(down, low[down.axis]!, high[down.axis]!);
  return { left, right: rightEdge, top, bottom };
}

export function isOnSlice({ through }: SliceLayout, { low, high }: Region, slice: number): boolean {
  const [first, end] = mirroredSpan(through, low[through.axis]!, high[through.axis]!);
  return slice >= first && slice < end;
}

/** @param reach  how far from an edge it is still taken hold of, in columns and rows */
export function gripAt(rectangle: Rectangle, { column, row }: SlicePlace, reach: SlicePlace): Grip | undefined {
  const { left, right, top, bottom } = rectangle;
  const isNear =
    column > left - reach.column && column < right + reach.column && row > top - reach.row && row < bottom + reach.row;
  if (!isNear) return undefined;
  return { column: edgeAt(column, left, right, reach.column), row: edgeAt(row, top, bottom, reach.row) };
}

function edgeAt(place: number, low: number, high: number, reach: number): -1 | 0 | 1 {
  const [toLow, toHigh] = [Math.abs(place - low), Math.abs(place - high)];
  if (Math.min(toLow, toHigh) >= reach) return 0;
  return toLow < toHigh ? -1 : 1;
}

/** @returns undefined where the mouse has hardly moved: a click draws nothing */
export function regionOf(drag: RegionDrag, to: SlicePlace): Region | undefined {
  const { layout, from, region, grip } = drag;
  if (!region || !grip) return newRegion(drag, to);
  const { left, right, top, bottom } = rectangleOf(layout, region);
  const [first, last] = moved(left, right, grip, grip.column, to.column - from.column, layout.right.length);
  const [upper, lower] = moved(top, bottom, grip, grip.row, to.row - from.row, layout.down.length);
  return withSpans(region, [
    [layout.right, first, last],
    [layout.down, upper, lower],
  ]);
}

function moved(low: number, high: number, grip: Grip, edge: -1 | 0 | 1, by: number, length: number): [number, number] {
  const steps = Math.round(by);
  if (grip.column === 0 && grip.row === 0) {
    const shift = Math.max(-low, Math.min(length - high, steps));
    return [low + shift, high + shift];
  }
  if (edge === -1) return [Math.max(0, Math.min(high - 1, low + steps)), high];
  if (edge === 1) return [low, Math.min(length, Math.max(low + 1, high + steps))];
  return [low, high];
}

/** As deep as the larger side is long, around the slice: other planes show it, and change it. */
function newRegion({ layout: { right, down, through }, slice, from }: RegionDrag, to: SlicePlace): Region | undefined {
  const [left, rightEdge] = drawnSpan(from.column, to.column, right.length);
  const [top, bottom] = drawnSpan(from.row, to.row, down.length);
  if (rightEdge - left < 2 || bottom - top < 2) return undefined;
  const sideMm = Math.max((rightEdge - left) * right.spacingMm, (bottom - top) * down.spacingMm);
  const half = Math.round(sideMm / through.spacingMm / 2);
  const span: [number, number] = [Math.max(0, slice - half), Math.min(through.length, slice + half + 1)];
  return withSpans({ low: [0, 0, 0], high: [1, 1, 1] }, [
    [right, left, rightEdge],
    [down, top, bottom],
    [through, ...span],
  ]);
}

/** Every voxel that was touched. */
function drawnSpan(from: number, to: number, length: number): [number, number] {
  const inside = (value: number): number => Math.max(0, Math.min(length, value));
  return [Math.floor(inside(Math.min(from, to))), Math.ceil(inside(Math.max(from, to)))];
}

function withSpans(region: Region, spans: [axis: ScreenAxis, low: number, high: number][]): Region {
  const [low, high]: [Vector3, Vector3] = [[...region.low], [...region.high]];
  for (const [axis, from, to] of spans) [low[axis.axis], high[axis.axis]] = mirroredSpan(axis, from, to);
  return { low, high };
}

/** Whether the region, which may have been kept for another file, lies within a grid. */
export function fits({ low, high }: Region, shape: Vector3): boolean {
  return shape.every((length, axis) => low[axis]! >= 0 && low[axis]! < high[axis]! && high[axis]! <= length);
}

/** Along x, y, z of the array; in mm where the spacing is. */
export function sideLengths({ low, high }: Region, spacing: Vector3): Vector3 {
  return spacing.map((mm, axis) => (high[axis]! - low[axis]!) * mm) as Vector3;
}
