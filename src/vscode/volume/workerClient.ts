/** The host's side of a volume editor's worker: starts it when it is first needed or before, and settles every task, whatever happens to it. */
import { t } from '@vscode/l10n';
import { Worker } from 'node:worker_threads';
import { inBackground } from '../background';
import type { Slab } from '../../protocol/volume';
import { cancelled, VolumeFailure } from './failure';
import type { FromWorker, ToWorker, WorkerResults, WorkerTask } from './workerMessages';

interface Pending {
  resolve(result: never): void;
  reject(error: Error): void;
  onSlab?(slab: Omit<Slab, 'type' | 'id'>): void;
}

export class VolumeWorker {
  private worker: Worker | undefined;
  private readonly pending = new Map<number, Pending>();
  private next = 1;
  private isDisposed = false;
  /** Told again to a worker that takes the place of a lost one. */
  private opened: WorkerTask | undefined;

  /** @param script  dist/volumeWorker.js */
  /** @param texts  in the person's language, by their English */
  constructor(
    private readonly script: string,
    private readonly texts?: Readonly<Record<string, string>>,
  ) {}

  /** @throws VolumeFailure; code `cancelled` after the signal or `dispose` */
  run<T extends WorkerTask>(
    task: T,
    options: { signal?: AbortSignal; onSlab?(slab: Omit<Slab, 'type' | 'id'>): void } = {},
  ): Promise<WorkerResults[T['task']]> {
    const { signal, onSlab } = options;
    if (this.isDisposed || signal?.aborted) return Promise.reject(new VolumeFailure(cancelled));
    const id = this.next++;
    let cancel = (): void => undefined;
    if (task.task === 'open') this.opened = task;
    return new Promise<WorkerResults[T['task']]>((resolve, reject) => {
      cancel = () => {
        // An answer may be on its way already: it is not wanted any more.
        this.pending.delete(id);
        this.post({ type: 'cancel', id });
        reject(new VolumeFailure(cancelled));
      };
      signal?.addEventListener('abort', cancel, { once: true });
      this.pending.set(id, { resolve, reject, onSlab });
      this.post({ type: 'start', id, task });
    }).finally(() => signal?.removeEventListener('abort', cancel));
  }

  /** Starting takes a tenth of a second: so before the first task is known. */
  warmUp(): void {
    this.worker ??= this.start();
  }

  dispose(): void {
    this.isDisposed = true;
    if (this.worker) inBackground(this.worker.terminate(), 'Ending the reader of volumes');
    this.worker = undefined;
    this.rejectAll(new VolumeFailure(cancelled));
  }

  private post(message: ToWorker): void {
    if (this.isDisposed) return;
    if (!this.worker) {
      this.worker = this.start();
      const isOpen = message.type === 'start' && message.task.task === 'open';
      if (this.opened && !isOpen)
        this.worker.postMessage({ type: 'start', id: 0, task: this.opened } satisfies ToWorker);
    }
    this.worker.postMessage(message);
  }

  private start(): Worker {
    const worker = new Worker(this.script, { workerData: this.texts });
    worker.on('message', (message: FromWorker) => this.take(message));
    worker.on('error', (error) => this.lost(worker, error));
    worker.on('exit', (code) => this.lost(worker, new Error(`it ended with code ${code}`)));
    return worker;
  }

  private take(message: FromWorker): void {
    const pending = this.pending.get(message.id);
    if (!pending) return;
    if (message.type === 'slab') {
      pending.onSlab?.(message.slab);
      return;
    }
    this.pending.delete(message.id);
    if (message.type === 'done') pending.resolve(message.result as never);
    else pending.reject(new VolumeFailure(message.failure));
  }

  /** A worker that died (of lack of memory, mostly) takes its tasks with it; the next task starts a new one. */
  private lost(worker: Worker, error: Error): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    const isMemory = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
    this.rejectAll(
      new VolumeFailure({
        code: isMemory ? 'out-of-memory' : 'reader-lost',
        message: isMemory
          ? t('There is not enough memory for this volume')
          : t('Reading broke off: {0}', error.message),
        hint: isMemory ? t('Close other programs or crop the volume.') : t('Open the file again.'),
      }),
    );
  }

  private rejectAll(error: Error): void {
    const all = [...this.pending.values()];
    this.pending.clear();
    for (const { reject } of all) reject(error);
  }
}
