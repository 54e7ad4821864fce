/** What has to be said about a cluster before jobs can go there? Checked here, since it ends in a script that is run. */
import { UsageError } from '../../method/errors';

export interface PathPair {
  /** A folder as this machine calls it. */
  here: string;
  /** The same folder as the cluster calls it. */
  there: string;
}

/** Absent: the cluster's own default. */
export interface ClusterSettings {
  /** "user@host", where the cluster's commands are on another machine: they are given there through ssh. */
  loginNode?: string;
  partition?: string;
  account?: string;
  /** "1", "a100:2": for work that computes on a device. */
  gpus?: string;
  cores?: number;
  /** As sbatch takes it: "32G". */
  memory?: string;
  /** As sbatch takes it: "12:00:00", "2-00:00:00". */
  time?: string;
  /** How long before its time is up a job saves and ends, to be continued. */
  saveSeconds?: number;
  modules?: readonly string[];
  /** Lines for the top of each script: "#SBATCH …" of one's own, or shell. */
  lines?: readonly string[];
  pathMap?: readonly PathPair[];
  /** The cluster's node program. */
  node?: string;
  /** The folder in which this program (with its dist/) is installed on the cluster. */
  program?: string;
}

export const defaultSaveSeconds = 300;
/** Slurm looks once a minute, and a training needs an iteration and a save. */
const leastSaveSeconds = 30;

interface Rule {
  pattern: RegExp;
  example: string;
}

// Never a leading dash: a word that looks like an option must not become one.
const rules: { readonly [K in keyof ClusterSettings]?: Rule } = {
  loginNode: { pattern: /^(?!-)[\w.@:[\]-]+$/, example: 'anna@login.cluster.org' },
  partition: { pattern: /^(?!-)[\w.,+-]+$/, example: 'gpu' },
  account: { pattern: /^(?!-)[\w.,+-]+$/, example: 'radiology' },
  gpus: { pattern: /^([\w.+-]+:)?[1-9]\d*$/, example: '1 or a100:1' },
  memory: { pattern: /^[1-9]\d*[KMGT]?B?$/i, example: '32G' },
  time: { pattern: /^(\d+-)?\d+(:\d+){0,2}$|^(UNLIMITED|INFINITE)$/i, example: '12:00:00 or 2-00:00:00' },
};

const texts = ['loginNode', 'partition', 'account', 'gpus', 'memory', 'time', 'node', 'program'] as const;
const lists = ['modules', 'lines'] as const;

/** By which settings name them. */
export const clusterSettingNames = [
  ...texts,
  ...lists,
  'cores',
  'saveSeconds',
  'pathMap',
] as const satisfies readonly (keyof ClusterSettings)[];

/**
 * @param value  from settings, options or a job's file: anything. Empty texts and lists are as absent
 * @throws UsageError `cluster-setting`
 */
export function clusterSettings(value: unknown): ClusterSettings {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const settings: Record<string, unknown> = {};
  for (const name of texts) {
    const text = textOf(given[name], name);
    const rule = rules[name];
    if (text === undefined) continue;
    if (rule && !rule.pattern.test(text))
      throw refused(name, `"${text}" can't be used`, `Write it like ${rule.example}.`);
    settings[name] = text;
  }
  for (const name of lists) {
    const list = listOf(given[name], name)
      .map((one) => textOf(one, name))
      .filter((one) => one !== undefined);
    if (list.length > 0) settings[name] = list;
  }
  settings.cores = countOf(given.cores, 'cores', 1);
  settings.saveSeconds = countOf(given.saveSeconds, 'saveSeconds', leastSaveSeconds);
  const pairs = listOf(given.pathMap, 'pathMap').map(pathPair);
  if (pairs.length > 0) settings.pathMap = pairs;
  return JSON.parse(JSON.stringify(settings)) as ClusterSettings;
}

function textOf(value: unknown, name: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' && typeof value !== 'number') throw refused(name, 'is no text', '');
  const text = String(value).trim();
  // A line of its own would be another command.
  if (/[\r\n\0]/.test(text)) throw refused(name, 'holds a line break', 'Write it in one line.');
  return text === '' ? undefined : text;
}

function listOf(value: unknown, name: string): unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw refused(name, 'is no list', '');
  return value;
}

function countOf(value: unknown, name: string, least: number): number | undefined {
  if (value === undefined || value === null || value === 0) return undefined;
  const number = Number(value);
  if (!Number.isInteger(number) || number < least)
    throw refused(name, `is ${String(value)}`, `Give a whole number from ${least}.`);
  return number;
}

function pathPair(value: unknown): PathPair {
  const { here, there } = (value ?? {}) as Record<string, unknown>;
  const pair = { here: textOf(here, 'pathMap'), there: textOf(there, 'pathMap') };
  if (pair.here === undefined || pair.there === undefined)
    throw refused(
      'pathMap',
      'has an entry without "here" or "there"',
      'Give both: a folder as this machine calls it, and as the cluster does.',
    );
  return { here: pair.here, there: pair.there };
}

function refused(name: string, what: string, hint: string): UsageError {
  return new UsageError('cluster-setting', `The cluster's setting "${name}" ${what}`, { hint });
}
