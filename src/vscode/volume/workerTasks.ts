/** Performs one task of the volume editor's worker; the same without a thread, for tests. */
import { holdsLabels } from './holdsLabels';
import type { SendSlab } from './slabs';
import type { VolumeReader } from './volumeReader';
import type { WorkerResults, WorkerTask } from './workerMessages';

export function performTask(
  reader: VolumeReader,
  task: WorkerTask,
  send: SendSlab,
  signal: AbortSignal,
): Promise<WorkerResults[WorkerTask['task']]> {
  switch (task.task) {
    case 'open':
      return reader.open(task.source);
    case 'known':
      return reader.known(task.file, task.role);
    case 'holdsLabels':
      return holdsLabels(task.file);
    case 'channel':
      reader.setChannelFile(task.channel, task.file);
      return Promise.resolve(undefined);
    case 'preview':
      return reader.preview(task.channel);
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
