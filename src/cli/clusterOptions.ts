/** Which cluster, and what of it: options of the commands that may hand their work to Slurm. */
import { UsageError } from '../method/errors';
import type { LaunchChoice } from '../jobs/job';
import { clusterSettings, type PathPair } from '../jobs/slurm/settings';
import type { OptionSpec } from './command';
import type { ParsedArguments } from './parsedArguments';

export const loginNodeOption: OptionSpec = {
  name: 'login-node',
  kind: 'text',
  value: 'USER@HOST',
  description: "give the cluster's commands there, through ssh that asks for nothing (default: on this machine)",
};

export const clusterOptions: readonly OptionSpec[] = [
  {
    name: 'launcher',
    kind: 'text',
    choices: ['local', 'slurm'],
    description: 'who runs it: this machine, or a cluster with Slurm; see "nnunet cluster" (default local)',
  },
  {
    name: 'partition',
    kind: 'text',
    value: 'NAME',
    description: "with Slurm: which machines (default: the cluster's)",
  },
  { name: 'account', kind: 'text', value: 'NAME', description: 'with Slurm: on which account' },
  { name: 'gpus', kind: 'text', value: '[TYPE:]N', description: 'with Slurm: GPUs for each job, e.g. 1 or a100:1' },
  { name: 'cores', kind: 'integer', value: 'N', min: 1, max: 1024, description: 'with Slurm: cores for each job' },
  { name: 'memory', kind: 'text', value: 'SIZE', description: 'with Slurm: memory for each job, e.g. 32G' },
  {
    name: 'time',
    kind: 'text',
    value: 'TIME',
    description:
      'with Slurm: time limit, e.g. 12:00:00 or 2-00:00:00; a training saves before it and goes on in another job',
  },
  { name: 'modules', kind: 'list', value: 'NAME', description: 'with Slurm: modules to load' },
  {
    name: 'script-lines',
    kind: 'list',
    value: 'LINE',
    description: 'with Slurm: more lines for the script, "#SBATCH …" or shell',
  },
  loginNodeOption,
  {
    name: 'path-map',
    kind: 'list',
    value: 'HERE=THERE',
    description: 'with Slurm: a folder that the cluster calls otherwise',
  },
  {
    name: 'cluster-program',
    kind: 'text',
    value: 'DIR',
    description:
      'with Slurm: where this program is installed on the cluster (default: where it is here; a login node that does not have it gets a copy)',
  },
  { name: 'cluster-node', kind: 'text', value: 'FILE', description: "with Slurm: the cluster's node program" },
];

const onlyOfSlurm = clusterOptions.map(({ name }) => name).filter((name) => name !== 'launcher');

/** @throws UsageError `conflicting-options`, `cluster-setting` */
export function launcherFrom(parsed: ParsedArguments): LaunchChoice {
  if (parsed.text('launcher') !== 'slurm') {
    const given = onlyOfSlurm.find((name) => parsed.has(name));
    if (given === undefined) return { launcher: 'local' };
    throw new UsageError('conflicting-options', `--${given} was given without --launcher slurm`, {
      hint: 'Add --launcher slurm, or leave it out.',
    });
  }
  const cluster = clusterSettings({
    loginNode: parsed.text('login-node'),
    partition: parsed.text('partition'),
    account: parsed.text('account'),
    gpus: parsed.text('gpus'),
    cores: parsed.number('cores'),
    memory: parsed.text('memory'),
    time: parsed.text('time'),
    modules: parsed.list('modules'),
    lines: parsed.list('script-lines'),
    pathMap: parsed.list('path-map')?.map(pathPair),
    program: parsed.text('cluster-program'),
    node: parsed.text('cluster-node'),
  });
  return { launcher: 'slurm', cluster };
}

function pathPair(text: string): PathPair {
  const at = text.indexOf('=');
  if (at > 0 && at < text.length - 1) return { here: text.slice(0, at), there: text.slice(at + 1) };
  throw new UsageError('cluster-setting', `--path-map "${text}" names no two folders`, {
    hint: 'Write it like /Volumes/lab=/nfs/lab.',
  });
}
