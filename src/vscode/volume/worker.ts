/** The worker thread of one volume editor: reads and computes, so that the extension host is never blocked. */
import './workerLanguage';
import { parentPort } from 'node:worker_threads';
import { failureOf } from './failure';
import type { SendSlab } from './slabs';
import { VolumeReader } from './volumeReader';
import type { FromWorker, ToWorker } from './workerMessages';
import { performTask } from './workerTasks';

const reader = new VolumeReader();
const running = new Map<number, AbortController>();

function post(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

/** One task after the other: they share memory and cores. */
let queue: Promise<void> = Promise.resolve();

parentPort?.on('message', (message: ToWorker) => {
  if (message.type === 'cancel') {
    running.get(message.id)?.abort();
    return;
  }
  const { id, task } = message;
  const abort = new AbortController();
  running.set(id, abort);
  queue = queue.then(async () => {
    try {
      abort.signal.throwIfAborted();
      const send: SendSlab = (slab) => {
        post({ type: 'slab', id, slab }, [slab.data]);
      };
      post({ type: 'done', id, result: await performTask(reader, task, send, abort.signal) });
    } catch (error) {
      post({ type: 'failed', id, failure: failureOf(error) });
    } finally {
      running.delete(id);
    }
  });
});
