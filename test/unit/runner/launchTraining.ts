/** Starts a training as a job of its own, beside whatever waits. */
import { dirname, join } from 'node:path';
import type { Job } from '../../../src/jobs/job';
import { newJob, writeJob } from '../../../src/jobs/jobFolder';
import { localLauncher } from '../../../src/jobs/local/launch';
import { foldFolder, readRecord, type RunRecord, type RunRequest } from '../../../src/jobs/runFolder';
import { rootsOf, trainingTitle } from '../../../src/jobs/trainingJob';
import { repositoryRoot } from '../../shared';

export const runnerScript = join(repositoryRoot, 'dist', 'runner.js');

export interface LaunchedTraining {
  folder: string;
  record: RunRecord;
  job: Job<'train'>;
}

export function trainingJobOf(request: RunRequest): Job<'train'> {
  return newJob({ kind: 'train', title: trainingTitle(request), request, roots: rootsOf(request) });
}

export async function launchTraining(request: RunRequest): Promise<LaunchedTraining> {
  const job = trainingJobOf(request);
  const resultsRoot = dirname(request.folders.results);
  writeJob(resultsRoot, job);
  await localLauncher(runnerScript).submit(resultsRoot, [job]);
  const folder = foldFolder(request);
  return { folder, record: readRecord(folder)!, job };
}
