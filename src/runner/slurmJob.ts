/** What a job does for the cluster that runs it: finds its folders where they are called otherwise, and is queued again when its time is up. */
import { spawn } from 'node:child_process';
import type { AnyJob } from '../jobs/job';
import { pathMapVariable, pathsThere } from '../jobs/slurm/pathMap';
import { clusterSettings } from '../jobs/slurm/settings';

/** With the folders as this machine calls them. @throws UsageError `cluster-setting` */
export function withPathsOfHere<T extends AnyJob>(job: T): T {
  const text = process.env[pathMapVariable];
  if (!text || job.launcher !== 'slurm') return job;
  const { pathMap } = clusterSettings({ pathMap: JSON.parse(text) as unknown });
  return { ...job, request: pathsThere(job.request, pathMap), roots: pathsThere(job.roots, pathMap) };
}

/** Whether Slurm lets this very job be queued again. */
export async function canBeRequeued(): Promise<boolean> {
  const id = process.env.SLURM_JOB_ID;
  if (id === undefined) return false;
  const { code, printed } = await scontrol(['--oneliner', 'show', 'job', id]);
  return code === 0 && /\bRequeue=1\b/.test(printed);
}

/** Slurm ends this process, too: everything must be written. @returns where it did not, why */
export async function requeue(): Promise<string> {
  const { printed } = await scontrol(['requeue', process.env.SLURM_JOB_ID!]);
  return printed.trim();
}

function scontrol(words: readonly string[]): Promise<{ code: number; printed: string }> {
  return new Promise((resolve) => {
    const child = spawn('scontrol', words, { stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
    child.on('error', (error) => resolve({ code: 1, printed: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, printed }));
  });
}
