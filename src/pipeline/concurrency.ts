/** Works on several cases at a time: as many as there are cores, fewer where their volumes would fill the memory. */
import { availableCores, memoryState } from '../engine/machine';
import type { RawCase } from '../dataset/rawDataset';
import { readHeader } from '../images/header';
import type { NativeOptions } from './preprocessCase';

/** Share of the free memory that cases in work may take together. */
const memoryShare = 0.7;
/** Float32 image, its transposed and cropped copies, float64 work of one channel, and the result, over the image's voxels. */
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
  const gate = new MemoryGate(memoryState().availableBytes * memoryShare);
  await forEachAtOnce(cases, options, async (rawCase, index, native) => {
    const release = await gate.enter(await workingBytes(rawCase));
    try {
      await work(rawCase, index, native);
    } finally {
      release();
    }
  });
}

/** Like `forEachCase`, for things that take little memory. */
export async function forEachAtOnce<T>(
  items: readonly T[],
  { workers, signal }: ConcurrencyOptions,
  work: (item: T, index: number, native: NativeOptions) => Promise<void>,
): Promise<void> {
  const cores = availableCores();
  const limit = Math.max(1, Math.min(workers ?? cores, items.length));
  const threads = Math.max(1, Math.floor(cores / limit));
  let next = 0;
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const index = next;
      next += 1;
      try {
        signal?.throwIfAborted();
        await work(items[index]!, index, { signal, threads });
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  if (failures.length > 0) throw failures[0];
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

/** Lets work in while its memory fits; a piece that is larger than all of it may go alone. */
class MemoryGate {
  private used = 0;
  private waiting: (() => void)[] = [];

  constructor(private readonly budget: number) {}

  async enter(bytes: number): Promise<() => void> {
    while (this.used > 0 && this.used + bytes > this.budget)
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.used += Math.max(1, bytes);
    return () => {
      this.used -= Math.max(1, bytes);
      const waiting = this.waiting;
      this.waiting = [];
      for (const wake of waiting) wake();
    };
  }
}
