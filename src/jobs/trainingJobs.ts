/** Which jobs are the trainings that a person asks for? Those, with what has to be trained before them, in order. */
import { activeHolder } from '../dataset/foldLock';
import { NnunetError } from '../method/errors';
import { checkpointBytes, trainingBytes } from '../pipeline/resources';
import { machineDevices } from './devices';
import type { After, Job, Resources } from './job';
import { newJob, writeJob, type JobParts } from './jobFolder';
import { withPreviousStage } from './previousStage';
import { foldFolder, readRecord, type RunRequest } from './runFolder';
import { rootsOf, trainingTitle } from './trainingJob';
import { plannedModel } from './trainingTarget';
import { readWaiting } from './waiting';

type TrainingJobOptions = Pick<JobParts<'train'>, 'launcher' | 'cluster' | 'window'>;

/** A cascade's first stage is added before it, except what runs or waits already: for that, the second stage waits all the same. */
export async function trainingJobs(
  resultsRoot: string,
  requests: readonly RunRequest[],
  options: TrainingJobOptions = {},
): Promise<Job<'train'>[]> {
  const asked = new Set(requests.map(foldFolder));
  const ids = new Map<string, string>();
  const jobs: Job<'train'>[] = [];
  for (const { request, after } of await withPreviousStage(requests)) {
    const folder = foldFolder(request);
    const underWay = asked.has(folder) ? undefined : jobUnderWay(resultsRoot, folder);
    if (underWay !== undefined) {
      ids.set(folder, underWay);
      continue;
    }
    // Those of a cascade that are asked for themselves may stand behind it.
    const job = await trainingJob(request, options);
    ids.set(folder, job.id);
    jobs.push({ ...job, after: after.map((one) => ({ id: one, is: 'ended' })) });
  }
  return jobs.map((job) => ({ ...job, after: job.after.map(({ id, is }): After => ({ id: ids.get(id)!, is })) }));
}

async function trainingJob(request: RunRequest, options: TrainingJobOptions): Promise<Job<'train'>> {
  return newJob({
    kind: 'train',
    title: trainingTitle(request),
    request,
    roots: rootsOf(request),
    resources: await trainingResources(request),
    ...options,
  });
}

/** As far as the plans are there; those that are still to be made say nothing yet. */
async function trainingResources(request: RunRequest): Promise<Resources> {
  const { device, threads, optimizer } = request.options;
  const known: Resources = { device, ...(threads !== undefined && { cores: threads }) };
  try {
    const model = await plannedModel(request);
    if (!model) return known;
    const memory = (await trainsOnProcessor(device)) ? { memoryBytes: Math.ceil(trainingBytes(model)) } : {};
    return { ...known, ...memory, diskBytes: Math.ceil(checkpointBytes(model, optimizer)) };
  } catch (error) {
    // What is wrong with the plans is said when it starts.
    if (error instanceof NnunetError) return known;
    throw error;
  }
}

async function trainsOnProcessor(device: string): Promise<boolean> {
  if (device !== 'auto') return device === 'cpu';
  const devices = await machineDevices();
  return devices.length > 0 && devices.every((name) => name === 'cpu');
}

/** The job that runs or waits for a fold folder. */
function jobUnderWay(resultsRoot: string, folder: string): string | undefined {
  const waiting = readWaiting(resultsRoot).find((one) => one.folder === folder && !one.failure);
  if (waiting) return waiting.job.id;
  if (!activeHolder(folder)) return undefined;
  const record = readRecord(folder);
  if (!record) return undefined;
  if (record.jobId !== undefined) return record.jobId;
  // Started by an earlier version: to wait for it, it needs a name.
  const { dataset, folders, configuration, fold, plans, trainer, options } = record;
  const request: RunRequest = { dataset, folders, configuration, fold, plans, trainer, options };
  const job = newJob({ kind: 'train', title: trainingTitle(request), request, roots: rootsOf(request) });
  writeJob(resultsRoot, job);
  return job.id;
}
