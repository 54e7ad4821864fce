import { clusterFacts, type ClusterFacts, type ClusterNodes, type Partition } from '../../jobs/slurm/clusterFacts';
import { clusterCommands } from '../../jobs/slurm/commands';
import { clusterSettings } from '../../jobs/slurm/settings';
import { formatDuration } from '../../runs/duration';
import { loginNodeOption } from '../clusterOptions';
import type { Command } from '../command';
import { table } from '../../runs/table';

export const clusterCommand: Command = {
  name: 'cluster',
  summary: 'what a cluster has: partitions, machines, GPUs, time limits',
  description:
    'Asks Slurm what there is to ask for with "nnunet train --launcher slurm": partitions with their machines, GPUs, memory and time limits, which of them is the default, and the accounts of whoever asks. Nothing is started and nothing is written.',
  arguments: [],
  options: [loginNodeOption],
  examples: [
    { command: 'nnunet cluster', explains: 'on a login node of the cluster' },
    { command: 'nnunet cluster --login-node anna@login.cluster.org', explains: 'from another machine' },
  ],
  async run(parsed, { output }) {
    const { loginNode } = clusterSettings({ loginNode: parsed.text('login-node') });
    const facts = await clusterFacts(clusterCommands(loginNode));
    for (const line of linesOf(facts)) output.line(line);
    output.result(facts);
  },
};

function linesOf({ version, partitions, accounts }: ClusterFacts): string[] {
  if (partitions.length === 0) return [`${version}: no partition that you may use.`];
  const head = ['partition', 'machines', 'idle', 'cores', 'memory', 'GPUs', 'longest', 'unless said'];
  const rows = partitions.flatMap((partition) => partition.machines.map((machines) => row(partition, machines)));
  return [version, '', ...table(head, rows), ...(accounts.length > 0 ? ['', `accounts: ${accounts.join(', ')}`] : [])];
}

function row({ name, isDefault, isUp, longestSeconds, defaultSeconds }: Partition, machines: ClusterNodes): string[] {
  const { nodes, idleNodes, unusableNodes, cores, memoryBytes, gpus } = machines;
  return [
    `${name}${isDefault ? ' (default)' : ''}${isUp ? '' : ' (closed)'}`,
    `${nodes}${unusableNodes > 0 ? ` (${unusableNodes} down)` : ''}`,
    String(idleNodes),
    String(cores),
    `${Math.round(memoryBytes / 2 ** 30)} GB`,
    gpus.map(({ type, count }) => `${type}:${count}`).join(' ') || '-',
    longestSeconds === null ? 'unlimited' : formatDuration(longestSeconds),
    defaultSeconds === null ? 'the longest' : formatDuration(defaultSeconds),
  ];
}
