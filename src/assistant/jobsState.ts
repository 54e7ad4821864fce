/** What is an assistant told of jobs? What runs, what waits and for what, and how earlier ones ended. */
import { listDatasets } from '../dataset/references';
import type { Roots } from '../dataset/roots';
import type { AnyJob } from '../jobs/job';
import { userJobsRoot } from '../jobs/jobFolder';
import type { KnownJob } from '../jobs/knownJob';
import { lookAtMachine } from '../jobs/machine';
import { JobStore } from '../jobs/store';
import { whyWaiting } from '../jobs/turns';
import { titleOfJob } from '../jobs/waitForTurn';
import { readWaiting } from '../jobs/waiting';
import { errorLine, statusLine } from '../runs/describe';
import { waitingText } from '../runs/waitingWords';
import type { Answer, Call } from './call';
import { learnDataset, learnPaths } from './datasetNames';
import type { HiddenNames } from './hiddenNames';

/** Running ones are all told; of those that ended the latest. */
const mostEnded = 20;

export async function listJobs(call: Call, { dataset: reference }: { dataset?: string }): Promise<Answer> {
  const only = reference === undefined ? undefined : await call.dataset(reference);
  const isMeant = (dataset: string | undefined): boolean => only === undefined || only.folderName === dataset;
  const allRoots = call.settings.roots;
  const names = await namesByDataset(call, allRoots);
  const hide = <T extends { dataset?: string }>(facts: T): T =>
    (names.get(facts.dataset ?? '') ?? call.names).hide(facts);
  // Of this user's own are those that belong to no results folder.
  const resultsRoots = [...new Set([...allRoots.map(({ results }) => results), await userJobsRoot()])];
  const stores = await Promise.all(resultsRoots.map((root) => JobStore.read(root)));
  const known = stores
    .flatMap(({ jobs }) => jobs)
    .filter((job) => isMeant(datasetOf(job)))
    .sort((a, b) => (b.status.updatedAt ?? '').localeCompare(a.status.updatedAt ?? ''));
  const running = known.filter(({ status }) => status.state === 'running');
  const ended = known.filter(({ status }) => status.state !== 'running');
  const shown = [...running, ...ended.slice(0, mostEnded)];
  const waiting = (await Promise.all(resultsRoots.map(waitingJobs))).flat();
  for (const { job } of [...shown, ...waiting])
    learnPaths((job && names.get(datasetOf({ job }) ?? '')) ?? call.names, job?.request);
  const told = shown.map((job) => hide(factsFor(job)));
  const waits = waiting
    .filter(({ job }) => isMeant(datasetOf({ job })))
    .map(({ job, line }) => hide({ id: job.id, kind: job.kind, title: job.title, dataset: datasetOf({ job }), line }));
  const earlier = Math.max(0, ended.length - mostEnded);
  const lines = [
    ...told.map(({ title, id, line }) => `${title} (${id}): ${line}`),
    ...waits.map(({ title, line }) => `${title}: ${line}`),
    ...(earlier > 0 ? [`… and ${earlier} earlier ones.`] : []),
  ];
  return {
    text: lines.length > 0 ? lines.join('\n') : 'Nothing runs, waits or was done yet.',
    data: { jobs: told, waiting: waits, earlierNotShown: earlier },
  };
}

/** Of datasets of one name in several roots, the names of all are hidden alike. */
async function namesByDataset(call: Call, allRoots: readonly Roots[]): Promise<Map<string, HiddenNames>> {
  const names = new Map<string, HiddenNames>();
  for (const roots of allRoots) {
    for (const dataset of await listDatasets(roots, () => undefined)) {
      const known = names.get(dataset.folderName);
      if (known) await learnDataset(known, dataset);
      else names.set(dataset.folderName, await call.namesOf(dataset));
    }
  }
  return names;
}

/** Work on files elsewhere has none. */
function datasetOf({ training, job }: { training?: { dataset: string }; job?: AnyJob }): string | undefined {
  return training?.dataset ?? (job && 'dataset' in job.request ? job.request.dataset : undefined);
}

function factsFor(job: KnownJob) {
  const { id, kind, title, training, status, problem } = job;
  const { state, stage, epoch, epochs, emaDice, meanDice, updatedAt, error } = status;
  const dataset = datasetOf(job);
  return {
    id,
    kind,
    title,
    ...(dataset !== undefined && { dataset }),
    ...(training && { configuration: training.configuration, fold: training.fold, plans: training.plans }),
    state,
    line: problem ?? statusLine(status),
    ...(state === 'running' && { stage }),
    ...(epoch !== undefined && { epoch, epochs }),
    ...(typeof emaDice === 'number' && { smoothedPseudoDice: emaDice }),
    ...(typeof meanDice === 'number' && { validationDice: meanDice }),
    ...(updatedAt !== undefined && { updatedAt }),
    ...(state === 'failed' && error && { failure: { ...error, line: errorLine(error) } }),
  };
}

async function waitingJobs(resultsRoot: string): Promise<{ job: AnyJob; line: string }[]> {
  const all = readWaiting(resultsRoot);
  if (all.length === 0) return [];
  const machine = await lookAtMachine(resultsRoot, ['local', 'slurm']);
  return all.map((entry) => {
    const { job, failure } = entry;
    const line = failure
      ? `could not start: ${errorLine(failure)}`
      : waitingText(whyWaiting(entry, all, machine), (id) => titleOfJob(resultsRoot, id));
    return { job, line };
  });
}
