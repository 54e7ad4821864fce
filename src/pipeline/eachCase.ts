/** Works on several cases at a time: as many as there are cores, fewer where their volumes would fill the memory. */
import { mapConcurrently } from '../storage/mapConcurrently';
import { availableCores, memoryState } from '../engine/machine';
import { readHeader } from '../images/header';
import type { ImageHeader } from '../images/types';
import { JobPool } from '../voxels/pool';
import type { NativeOptions } from '../voxels/types';

/** While one case waits for the disk, a worker computes on another one. */
const casesPerWorker = 2;
/** Share of the free memory that cases in work may take together. */
const memoryShare = 0.7;
const headersAtOnce = 16;
/** Float32 image, its transposed and cropped copies, work on one channel and the result, over the image's voxels. */
const copiesPerVoxel = 6;

interface CaseImages {
  /** One file per channel. */
  images: readonly string[];
}

interface ConcurrencyOptions {
  workers?: number;
  signal?: AbortSignal;
}

/** What the first image of every case says about itself; absent where it can't be read (then reading the case will say why). */
export type CaseHeaders = ReadonlyMap<CaseImages, ImageHeader>;

export async function readHeaders(cases: readonly CaseImages[]): Promise<CaseHeaders> {
  const headers = new Map<CaseImages, ImageHeader>();
  await mapConcurrently(cases, headersAtOnce, async (rawCase) => {
    const header = await readHeader(rawCase.images[0]!).catch(() => undefined);
    if (header) headers.set(rawCase, header);
  });
  return headers;
}

/**
 * Calls `work` for every case; the first failure ends it, after the cases in work have come to an end.
 * @param options.headers  those of the cases, where they were read already
 */
export async function forEachCase<Case extends CaseImages>(
  cases: readonly Case[],
  options: ConcurrencyOptions & { headers?: CaseHeaders },
  work: (rawCase: Case, index: number, native: NativeOptions) => Promise<void>,
): Promise<void> {
  const headers = options.headers ?? (await readHeaders(cases));
  await inPool(cases, options, (rawCase) => workingBytes(rawCase, headers), work);
}

/** Like `forEachCase`, for things that take little memory. */
export async function forEachAtOnce<T>(
  items: readonly T[],
  options: ConcurrencyOptions,
  work: (item: T, index: number, native: NativeOptions) => Promise<void>,
): Promise<void> {
  await inPool(items, options, () => 0, work);
}

/** Like `forEachCase`, for things whose memory is known. */
export async function forEachWithin<T>(
  items: readonly T[],
  bytesOf: (item: T) => number,
  options: ConcurrencyOptions,
  work: (item: T, index: number, native: NativeOptions) => Promise<void>,
): Promise<void> {
  await inPool(items, options, bytesOf, work);
}

async function inPool<T>(
  items: readonly T[],
  { workers, signal }: ConcurrencyOptions,
  bytesOf: (item: T) => number,
  work: (item: T, index: number, native: NativeOptions) => Promise<void>,
): Promise<void> {
  const cores = availableCores();
  const concurrency = Math.max(1, Math.min((workers ?? cores) * casesPerWorker, items.length));
  const threads = Math.max(1, Math.floor(cores / Math.min(workers ?? cores, items.length)));
  const pool = new JobPool({ concurrency, bytes: memoryState().availableBytes * memoryShare });
  await mapConcurrently(items, concurrency, async (item, index) => {
    const run = (): Promise<void> => work(item, index, { signal, threads });
    await pool.run({ bytes: bytesOf(item), signal, run });
  });
}

/** Memory that work on a case takes at its peak; 0 where nothing is known of it. */
function workingBytes(rawCase: CaseImages, headers: CaseHeaders): number {
  const header = headers.get(rawCase);
  if (!header) return 0;
  const [z, y, x] = header.shape;
  return z * y * x * 4 * copiesPerVoxel * Math.max(header.channels, rawCase.images.length);
}
