/** The worker thread of one volume editor: reads and computes, so that the extension host is never blocked. */
import { parentPort } from 'node:worker_threads';
import { failureOf } from './failure';
import { VolumeReader, type SendSlab } from './volumeReader';
import type { FromWorker, ToWorker, WorkerResults, WorkerTask } from './workerMessages';

const reader = new VolumeReader();
const running = new Map<number, AbortController>();

function post(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

function perform(id: number, task: WorkerTask, signal: AbortSignal): Promise<WorkerResults[WorkerTask['task']]> {
  const send: SendSlab = (slab) => {
    post({ type: 'slab', id, slab }, [slab.data]);
  };
  switch (task.task) {
    case 'open':
      return reader.open(task.source);
    case 'known':
      return reader.known(task.file);
    case 'channel':
      reader.setChannelFile(task.channel, task.file);
      return Promise.resolve(undefined);
    case 'image':
      return reader.loadImage(task.channel, task.frame, send, signal);
    case 'segmentation':
      return reader.loadSegmentation(task.source, task.labelNames, send, signal);
    case 'compare':
      return reader.compare(task.source, signal);
    case 'difference':
      return reader.difference(task.source, task.labels, send, signal);
  }
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
      post({ type: 'done', id, result: await perform(id, task, abort.signal) });
    } catch (error) {
      post({ type: 'failed', id, failure: failureOf(error) });
    } finally {
      running.delete(id);
    }
  });
});
