import { advance } from '../../jobs/advance';
import { readGraph } from '../../jobs/graphFile';
import { localStarter } from '../localStarter';
import { userJobsRoot } from '../../jobs/jobFolder';
import { jobKinds } from '../../jobs/jobTitle';
import type { KnownJob, KnownTraining } from '../../jobs/knownJob';
import { lookAtMachine } from '../../jobs/machine';
import { JobStore } from '../../jobs/store';
import { whyWaiting } from '../../jobs/turns';
import { titleOfJob } from '../../jobs/waitForTurn';
import { readWaitingAnd, type WaitingJob } from '../../jobs/waiting';
import type { Waiting } from '../../jobs/job';
import { lengthText } from '../../runs/describe';
import { formatDuration } from '../../runs/duration';
import { table } from '../../runs/table';
import { failureText, waitingText } from '../../runs/waitingWords';
import type { Command } from '../command';
import { showJob } from '../showJob';
import type { Output } from '../output';
import { rootsFor } from '../roots';

const states = ['running', 'waiting', 'finished', 'stopped', 'failed', 'interrupted'] as const;

export const jobsCommand: Command = {
  name: 'jobs',
  aliases: ['runs'],
  summary: 'what runs, what waits and for what, and how earlier jobs ended',
  description:
    'Lists every fold that was trained, is being trained or was interrupted, then other jobs, then what waits, in order, with what it waits for. The id can be given to "nnunet stop", "retry", "move" and "remove". Jobs of other machines that share this folder are listed as well.',
  arguments: [],
  options: [
    { name: 'state', kind: 'text', choices: states, description: 'only those that are so' },
    { name: 'dataset', kind: 'text', value: 'NAME', description: 'only those whose dataset has this in its name' },
    {
      name: 'kind',
      kind: 'text',
      value: 'KIND',
      choices: jobKinds,
      description: `only those of this kind: ${jobKinds.join(', ')}`,
    },
    {
      name: 'follow',
      kind: 'text',
      value: 'ID',
      description: 'show what this job says until it ends; Ctrl-C ends the showing, not the job',
    },
  ],
  examples: [
    { command: 'nnunet jobs', explains: 'one line for each, with its state, epoch and Dice' },
    { command: 'nnunet jobs --state running', explains: 'only what is going on' },
    { command: 'nnunet jobs --follow 3fa2c1', explains: 'watches one' },
  ],
  async run(parsed, { output, signal }) {
    const results = rootsFor(parsed).results;
    const roots = [results, await userJobsRoot()];
    const followed = parsed.text('follow');
    if (followed !== undefined) return showJob(followed, roots, { output, signal });
    const [state, dataset, kind] = ['state', 'dataset', 'kind'].map((name) => parsed.text(name));
    const isMeant = (job: { kind: string; dataset?: string; state: string }): boolean =>
      (state === undefined || job.state === state) &&
      (kind === undefined || job.kind === kind) &&
      (dataset === undefined || (job.dataset ?? '').toLowerCase().includes(dataset.toLowerCase()));
    const stores = await Promise.all(roots.map((root) => JobStore.read(root)));
    for (const { where, message } of stores.flatMap(({ problems }) => problems))
      output.warn(`${where} cannot be read: ${message}`);
    const jobs = stores
      .flatMap((store) => store.jobs)
      .filter((job) => isMeant({ kind: job.kind, dataset: datasetOf(job), state: job.status.state }));
    const runs = jobs.filter((job): job is KnownTraining => job.training !== undefined);
    const others = jobs.filter(({ training }) => training === undefined);
    const queue = (await Promise.all(roots.map(waitingIn))).flat();
    const waiting = queue.filter(({ kind: of, dataset: name }) =>
      isMeant({ kind: of, dataset: name, state: 'waiting' }),
    );
    if (jobs.length + waiting.length === 0)
      output.line(
        queue.length > 0 || (state ?? kind ?? dataset) !== undefined
          ? 'None is so.'
          : `No jobs in ${results} yet. Start one with "nnunet train".`,
      );
    show(output, '', ...withReason(trainingHead, runs, trainingRow));
    show(output, 'Other jobs', ...withReason(otherHead, others, otherRow));
    show(output, 'Waiting', waitingHead, waiting.map(waitingRow));
    output.result({ runs: runs.map(listedTraining), jobs: others.map(listedOther), queue: waiting.map(listedWaiting) });
    return undefined;
  },
};

const trainingHead = [
  'id',
  'dataset',
  'configuration',
  'fold',
  'plans',
  'state',
  'epoch',
  'EMA Dice',
  'Dice',
  'updated',
];
const otherHead = ['id', 'job', 'state', 'updated'];
const waitingHead = ['place', 'id', 'job', 'length', 'state', 'machine'];

/** Where some have failed, why stands last in their lines. */
function withReason<T extends KnownJob>(
  head: readonly string[],
  jobs: readonly T[],
  row: (job: T) => string[],
): [string[], string[][]] {
  const reasonOf = ({ status: { state, error } }: KnownJob): string =>
    state === 'failed' ? (error?.message ?? '') : '';
  const hasReason = jobs.some((job) => reasonOf(job) !== '');
  const rows = jobs.map((job) => [...row(job), ...(hasReason ? [reasonOf(job)] : [])]);
  return [[...head, ...(hasReason ? ['why'] : [])], rows];
}

function show(output: Output, title: string, head: string[], rows: string[][]): void {
  if (rows.length === 0) return;
  if (title !== '') for (const line of ['', title]) output.line(line);
  for (const line of table(head, rows)) output.line(line);
}

/** One that waits, or is in the list and damaged. */
interface Listed {
  id: string;
  kind: string;
  title: string;
  place?: number;
  dataset?: string;
  host?: string;
  entry?: WaitingJob;
  waiting?: Waiting;
  /** What it waits for, or why it could not start. */
  text: string;
  failure?: WaitingJob['failure'];
}

async function waitingIn(root: string): Promise<Listed[]> {
  // Only who asks a scheduler knows what became of what it has; and where the one before was killed, nobody has started the next.
  if (readGraph(root).length > 0) await advance(root, localStarter());
  const { waiting, damaged } = readWaitingAnd(root);
  const machine = waiting.length > 0 ? await lookAtMachine(root, ['local', 'slurm']) : undefined;
  return [
    ...waiting.map((entry): Listed => {
      const { job, place, host, failure } = entry;
      const dataset = 'dataset' in job.request ? job.request.dataset : undefined;
      const common = { id: job.id, kind: job.kind, title: job.title, place, dataset, host, entry };
      if (failure) return { ...common, failure, text: failureText(failure) };
      const why = whyWaiting(entry, waiting, machine!);
      return { ...common, waiting: why, text: waitingText(why, (id) => titleOfJob(root, id)) };
    }),
    ...damaged.map(({ id, failure }): Listed => {
      return { id, kind: '', title: `job ${id}`, failure, text: `could not start: ${failure.message}` };
    }),
  ];
}

function waitingRow({ id, title, place, host, entry, text }: Listed): string[] {
  const job = entry?.job;
  const length = job?.kind === 'train' ? lengthText(job.request.options) : '';
  return [place === undefined ? '-' : String(place + 1), id, title, length, text, host ?? ''];
}

function listedWaiting({ id, kind, title, host, entry, waiting, failure }: Listed): object {
  const asked = entry && { ...entry.job.request, folder: entry.folder, addedAt: entry.job.createdAt };
  return { ...asked, id, kind, title, host, waiting, failure };
}

function datasetOf({ training, job }: KnownJob): string | undefined {
  if (training) return training.dataset;
  return job && 'dataset' in job.request ? job.request.dataset : undefined;
}

/** What --json has of a training. */
function listedTraining({
  id,
  folder,
  training: { diceCurve: _, seconds: __, ...names },
  status,
}: KnownTraining): object {
  return { id, folder, ...names, ...status };
}

function listedOther({ id, kind, title, folder, status }: KnownJob): object {
  return { id, kind, title, folder, ...status };
}

function trainingRow({ id, training: { dataset, configuration, fold, plans }, status }: KnownTraining): string[] {
  const epoch = status.epoch === undefined ? '-' : `${status.epoch}${status.epochs ? `/${status.epochs}` : ''}`;
  const numbers = [epoch, dice(status.emaDice), dice(status.meanDice)];
  return [id, dataset, configuration, fold, plans, stateText(status), ...numbers, updated(status)];
}

function otherRow({ id, title, status }: KnownJob): string[] {
  return [id, title, stateText(status), updated(status)];
}

function stateText({ state, stage }: KnownJob['status']): string {
  return state === 'running' && stage ? `running (${stage})` : state;
}

function updated({ updatedAt }: KnownJob['status']): string {
  return updatedAt ? `${formatDuration(Math.max(0, (Date.now() - Date.parse(updatedAt)) / 1000))} ago` : '-';
}

function dice(value: number | null | undefined): string {
  return value === undefined || value === null ? '-' : value.toFixed(4);
}
