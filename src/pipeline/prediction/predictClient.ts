/** The host's side of the prediction worker: starts it, settles every task whatever happens to it, and ends it when a task is cancelled. */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { packageRoot } from '../../engine/locate';
import { InferenceError } from '../../inference/inferenceError';
import { NnunetError } from '../../method/errors';
import { sweepCache } from '../../storage/userCache';
import type { ExportedFolds } from './predictExport';
import type { ImageExamined } from './examineImage';
import type {
  ExamineTask,
  ExportTask,
  Failure,
  FromWorker,
  OpenedModel,
  OpenSetTask,
  OpenTask,
  PredictedImage,
  PredictTask,
  ToWorker,
} from './predictMessages';
import type { PredictionPhase } from './predictOnnxCase';
import type { LabelBox } from './predictPreview';

export interface WorkerOptions {
  /** process (default): survives a runtime that crashes or fills the memory. thread: starts a little faster. */
  isolation?: 'process' | 'thread';
  /** dist/inferenceWorker.js */
  script?: string;
}

type WorkerTask = ExportTask | ExamineTask | OpenTask | OpenSetTask | PredictTask;

interface TaskHooks {
  signal?: AbortSignal;
  onProgress?(phase: PredictionPhase, done: number, total: number): void;
  onPreview?(box: LabelBox): void;
}

interface Pending {
  resolve(result: never): void;
  reject(error: unknown): void;
  hooks: TaskHooks;
}

/** One running worker, thread or process. */
interface Carrier {
  /** Of a process. */
  pid?: number;
  post(message: ToWorker): void;
  kill(): Promise<void>;
}

export class PredictionWorker {
  private readonly carrier: Carrier;
  private readonly pending = new Map<number, Pending>();
  private next = 1;
  /** Why it takes no more tasks. */
  private ended: Error | undefined;

  constructor({
    isolation = 'process',
    script = join(packageRoot(), 'dist', 'inferenceWorker.js'),
  }: WorkerOptions = {}) {
    const take = (message: FromWorker): void => this.take(message);
    const lost = (error: Error): void => this.end(error);
    this.carrier = isolation === 'process' ? startProcess(script, take, lost) : startThread(script, take, lost);
  }

  get pid(): number | undefined {
    return this.carrier.pid;
  }

  /** Ended by a cancellation, the export leaves nothing behind. */
  async export(task: ExportTask, hooks: TaskHooks = {}): Promise<ExportedFolds> {
    try {
      return await this.perform<ExportedFolds>(task, hooks);
    } catch (error) {
      if (hooks.signal?.aborted) {
        await this.dispose();
        await sweepCache('onnx');
      }
      throw error;
    }
  }

  examine(task: ExamineTask, hooks: TaskHooks = {}): Promise<ImageExamined> {
    return this.perform(task, hooks);
  }

  open(task: OpenTask | OpenSetTask, hooks: TaskHooks = {}): Promise<OpenedModel> {
    return this.perform(task, hooks);
  }

  predict(task: PredictTask, hooks: TaskHooks = {}): Promise<PredictedImage> {
    return this.perform(task, hooks);
  }

  /** Ends the worker, and with it everything it holds in memory. */
  async dispose(): Promise<void> {
    this.end(new DOMException('The prediction was ended', 'AbortError'));
    await this.carrier.kill();
  }

  private async perform<T>(task: WorkerTask, hooks: TaskHooks): Promise<T> {
    const { signal } = hooks;
    signal?.throwIfAborted();
    if (this.ended !== undefined) throw this.ended;
    const id = this.next++;
    // The runtime can't be interrupted: the whole worker goes.
    const cancel = (): void => {
      this.end(signal!.reason as Error);
      // `end` has settled everything; a worker that is gone can't be killed.
      this.carrier.kill().catch(() => undefined);
    };
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await new Promise<T>((resolve, reject) => {
        this.pending.set(id, { resolve, reject, hooks });
        this.carrier.post({ id, ...task });
      });
    } finally {
      this.pending.delete(id);
      signal?.removeEventListener('abort', cancel);
    }
  }

  private take(message: FromWorker): void {
    if (message.type === 'ready') return;
    const pending = this.pending.get(message.id);
    if (!pending) return;
    if (message.type === 'progress') pending.hooks.onProgress?.(message.phase, message.done, message.total);
    else if (message.type === 'preview') pending.hooks.onPreview?.(message.box);
    else if (message.type === 'failed') pending.reject(errorOf(message.failure));
    else pending.resolve(message.result as never);
  }

  private end(reason: Error): void {
    this.ended ??= reason;
    for (const { reject } of this.pending.values()) reject(this.ended);
    this.pending.clear();
  }
}

/** glibc gives large blocks back when they are freed: a runtime that opens a model frees several times its size. */
const returnsMemory = { MALLOC_MMAP_THRESHOLD_: String(2 ** 20) };

function startProcess(script: string, take: (message: FromWorker) => void, lost: (error: Error) => void): Carrier {
  const child = fork(script, [], {
    serialization: 'advanced',
    // Inside VS Code the executable is Electron, which then behaves as Node; a debugger of the host stays with the host.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', ...returnsMemory },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr!.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)));
  child.on('message', (message) => take(message as FromWorker));
  child.on('error', (error) => lost(workerLost(error.message)));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.on('close', (code, signal) => lost(endingOf(code, signal, said)));
  return {
    pid: child.pid,
    post: (message) => {
      // A worker that is gone already says so by its end.
      if (child.connected) child.send(message, () => undefined);
    },
    kill: async () => {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

function startThread(script: string, take: (message: FromWorker) => void, lost: (error: Error) => void): Carrier {
  const worker = new Worker(script);
  worker.on('message', take);
  worker.on('error', (error: NodeJS.ErrnoException) =>
    lost(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? outOfMemory() : workerLost(error.message)),
  );
  worker.on('exit', (code) => lost(workerLost(`it ended with code ${code}`)));
  return {
    post: (message) => worker.postMessage(message),
    kill: async () => {
      await worker.terminate();
    },
  };
}

function endingOf(code: number | null, signal: NodeJS.Signals | null, said: string): InferenceError {
  if (signal === 'SIGKILL' || code === 137 || /bad_alloc|heap out of memory|allocation failed/i.test(said)) {
    return outOfMemory();
  }
  const last = said.trimEnd().split('\n').at(-1)?.trim() ?? '';
  const how = signal ? `it crashed (${signal})` : `it ended with code ${code}`;
  return workerLost(last === '' ? how : `${how}; its last words: ${last.slice(0, 300)}`);
}

function outOfMemory(): InferenceError {
  return new InferenceError('out-of-memory', 'The prediction was ended because the memory ran out', {
    hint: 'Close other programs, predict only a region, or use a machine with more memory.',
  });
}

function workerLost(how: string): InferenceError {
  return new InferenceError('inference-lost', `The prediction broke off: ${how}`, {
    hint: 'The model may be damaged or made for another program. If others fail as well, please report it.',
  });
}

function errorOf({ code, message, hint, where, isDefect }: Failure): Error {
  if (isDefect) return new Error(message);
  return new NnunetError(code, message, { hint, where });
}
