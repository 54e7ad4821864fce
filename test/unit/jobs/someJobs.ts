/** Jobs as they are asked for, and a launcher that computes nothing: it holds the folder and writes what a runner writes. */
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { RunLock } from '../../../src/dataset/foldLock';
import type { Starter } from '../../../src/jobs/advance';
import type { AnyJob, Job, Resources } from '../../../src/jobs/job';
import { newJob, workFolder } from '../../../src/jobs/jobFolder';
import { noteFirstStart } from '../../../src/jobs/launchFile';
import type { MachineOptions } from '../../../src/jobs/machine';
import { writeRecord, type RunRecord, type RunRequest } from '../../../src/jobs/runFolder';
import { rootsOf, trainingTitle } from '../../../src/jobs/trainingJob';

export function trainRequest(root: string, fold: number, device = 'cpu'): RunRequest {
  const dataset = 'Dataset004_Hippocampus';
  return {
    dataset,
    folders: { raw: 'r', preprocessed: 'p', results: join(root, dataset) },
    configuration: '2d',
    fold,
    plans: 'nnUNetPlans',
    trainer: 'nnUNetTrainer',
    options: { device, precision: 'auto', npz: false, validate: true, resume: false },
  };
}

export function trainJob(root: string, fold: number, resources: Resources = { device: 'cpu' }): Job<'train'> {
  const request = trainRequest(root, fold, resources.device);
  return newJob({ kind: 'train', title: trainingTitle(request), request, roots: rootsOf(request), resources });
}

export function checkJob(root: string, more: Partial<Job<'check'>> = {}): Job<'check'> {
  const { dataset, folders } = trainRequest(root, 0);
  const job = newJob({
    kind: 'check',
    title: 'Check Hippocampus',
    request: { dataset, folders },
    roots: rootsOf({ folders }),
  });
  return { ...job, ...more };
}

/** A machine with one processor and room for everything. */
export const roomyMachine: MachineOptions = {
  devices: () => Promise.resolve(['cpu']),
  memory: () => ({ totalBytes: 1e12, availableBytes: 1e12 }),
  disk: () => Promise.resolve(1e15),
};

export class FakeLauncher {
  readonly started: AnyJob[] = [];
  private readonly locks = new Map<string, RunLock>();

  constructor(private readonly fails: (job: AnyJob) => void = () => undefined) {}

  get starter(): Starter {
    return {
      launchers: {
        local: {
          name: 'local',
          submit: async (root, jobs) => {
            for (const job of jobs) await this.start(root, job);
            return jobs.map(() => ({ launcher: 'local', host: hostname(), pid: process.pid }));
          },
          cancel: () => Promise.resolve(),
          observe: () => Promise.resolve([]),
        },
      },
    };
  }

  get folds(): unknown[] {
    return this.started.map((job) => (job.kind === 'train' ? job.request.fold : job.kind));
  }

  /** How they say that they have ended; 'killed': they say nothing. */
  end(root: string, how: 'done' | 'failed' | 'killed' = 'done', jobs: readonly AnyJob[] = this.started): void {
    for (const job of jobs) {
      const lock = this.locks.get(job.id);
      if (!lock) continue;
      const line = JSON.stringify({ type: 'finished', time: '2026-01-01T00:00:00.000Z', state: how });
      if (how !== 'killed') fs.appendFileSync(join(workFolder(root, job), 'events.jsonl'), `${line}\n`);
      lock.release();
      this.locks.delete(job.id);
    }
  }

  private async start(root: string, job: AnyJob): Promise<void> {
    this.fails(job);
    const folder = workFolder(root, job);
    fs.mkdirSync(folder, { recursive: true });
    this.locks.set(job.id, await RunLock.acquire(folder));
    const { device } = job.resources;
    noteFirstStart(root, job.id, { launcher: 'local', host: hostname(), pid: process.pid, device });
    if (job.kind === 'train') {
      const given = device === job.request.options.device ? {} : { assignedDevice: device };
      const startTime = new Date().toISOString();
      writeRecord(folder, { ...job.request, ...given, jobId: job.id, pid: process.pid, startTime } as RunRecord);
    }
    this.started.push(job);
  }
}
