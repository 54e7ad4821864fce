/** Works on several cases at a time: as many as there are cores, fewer where their volumes would fill the memory. */
import { mapConcurrently } from '../dataset/concurrency';
import type { RawCase } from '../dataset/rawDataset';
import { availableCores, memoryState } from '../engine/machine';
import { readHeader } from '../images/header';
import { JobPool } from '../voxels/pool';
import type { NativeOptions } from '../voxels/types';

/** Share of the free memory that cases in work may take together. */
const memoryShare = 0.7;
/** Float32 image, its transposed and cropped copies, work on one channel and the result, over the image's voxels. */
const copiesPerVoxel = 6;

export interface ConcurrencyOptions {
  workers?: number;
  signal?: AbortSignal;
}

/** Calls `work` for every case; the first failure ends it, after the cases in work have come to an end. */
export async function forEachCase(
  cases: readonly RawCase[],
  options: ConcurrencyOptions,
  work: (rawCase: RawCase, index: number, native: NativeOptions) => Promise<void>,
): Promise<void> {
  const bytes = new Map<RawCase, number>();
  await forEachAtOnce(cases, options, async (rawCase) => void bytes.set(rawCase, await workingBytes(rawCase)));
  await inPool(cases, options, (rawCase) => bytes.get(rawCase) ?? 0, work);
}

/** Like `forEachCase`, for things that take little memory. */
export async function forEachAtOnce<T>(
  items: readonly T[],
  options: ConcurrencyOptions,
  work: (item: T, index: number, native: NativeOptions) => Promise<void>,
): Promise<void> {
  await inPool(items, options, () => 0, work);
}

async function inPool<T>(
  items: readonly T[],
  { workers, signal }: ConcurrencyOptions,
  bytesOf: (item: T) => number,
  work: (item: T, index: number, native: NativeOptions) => Promise<void>,
): Promise<void> {
  const cores = availableCores();
  const concurrency = Math.max(1, Math.min(workers ?? cores, items.length));
  const threads = Math.max(1, Math.floor(cores / concurrency));
  const pool = new JobPool({ concurrency, bytes: memoryState().availableBytes * memoryShare });
  await mapConcurrently(items, concurrency, (item, index) => {
    const run = (): Promise<void> => work(item, index, { signal, threads });
    return pool.run({ bytes: bytesOf(item), signal, run });
  });
}

/** Memory that work on a case takes at its peak, from the headers; 0 where they can't be read (then reading will say why). */
async function workingBytes(rawCase: RawCase): Promise<number> {
  try {
    const { shape, channels } = await readHeader(rawCase.images[0]!);
    const voxels = shape[0] * shape[1] * shape[2];
    return voxels * 4 * copiesPerVoxel * Math.max(channels, rawCase.images.length);
  } catch {
    return 0;
  }
}
