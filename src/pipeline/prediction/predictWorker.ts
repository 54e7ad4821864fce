/**
 * The worker that predicts with ONNX Runtime (dist/inferenceWorker.js). It is a process, so that a model that breaks the
 * runtime or fills the memory ends this process and no other; it can be a worker thread as well.
 */
import { writeFile } from 'node:fs/promises';
import { parentPort } from 'node:worker_threads';
import { PredictionService } from './predictService';
import type { FromWorker, ToWorker } from './predictMessages';

const channel = parentPort ?? process;

function post(message: FromWorker): void {
  if (parentPort) parentPort.postMessage(message);
  else process.send?.(message);
}

const service = new PredictionService(post);
/** One task after the other: they share memory and cores. */
let queue: Promise<void> = Promise.resolve();

channel.on('message', (message: ToWorker) => {
  queue = queue.then(() => service.perform(message));
});
if (!parentPort) {
  process.on('disconnect', () => process.exit(0));
  // Where memory runs out, Linux is to end this process before any other.
  writeFile('/proc/self/oom_score_adj', '900').catch(() => undefined);
}
post({ type: 'ready' });
