/** Sliding windows: where tiles start, how they are weighted, and how their logits are put together. */
import type { Shape3 } from '../geometry/types';
import { callNative, runNative } from './load';
import type { NativeAccumulator } from './native';
import type { NativeOptions } from './types';

/** Starts along one axis. @param step  share of the patch, 0.5 by default in nnU-Net */
export function windowStarts(size: number, patch: number, step: number): number[] {
  return callNative((voxels) => voxels.windowStarts(size, patch, step));
}

/** Weight of a tile's voxels: a Gaussian with maximum 10, rounded through float16, nowhere 0. @param patch 2 or 3 sizes */
export function gaussianImportance(patch: readonly number[]): Float32Array {
  return callNative((voxels) => voxels.gaussianImportance(patch));
}

/** Volume size that holds at least one patch, and where the image lies in it. @param dims 2: axis 0 is left alone */
export function padToPatch(
  shape: Readonly<Shape3>,
  patch: Readonly<Shape3>,
  dims: 2 | 3,
): { padded: Shape3; low: Shape3 } {
  return callNative((voxels) => voxels.padToPatch(shape, patch, dims));
}

/**
 * Adds up tiles in float16, rounding as nnU-Net does on the CPU. Holds 2 bytes per head and voxel.
 * Tiles are added in the order of the calls: await each one.
 */
export class WindowAccumulator {
  private readonly native: NativeAccumulator;
  private readonly shape: Shape3;

  /** @param patch  (1, y, x) for tiles of one slice @param weight  from `gaussianImportance`; null: 1 */
  constructor(heads: number, shape: Readonly<Shape3>, patch: Readonly<Shape3>, weight: Float32Array | null) {
    this.shape = [...shape];
    this.native = callNative((voxels) => new voxels.WindowAccumulator(heads, shape, patch, weight));
  }

  /** @param tileLogits (heads, patch) */
  add(tileLogits: Float32Array, start: Readonly<Shape3>, options?: NativeOptions): Promise<void> {
    return runNative(options, (_, run) => this.native.add(tileLogits, start, run));
  }

  /** Averaged logits (heads, shape) as float16 bits, of the whole volume or the box in it; empties the accumulator. */
  finish(
    box: { low: Readonly<Shape3>; shape: Readonly<Shape3> } = { low: [0, 0, 0], shape: this.shape },
    options?: NativeOptions,
  ): Promise<Uint16Array> {
    return runNative(options, (_, run) => this.native.finish(box.low, box.shape, run));
  }
}

/** sum += fold, in float16 and in place: nnU-Net's mean over folds, with `divideByFolds`. */
export function addFold(sum: Uint16Array, fold: Uint16Array, options?: NativeOptions): Promise<void> {
  return runNative(options, (voxels, run) => voxels.addFold(sum, fold, run));
}

/** sum /= folds, in place. */
export function divideByFolds(sum: Uint16Array, folds: number, options?: NativeOptions): Promise<void> {
  return runNative(options, (voxels, run) => voxels.divideByFolds(sum, folds, run));
}
