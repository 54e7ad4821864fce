/** Which folder holds what the folds of a model predicted of the cases that each left out? One that is made of their validations, as nnU-Net's is. */
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileNamesIn } from '../dataset/rawDataset';
import { EvaluationError } from '../method/errors';
import { copyFileAtomic } from '../storage/atomicFile';
import { exists } from '../storage/exists';

interface Gathering {
  /** Folders of predictions, in the order of the folds. */
  from: readonly string[];
  /** What lies in it already, and is in none of the others, is of other folds than these: it goes. */
  to: string;
  /** Of the predictions: ".nii.gz". */
  ending: string;
  /** Files that are copied as well, where they are there: those that tell the labels and the plans. */
  beside: readonly string[];
  signal: AbortSignal;
}

/** @throws EvaluationError `validation-missing`, `case-twice`: then nothing was changed; StorageError */
export async function gatherPredictions({ from, to, ending, beside, signal }: Gathering): Promise<void> {
  const found = new Map<string, string>();
  for (const folder of from) {
    for (const name of await predictionsIn(folder, ending)) {
      if (found.has(name)) throw caseTwice(name, found.get(name)!, folder);
      found.set(name, folder);
    }
  }
  await mkdir(to, { recursive: true });
  for (const name of await fileNamesIn(to)) {
    if (name.endsWith(ending) && !found.has(name)) await rm(join(to, name));
  }
  for (const [name, folder] of found) {
    signal.throwIfAborted();
    await copyFileAtomic(join(folder, name), join(to, name));
  }
  for (const file of beside) {
    if (await exists(file)) await copyFileAtomic(file, join(to, basename(file)));
  }
}

async function predictionsIn(folder: string, ending: string): Promise<string[]> {
  const names = (await exists(folder)) ? await fileNamesIn(folder) : [];
  const predictions = names.filter((name) => name.endsWith(ending));
  if (predictions.length > 0) return predictions;
  throw new EvaluationError('validation-missing', 'A fold has no predictions of the cases that it left out', {
    where: folder,
    hint: 'Train the fold to its end, with its validation: "nnunet train … --resume" does what is missing.',
  });
}

function caseTwice(name: string, first: string, second: string): EvaluationError {
  return new EvaluationError('case-twice', `${name} was predicted by two folds`, {
    where: `${first}, ${second}`,
    hint: 'Evaluate only folds that left out different cases, such as 0 to 4.',
  });
}
