/** Finds the trainings under a results root. */
import * as fs from 'node:fs';
import { join, relative, sep } from 'node:path';
import { parseFoldFolderName, parseModelFolderName } from '../dataset/results';
import type { JobDescription, TrainingNames } from './knownJob';
import { runId } from './runFolder';
import { trainingTitle } from './trainingJob';

/** Every fold folder below a results root; only folder names are read. */
export function foldFolders(resultsRoot: string): string[] {
  return [...walkFoldFolders(resultsRoot)].flatMap((found) => ('fold' in found ? found.fold : []));
}

/** A folder of a training, or one that can't be read. */
type FoundFolder = { fold: string } | { unreadable: string; message: string };

/** By dataset, model and fold. One folder is read at a step, so that others can work in between. */
export function* walkFoldFolders(resultsRoot: string): Generator<FoundFolder> {
  for (const dataset of subfolders(resultsRoot, (name) => /^Dataset\d{3}_/.test(name))) {
    if (typeof dataset !== 'string') yield dataset;
    else yield* walkModels(dataset);
  }
}

function* walkModels(dataset: string): Generator<FoundFolder> {
  for (const model of subfolders(dataset, (name) => parseModelFolderName(name) !== undefined)) {
    if (typeof model !== 'string') yield model;
    else {
      for (const fold of subfolders(model, (name) => parseFoldFolderName(name) !== undefined))
        yield typeof fold === 'string' ? { fold } : fold;
    }
  }
}

function subfolders(
  folder: string,
  accept: (name: string) => boolean,
): (string | { unreadable: string; message: string })[] {
  let entries: fs.Dirent[];
  try {
    entries = fs.readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? [] : [{ unreadable: folder, message }];
  }
  return entries
    .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && accept(entry.name))
    .map((entry) => entry.name)
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((name) => join(folder, name));
}

/** What a fold folder's path tells. */
export function describeFolder(resultsRoot: string, folder: string): JobDescription & { training: TrainingNames } {
  const [dataset = '', model = '', foldName = ''] = relative(resultsRoot, folder).split(sep);
  const [trainer = '', plans = '', configuration = ''] = model.split('__');
  const fold = foldName.replace('fold_', '');
  return {
    id: runId(resultsRoot, folder),
    kind: 'train',
    title: trainingTitle({ dataset, configuration, fold }),
    folder,
    training: { dataset, trainer, plans, configuration, fold },
  };
}
