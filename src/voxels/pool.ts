/** Runs jobs at the same time, as many as there are cores, but only as many as fit into a budget of memory. */
import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';

interface PoolLimits {
  /** Jobs at once; by default one per core. */
  concurrency?: number;
  /** Bytes that the running jobs may take together. */
  bytes: number;
}

interface PoolJob<T> {
  /** Peak memory of this job. One that exceeds the whole budget runs alone. */
  bytes: number;
  run: () => Promise<T>;
  signal?: AbortSignal;
}

interface Waiting {
  bytes: number;
  start: () => void;
  overtaken: number;
}

/** So often may smaller jobs go before one that does not fit yet: cores stay busy, and nobody waits for ever. */
const overtakings = 8;

export class JobPool {
  private readonly concurrency: number;
  private readonly bytes: number;
  private readonly waiting: Waiting[] = [];
  private running = 0;
  private used = 0;

  constructor({ concurrency = availableParallelism(), bytes }: PoolLimits) {
    this.concurrency = Math.max(1, concurrency);
    this.bytes = bytes;
  }

  /** Settles as the job does. A job whose signal aborts while it waits is rejected at once and never started. */
  async run<T>({ bytes, run, signal }: PoolJob<T>): Promise<T> {
    signal?.throwIfAborted();
    await this.enter(bytes, signal);
    try {
      signal?.throwIfAborted();
      return await run();
    } finally {
      this.running -= 1;
      this.used -= bytes;
      this.startWaiting();
    }
  }

  /**
   * Works on all items, in order; results in the order of the items. The first failure stops what has not begun and is
   * thrown when the jobs that run have come to an end.
   */
  async map<Item, T>(
    items: readonly Item[],
    bytesOf: (item: Item) => number,
    work: (item: Item, index: number, signal: AbortSignal) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T[]> {
    const stop = new AbortController();
    setMaxListeners(0, stop.signal); // Each item listens to it while it waits.
    const forward = () => stop.abort(signal?.reason);
    if (signal?.aborted) forward();
    signal?.addEventListener('abort', forward, { once: true });
    let failure: { error: unknown } | undefined;
    // The failure is noted before the job's place becomes free, so that nothing starts after it.
    const guarded = async (item: Item, index: number): Promise<T> => {
      try {
        return await work(item, index, stop.signal);
      } catch (error) {
        failure ??= { error };
        stop.abort(error);
        throw error;
      }
    };
    const jobs = items.map((item, index) =>
      this.run({ bytes: bytesOf(item), signal: stop.signal, run: () => guarded(item, index) }),
    );
    try {
      const settled = await Promise.allSettled(jobs);
      if (failure) throw failure.error;
      stop.signal.throwIfAborted();
      return settled.map((result) => (result as PromiseFulfilledResult<T>).value);
    } finally {
      signal?.removeEventListener('abort', forward);
    }
  }

  private enter(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.waiting.splice(this.waiting.indexOf(place), 1);
        reject(signal!.reason as Error);
        this.startWaiting();
      };
      const place: Waiting = {
        bytes,
        overtaken: 0,
        start: () => {
          signal?.removeEventListener('abort', abort);
          this.running += 1;
          this.used += bytes;
          resolve();
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.waiting.push(place);
      this.startWaiting();
    });
  }

  private startWaiting(): void {
    for (let index = 0; index < this.waiting.length && this.running < this.concurrency;) {
      const next = this.waiting[index]!;
      const fits = this.running === 0 || this.used + next.bytes <= this.bytes;
      const first = this.waiting[0]!;
      if (index > 0 && first.overtaken >= overtakings) return;
      if (!fits) {
        index += 1;
        continue;
      }
      if (index > 0) first.overtaken += 1;
      this.waiting.splice(index, 1);
      next.start();
    }
  }
}
