import { lengthText } from '../../runs/describe';
import type { KnownTraining } from '../../jobs/knownJob';
import { JobStore } from '../../jobs/store';
import { readWaiting, waitsForOthers, type WaitingJob } from '../../jobs/waiting';
import type { Command } from '../command';
import { formatDuration } from '../../runs/duration';
import { rootsFor } from '../roots';
import { table } from '../../runs/table';

export const runsCommand: Command = {
  name: 'runs',
  summary: 'all trainings and how they are doing',
  description:
    'Lists every fold that was trained, is being trained or was interrupted, and below them what waits in the queue for a device, in order. The id in the first column can be given to "nnunet stop". Runs of other machines that share this folder are listed as well.',
  arguments: [],
  options: [],
  examples: [{ command: 'nnunet runs', explains: 'one line for each fold, with its state, epoch and Dice' }],
  async run(parsed, { output }) {
    const roots = rootsFor(parsed);
    const store = await JobStore.read(roots.results);
    const runs = store.trainings;
    for (const { where, message } of store.problems) output.warn(`${where} cannot be read: ${message}`);
    if (runs.length === 0 && store.problems.length === 0)
      output.line(`No runs in ${roots.results} yet. Start one with "nnunet train".`);
    else {
      const head = ['id', 'dataset', 'configuration', 'fold', 'plans', 'state', 'epoch', 'EMA Dice', 'Dice', 'updated'];
      for (const line of table(head, runs.map(row))) output.line(line);
    }
    const queue = readWaiting(roots.results);
    if (queue.length > 0) {
      const head = ['place', 'dataset', 'configuration', 'fold', 'plans', 'length', 'state', 'machine'];
      output.line('');
      output.line('Queue');
      for (const line of table(
        head,
        queue.map((entry) => queueRow(entry, queue)),
      ))
        output.line(line);
    }
    output.result({
      runs: runs.map(listed),
      queue: queue.map(({ job, folder, host, failure }) => {
        return { ...job.request, id: job.id, kind: job.kind, folder, host, addedAt: job.createdAt, failure };
      }),
    });
  },
};

/** What --json has of a training. */
function listed({ id, folder, training: { diceCurve: _, seconds: __, ...names }, status }: KnownTraining): object {
  return { id, folder, ...names, ...status };
}

function queueRow(entry: WaitingJob, all: readonly WaitingJob[]): string[] {
  const { job, host, failure, place } = entry;
  const state = failure
    ? `could not start: ${failure.message}`
    : waitsForOthers(entry, all)
      ? 'waits for the previous stage'
      : 'waits';
  if (job.kind !== 'train') return [String(place + 1), job.title, '', '', '', '', state, host];
  const { dataset, configuration, fold, plans, options } = job.request;
  return [String(place + 1), dataset, configuration, String(fold), plans, lengthText(options), state, host];
}

function row({ id, training: { dataset, configuration, fold, plans }, status }: KnownTraining): string[] {
  const state = status.state === 'running' && status.stage ? `running (${status.stage})` : status.state;
  const epoch = status.epoch === undefined ? '-' : `${status.epoch}${status.epochs ? `/${status.epochs}` : ''}`;
  const updated = status.updatedAt
    ? `${formatDuration(Math.max(0, (Date.now() - Date.parse(status.updatedAt)) / 1000))} ago`
    : '-';
  return [id, dataset, configuration, fold, plans, state, epoch, dice(status.emaDice), dice(status.meanDice), updated];
}

function dice(value: number | null | undefined): string {
  return value === undefined || value === null ? '-' : value.toFixed(4);
}
