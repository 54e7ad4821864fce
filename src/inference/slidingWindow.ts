/**
 * Runs networks over a volume, tile by tile: the same windows, weights, mirrorings and roundings as the native engine's
 * core/trainer/prediction/sliding_window.cpp. Source: nnU-Net 2.8.1 predict_from_raw_data.
 */
import type { Shape3, Shape4 } from '../geometry/types';
import {
  addFold,
  divideByFolds,
  gaussianImportance,
  padToPatch,
  windowStarts,
  WindowAccumulator,
} from '../voxels/windows';
import type { NativeOptions } from '../voxels/types';
import { addMirrored, mirrored, mirrorings } from './mirroring';

/** A network on any runtime. */
export interface TileNetwork {
  /** Output channels. */
  heads: number;
  /** @param shape (tiles, channels, patch) @returns logits (tiles, heads, patch); may be overwritten by the next call */
  run(tiles: Float32Array, shape: readonly number[]): Promise<Float32Array>;
}

export interface WindowSettings {
  /** Two or three sizes. */
  patch: readonly number[];
  /** Of the patch; null: no mirroring. */
  mirrorAxes: readonly number[] | null;
  /** Share of the patch. */
  stepSize: number;
}

export interface Tile {
  /** First voxel in the volume; may be negative where the volume is smaller than the patch. */
  start: Shape3;
  /** 2D patches have a leading 1. */
  patch: Shape3;
  /** (heads, patch) */
  logits: Float32Array;
}

export interface WindowHooks extends NativeOptions {
  /** After every run of a network: how many tiles went through, mirrored ones and those of all networks counted. */
  onProgress?(done: number, total: number): void;
  /** Every tile as it is ready. */
  onTile?(tile: Tile): void;
}

/** Voxels of the tiles that go through the network together: enough to keep the cores busy with small 2D patches. */
const batchVoxels = 64 * 1024;

/**
 * @param networks  one per fold; their logits are averaged
 * @param volume    preprocessed
 * @returns logits (heads, z, y, x) as float16 bits
 */
export async function predictLogits(
  networks: readonly TileNetwork[],
  volume: { data: Float32Array; shape: Shape4 },
  settings: WindowSettings,
  hooks: WindowHooks = {},
): Promise<Uint16Array> {
  const window = new Window(volume, settings);
  const { starts } = window;
  const perBatch = tilesAtOnce(settings.patch);
  const total = starts.length * networks.length * window.views;
  let done = 0;
  let sum: Uint16Array | undefined;
  for (const network of networks) {
    const accumulator = new WindowAccumulator(network.heads, window.padded, window.patch, window.weight);
    for (let first = 0; first < starts.length; first += perBatch) {
      const batch = starts.slice(first, first + perBatch);
      const logits = await window.predict(network, batch, () => {
        hooks.signal?.throwIfAborted();
        done += batch.length;
        hooks.onProgress?.(done, total);
      });
      const values = logits.length / batch.length;
      for (const [index, start] of batch.entries()) {
        const tileLogits = logits.subarray(index * values, (index + 1) * values);
        await accumulator.add(tileLogits, start, hooks);
        hooks.onTile?.({ start: window.inVolume(start), patch: window.patch, logits: tileLogits });
      }
    }
    const logits = await accumulator.finish({ low: window.low, shape: window.shape }, hooks);
    if (sum) await addFold(sum, logits, hooks);
    else sum = logits;
  }
  if (!sum) throw new TypeError('There is no network to predict with');
  if (networks.length > 1) await divideByFolds(sum, networks.length, hooks);
  return sum;
}

/** Tiles of one volume and one network that `predictLogits` will run, mirrorings not counted. */
export function countTiles(shape: Readonly<Shape3>, settings: WindowSettings): number {
  const { padded } = padToPatch(shape, patch3(settings.patch), settings.patch.length as 2 | 3);
  return tileStarts(padded, settings).length;
}

function tilesAtOnce(patch: readonly number[]): number {
  return Math.max(1, Math.floor(batchVoxels / patch.reduce((product, size) => product * size, 1)));
}

class Window {
  readonly shape: Shape3;
  readonly patch: Shape3;
  readonly padded: Shape3;
  readonly low: Shape3;
  readonly weight: Float32Array;
  readonly starts: Shape3[];
  private readonly flips: number[][];

  constructor(
    private readonly volume: { data: Float32Array; shape: Shape4 },
    private readonly settings: WindowSettings,
  ) {
    const [, ...shape] = volume.shape;
    this.shape = shape;
    this.patch = patch3(settings.patch);
    ({ padded: this.padded, low: this.low } = padToPatch(shape, this.patch, settings.patch.length as 2 | 3));
    this.weight = gaussianImportance(settings.patch);
    this.starts = tileStarts(this.padded, settings);
    this.flips = mirrorings(settings.mirrorAxes ?? []);
  }

  /** Times that a network sees each tile. */
  get views(): number {
    return this.flips.length + 1;
  }

  inVolume(start: Shape3): Shape3 {
    return start.map((at, axis) => at - this.low[axis]!) as Shape3;
  }

  /** Mean logits over the mirrorings of a batch of tiles. */
  async predict(network: TileNetwork, starts: readonly Shape3[], onRun: () => void): Promise<Float32Array> {
    const { patch } = this.settings;
    const tiles = this.cut(starts);
    const shape = [starts.length, this.volume.shape[0], ...patch];
    const logits = await network.run(tiles, shape);
    onRun();
    if (this.flips.length === 0) return logits;
    const sum = logits.slice();
    for (const axes of this.flips) {
      addMirrored(sum, await network.run(mirrored(tiles, patch, axes), shape), patch, axes);
      onRun();
    }
    for (let at = 0; at < sum.length; at += 1) sum[at]! /= this.views;
    return sum;
  }

  /** (tiles, channels, patch), zeros where a tile reaches beyond the volume. */
  private cut(starts: readonly Shape3[]): Float32Array {
    const [channels, depth, height, width] = this.volume.shape;
    const [patchDepth, patchHeight, patchWidth] = this.patch;
    const tiles = new Float32Array(starts.length * channels * patchDepth * patchHeight * patchWidth);
    let target = 0;
    for (const start of starts) {
      const [z0, y0, x0] = this.inVolume(start);
      const left = Math.max(0, -x0);
      const length = Math.min(patchWidth, width - x0) - left;
      for (let channel = 0; channel < channels; channel += 1) {
        for (let z = z0; z < z0 + patchDepth; z += 1) {
          for (let y = y0; y < y0 + patchHeight; y += 1, target += patchWidth) {
            if (z < 0 || z >= depth || y < 0 || y >= height || length <= 0) continue;
            const source = ((channel * depth + z) * height + y) * width + x0 + left;
            tiles.set(this.volume.data.subarray(source, source + length), target + left);
          }
        }
      }
    }
    return tiles;
  }
}

function patch3(patch: readonly number[]): Shape3 {
  return (patch.length === 2 ? [1, ...patch] : [...patch]) as Shape3;
}

/** z outermost, x innermost. 2D networks see every slice once: the rule for steps would halve a slice's thickness. */
function tileStarts(padded: Shape3, { patch, stepSize }: WindowSettings): Shape3[] {
  const along = (axis: number): number[] => windowStarts(padded[axis]!, patch3(patch)[axis]!, stepSize);
  const zs = patch.length === 2 ? Array.from({ length: padded[0] }, (_, z) => z) : along(0);
  const ys = along(1);
  const xs = along(2);
  return zs.flatMap((z) => ys.flatMap((y) => xs.map((x): Shape3 => [z, y, x])));
}
