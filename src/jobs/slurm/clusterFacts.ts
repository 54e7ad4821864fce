/** What does a cluster have: partitions, machines, GPUs, limits, and the accounts of whoever asks? Nothing is written. */
import { requireAnswer, type Ask } from './commands';

/** Machines of a partition that have the same. */
export interface ClusterNodes {
  nodes: number;
  idleNodes: number;
  /** Down, or closed for new jobs. */
  unusableNodes: number;
  cores: number;
  memoryBytes: number;
  /** By type, of each machine; the type is "gpu" where the cluster names none. */
  gpus: { type: string; count: number }[];
}

export interface Partition {
  name: string;
  isDefault: boolean;
  isUp: boolean;
  /** null: unlimited. */
  longestSeconds: number | null;
  /** What a job gets that says nothing; null: the longest. */
  defaultSeconds: number | null;
  machines: ClusterNodes[];
}

export interface ClusterFacts {
  /** "slurm 22.05.8" */
  version: string;
  partitions: Partition[];
  /** On which this person's jobs may be counted; none where the cluster does not count. */
  accounts: string[];
}

const mark = 'nnunet|';
const format = `${mark}%P|%a|%l|%L|%D|%t|%c|%m|%G`;

/** @throws as `requireAnswer` */
export async function clusterFacts(ask: Ask): Promise<ClusterFacts> {
  const partitions = readPartitions(await requireAnswer(ask, ['sinfo', '--noheader', `--format=${format}`]));
  const version = (await requireAnswer(ask, ['sinfo', '--version'])).trim().split('\n').at(-1)!;
  return { version, partitions, accounts: await accountsOf(ask) };
}

/** @param printed  by sinfo, as asked for above */
export function readPartitions(printed: string): Partition[] {
  const partitions = new Map<string, Partition>();
  for (const line of printed.split('\n')) {
    if (!line.startsWith(mark)) continue;
    const [title = '', up, longest = '', standard = '', count, state = '', cores, memory, resources = ''] = line
      .slice(mark.length)
      .split('|');
    const name = title.replace(/\*$/, '');
    const partition = partitions.get(name) ?? {
      name,
      isDefault: title.endsWith('*'),
      isUp: up === 'up',
      longestSeconds: readTime(longest),
      defaultSeconds: readTime(standard),
      machines: [],
    };
    partitions.set(name, partition);
    addMachines(partition.machines, Number(count), state, {
      cores: Number.parseInt(cores ?? '', 10),
      memoryBytes: Number.parseInt(memory ?? '', 10) * 2 ** 20,
      gpus: readGpus(resources),
    });
  }
  return [...partitions.values()];
}

function addMachines(
  all: ClusterNodes[],
  count: number,
  state: string,
  kind: Pick<ClusterNodes, 'cores' | 'memoryBytes' | 'gpus'>,
): void {
  const key = JSON.stringify(kind);
  let machines = all.find(({ cores, memoryBytes, gpus }) => JSON.stringify({ cores, memoryBytes, gpus }) === key);
  if (!machines) all.push((machines = { nodes: 0, idleNodes: 0, unusableNodes: 0, ...kind }));
  machines.nodes += count;
  // "idle~": it sleeps until it is needed. "idle*": it does not answer.
  if (/^idle[~#]?$/.test(state)) machines.idleNodes += count;
  else if (!/^(mix|alloc|comp|resv|plnd|idle)[~#+]?$/.test(state)) machines.unusableNodes += count;
}

/** "gpu:a100:4(S:0-1),gpu:2,lustre:1" */
function readGpus(resources: string): { type: string; count: number }[] {
  const withoutPlaces = resources.replace(/\([^)]*\)/g, '');
  return withoutPlaces.split(',').flatMap((resource) => {
    const [kind, ...rest] = resource.split(':');
    if (kind !== 'gpu' || rest.length === 0) return [];
    const count = Number(rest.at(-1));
    return Number.isInteger(count) && count > 0 ? [{ type: rest.length > 1 ? rest[0]! : 'gpu', count }] : [];
  });
}

/** "1-02:03:04", "02:03:04", "30:00", "infinite", "n/a". @returns seconds; null for what is no time */
export function readTime(text: string): number | null {
  const [, days, clock] = /^(?:(\d+)-)?(\d+(?::\d+){0,2})$/.exec(text) ?? [];
  if (clock === undefined) return null;
  const parts = clock.split(':').map(Number);
  // With days, and where there are three, hours come first; else minutes.
  const [hours, minutes, seconds] =
    days !== undefined || parts.length === 3
      ? [parts[0]!, parts[1] ?? 0, parts[2] ?? 0]
      : [0, parts[0]!, parts[1] ?? 0];
  return Number(days ?? 0) * 86_400 + hours * 3600 + minutes * 60 + seconds;
}

/** Only clusters with an accounting database know. */
async function accountsOf(ask: Ask): Promise<string[]> {
  const user = (await ask(['id', '-un'])).printed.trim().split('\n').at(-1)!;
  const { code, printed } = await ask([
    'sacctmgr',
    ...['--noheader', '--parsable2', 'show', 'associations', `user=${user}`, 'format=Account'],
  ]).catch(() => ({ code: 1, printed: '' }));
  if (code !== 0) return [];
  const names = printed.split('\n').map((line) => line.trim());
  return [...new Set(names.filter((name) => /^[\w.+-]+$/.test(name)))].sort();
}
