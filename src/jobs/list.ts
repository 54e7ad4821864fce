/** Finds the runs under a results root, and the one that a person means. */
import * as fs from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { parseFoldFolderName, parseModelFolderName } from '../dataset/results';
import { RunError } from '../method/errors';
import { runId } from './runFolder';
import { runStatus } from './jobLog';
import { type RunStatus } from './status';

export interface ListedRun {
  id: string;
  folder: string;
  dataset: string;
  trainer: string;
  plans: string;
  configuration: string;
  fold: string;
  status: RunStatus;
}

/** All runs, by dataset, model and fold. */
export function listRuns(resultsRoot: string): ListedRun[] {
  return foldFolders(resultsRoot).flatMap((folder) => {
    const status = runStatus(folder);
    return status ? [{ ...describeFolder(resultsRoot, folder), status }] : [];
  });
}

/**
 * The fold folder that `reference` names: a path, or an id (its first digits are enough) as `nnunet runs` shows it.
 * @throws RunError `run-not-found`, `run-ambiguous`
 */
export function resolveRun(reference: string, resultsRoot: string): string {
  for (const base of [process.cwd(), resultsRoot]) {
    const folder = resolve(base, reference);
    if (fs.existsSync(folder) && runStatus(folder)) return folder;
  }
  const matches = /^[0-9a-f]{2,40}$/.test(reference)
    ? foldFolders(resultsRoot).filter((folder) => runId(resultsRoot, folder).startsWith(reference))
    : [];
  if (matches.length === 1) return matches[0]!;
  if (matches.length > 1) {
    throw new RunError('run-ambiguous', `"${reference}" is the beginning of ${matches.length} run ids`, {
      hint: 'Give more digits of the id.',
    });
  }
  throw new RunError('run-not-found', `No run is called "${reference}"`, {
    where: resultsRoot,
    hint: 'Give a fold folder or an id that "nnunet runs" lists.',
  });
}

/** Every fold folder below a results root; only folder names are read. */
export function foldFolders(resultsRoot: string): string[] {
  return subfolders(resultsRoot, (name) => /^Dataset\d{3}_/.test(name)).flatMap((dataset) =>
    subfolders(dataset, (name) => parseModelFolderName(name) !== undefined).flatMap((model) =>
      subfolders(model, (name) => parseFoldFolderName(name) !== undefined),
    ),
  );
}

function subfolders(folder: string, accept: (name: string) => boolean): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && accept(entry.name))
    .map((entry) => entry.name)
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((name) => join(folder, name));
}

/** What a fold folder's path tells. */
export function describeFolder(resultsRoot: string, folder: string): Omit<ListedRun, 'status'> {
  const [dataset = '', model = '', foldName = ''] = relative(resultsRoot, folder).split(sep);
  const [trainer = '', plans = '', configuration = ''] = model.split('__');
  return {
    id: runId(resultsRoot, folder),
    folder,
    dataset,
    trainer,
    plans,
    configuration,
    fold: foldName.replace('fold_', ''),
  };
}
