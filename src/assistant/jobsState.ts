/** What is an assistant told of jobs? What runs, what waits and for what, and how earlier ones ended. */
import { listDatasets } from '../dataset/references';
import type { AnyJob } from '../jobs/job';
import type { KnownTraining } from '../jobs/knownJob';
import { JobStore } from '../jobs/store';
import { readWaiting, waitsForOthers, type WaitingJob } from '../jobs/waiting';
import { errorLine, foldTitle, statusLine } from '../runs/describe';
import type { Answer, Call } from './call';
import type { HiddenNames } from './hiddenNames';

/** Running ones are all told; of those that ended the latest. */
const mostEnded = 20;

export async function listJobs(call: Call, { dataset: reference }: { dataset?: string }): Promise<Answer> {
  const only = reference === undefined ? undefined : await call.dataset(reference);
  const isMeant = (dataset: string): boolean => only === undefined || only.folderName === dataset;
  const names = await namesByDataset(call);
  const hide = <T>(dataset: string, value: T): T => (names.get(dataset) ?? call.names).hide(value);
  const { trainings } = await JobStore.read(call.roots.results);
  const runs = trainings
    .filter(({ training }) => isMeant(training.dataset))
    .sort((a, b) => latest(b).localeCompare(latest(a)));
  const running = runs.filter(({ status }) => status.state === 'running');
  const ended = runs.filter(({ status }) => status.state !== 'running');
  const queue = readWaiting(call.roots.results);
  const waiting = queue.filter(({ job }) => isMeant(datasetOf(job) ?? ''));
  const told = [...running, ...ended.slice(0, mostEnded)].map((run) => hide(run.training.dataset, factsFor(run)));
  const waits = waiting.map((entry) => hide(datasetOf(entry.job) ?? '', waitingFacts(entry, queue)));
  const lines = [
    ...told.map(({ title, id, line }) => `${title} (${id}): ${line}`),
    ...waits.map(({ title, line }) => `${title}: ${line}`),
    ...(ended.length > mostEnded ? [`… and ${ended.length - mostEnded} earlier ones.`] : []),
  ];
  return {
    text: lines.length > 0 ? lines.join('\n') : 'Nothing runs, waits or was trained yet.',
    data: { jobs: told, waiting: waits, earlierNotShown: Math.max(0, ended.length - mostEnded) },
  };
}

async function namesByDataset(call: Call): Promise<Map<string, HiddenNames>> {
  const datasets = await listDatasets(call.roots, () => undefined);
  const entries = datasets.map(async (one) => [one.folderName, await call.namesOf(one)] as const);
  return new Map(await Promise.all(entries));
}

function latest({ status }: KnownTraining): string {
  return status.updatedAt ?? '';
}

function factsFor({ id, training: { dataset, configuration, fold, plans }, status }: KnownTraining) {
  const { state, stage, epoch, epochs, emaDice, meanDice, updatedAt, error } = status;
  return {
    id,
    kind: 'train',
    title: `Train ${dataset} ${configuration}, ${foldTitle(fold)}`,
    dataset,
    configuration,
    fold,
    plans,
    state,
    line: statusLine(status),
    ...(state === 'running' && { stage }),
    ...(epoch !== undefined && { epoch, epochs }),
    ...(typeof emaDice === 'number' && { smoothedPseudoDice: emaDice }),
    ...(typeof meanDice === 'number' && { validationDice: meanDice }),
    ...(updatedAt !== undefined && { updatedAt }),
    ...(state === 'failed' && error && { failure: { ...error, line: errorLine(error) } }),
  };
}

/** Work on files elsewhere has none. */
function datasetOf({ request }: AnyJob): string | undefined {
  return 'dataset' in request ? request.dataset : undefined;
}

function waitingFacts(entry: WaitingJob, all: readonly WaitingJob[]) {
  const { job, failure } = entry;
  const line = failure
    ? `could not start: ${errorLine(failure)}`
    : waitsForOthers(entry, all)
      ? 'waits for the previous stage of its cascade'
      : 'waits for a free device';
  const { id, kind } = job;
  if (kind !== 'train') return { id, kind, title: job.title, dataset: datasetOf(job), line };
  const { dataset, configuration, fold, plans } = job.request;
  const title = `Train ${dataset} ${configuration}, ${foldTitle(fold)}`;
  return { id, kind, title, dataset, configuration, fold, plans, line };
}
