/** Works on several cases at a time: as many as there are cores, fewer where their volumes would fill the memory. */
import { mapConcurrently } from '../dataset/concurrency';
import { availableCores, memoryState } from '../engine/machine';
import { readHeader } from '../images/header';
import { JobPool } from '../voxels/pool';
import type { NativeOptions } from '../voxels/types';

/** While one case waits for the disk, a worker computes on another one. */
const casesPerWorker = 2;
/** Share of the free memory that cases in work may take together. */
const memoryShare = 0.7;
/** Float32 image, its transposed and cropped copies, work on one channel and the result, over the image's voxels. */
const copiesPerVoxel = 6;

interface CaseImages {
  /** One file per channel. */
  images: readonly string[];
}

export interface ConcurrencyOptions {
  workers?: number;
  signal?: AbortSignal;
}

/** Calls `work` for every case; the first failure ends it, after the cases in work have come to an end. */
export async function forEachCase<Case extends CaseImages>(
  cases: readonly Case[],
  options: ConcurrencyOptions,
  work: (rawCase: Case, index: number, native: NativeOptions) => Promise<void>,
): Promise<void> {
  await inPool(cases, options, workingBytes, work);
}

/** Like `forEachCase`, for things that take little memory. */
export async function forEachAtOnce<T>(
  items: readonly T[],
  options: ConcurrencyOptions,
  work: (item: T, index: number, native: NativeOptions) => Promise<void>,
): Promise<void> {
  await inPool(items, options, () => Promise.resolve(0), work);
}

async function inPool<T>(
  items: readonly T[],
  { workers, signal }: ConcurrencyOptions,
  bytesOf: (item: T) => Promise<number>,
  work: (item: T, index: number, native: NativeOptions) => Promise<void>,
): Promise<void> {
  const cores = availableCores();
  const concurrency = Math.max(1, Math.min((workers ?? cores) * casesPerWorker, items.length));
  const threads = Math.max(1, Math.floor(cores / Math.min(workers ?? cores, items.length)));
  const pool = new JobPool({ concurrency, bytes: memoryState().availableBytes * memoryShare });
  await mapConcurrently(items, concurrency, async (item, index) => {
    const run = (): Promise<void> => work(item, index, { signal, threads });
    await pool.run({ bytes: await bytesOf(item), signal, run });
  });
}

/** Memory that work on a case takes at its peak, from the headers; 0 where they can't be read (then reading will say why). */
async function workingBytes(rawCase: CaseImages): Promise<number> {
  try {
    const { shape, channels } = await readHeader(rawCase.images[0]!);
    const voxels = shape[0] * shape[1] * shape[2];
    return voxels * 4 * copiesPerVoxel * Math.max(channels, rawCase.images.length);
  } catch {
    return 0;
  }
}
