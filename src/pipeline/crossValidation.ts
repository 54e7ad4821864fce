/** What did the folds of a model predict of their validation cases, all together? Each case was left out of one training. */
import { copyFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { replaceFolder } from '../dataset/derivedFolder';
import { fileNamesIn } from '../dataset/rawDataset';
import { foldPaths, modelPaths } from '../dataset/results';
import { counted } from '../words/counted';
import { EvaluationError } from '../method/errors';
import { writeFileAtomic } from '../storage/atomicFile';
import { exists } from '../storage/exists';
import type { EnsembleCase } from './ensemble';
import type { Model } from './modelFolder';

interface ValidatedCase {
  fold: number;
  /** In the fold's validation folder. */
  mask: string;
  /** Whether the probabilities and what they belong to lie beside it. */
  hasProbabilities: boolean;
}

/** By case id. */
export type ValidatedCases = Map<string, ValidatedCase>;

/** @throws EvaluationError `fold-not-validated`, `case-in-several-folds` */
export async function validatedCases(
  { folder, datasetJson }: Pick<Model, 'folder' | 'datasetJson'>,
  folds: readonly number[],
): Promise<ValidatedCases> {
  const ending = datasetJson.file_ending;
  const cases: ValidatedCases = new Map();
  for (const fold of folds) {
    const { validation } = foldPaths(modelPaths(folder).fold(fold));
    const names = new Set(await fileNamesIn(validation));
    const masks = [...names].filter((name) => name.endsWith(ending));
    if (masks.length === 0) throw notValidated(folder, fold, validation);
    for (const name of masks.sort()) {
      const id = name.slice(0, -ending.length);
      const other = cases.get(id);
      if (other) throw inSeveralFolds(id, [other.fold, fold], folder);
      const hasProbabilities = ['.npz', '.pkl'].every((one) => names.has(`${id}${one}`));
      cases.set(id, { fold, mask: join(validation, name), hasProbabilities });
    }
  }
  return cases;
}

/** Copies all of them to one folder, with what tells their labels, as nnU-Net does; what was derived of earlier ones goes. */
export async function gatherCrossValidation(
  { datasetJson, texts }: Pick<Model, 'datasetJson' | 'texts'>,
  cases: ValidatedCases,
  folder: string,
): Promise<void> {
  await replaceFolder(
    folder,
    (name) => isDerived(name, datasetJson.file_ending),
    async (scratch) => {
      for (const [id, { mask }] of cases) {
        await copyFile(mask, join(scratch, basename(mask)));
        // The spacing of a stack of TIFF slices.
        const side = join(mask, '..', `${id}.json`);
        if (await exists(side)) await copyFile(side, join(scratch, `${id}.json`));
      }
      await writeModelTexts(scratch, texts);
    },
  );
}

const derivedNames: ReadonlySet<string> = new Set([
  'dataset.json',
  'plans.json',
  'summary.json',
  'postprocessing.pkl',
  'postprocessing.json',
  'postprocessed',
]);

/** What nnU-Net or this program leaves in such a folder. */
export function isDerived(name: string, fileEnding: string): boolean {
  return name.endsWith(fileEnding) || derivedNames.has(name);
}

export async function writeModelTexts(folder: string, texts: Model['texts']): Promise<void> {
  await writeFileAtomic(join(folder, 'plans.json'), texts.plans);
  await writeFileAtomic(join(folder, 'dataset.json'), texts.datasetJson);
}

/**
 * The cases whose probabilities two models are averaged from; a case may be in another fold of each.
 * @throws EvaluationError `cases-differ`, `probabilities-missing`
 */
export function pairedCases(members: readonly { name: string; cases: ValidatedCases }[]): EnsembleCase[] {
  const ids = new Set(members.flatMap(({ cases }) => [...cases.keys()]));
  return [...ids].sort().map((id) => ({
    id,
    probabilities: members.map(({ name, cases }) => {
      const found = cases.get(id);
      if (!found) {
        throw new EvaluationError(
          'cases-differ',
          `${name} has validated ${counted(cases.size, 'case')}, but not ${id}`,
          {
            hint: 'Models are averaged over the same cases: validate them on the same folds, or give --no-ensembles.',
          },
        );
      }
      if (!found.hasProbabilities) {
        throw new EvaluationError('probabilities-missing', `Validation has left no probabilities of ${id}`, {
          where: join(found.mask, '..'),
          hint: 'Run "nnunet find-best" again, which makes them, or give --no-ensembles.',
        });
      }
      return join(found.mask, '..', `${id}.npz`);
    }),
  }));
}

function notValidated(model: string, fold: number, where: string): EvaluationError {
  return new EvaluationError(
    'fold-not-validated',
    `Fold ${fold} of ${basename(model)} has no predictions of its validation cases`,
    {
      where,
      hint: 'Train the fold (nnunet train … -f FOLD), or choose folds that are trained with -f.',
    },
  );
}

function inSeveralFolds(id: string, folds: readonly [number, number], where: string): EvaluationError {
  return new EvaluationError('case-in-several-folds', `Case ${id} was validated by folds ${folds[0]} and ${folds[1]}`, {
    where,
    hint: 'Each case may be left out of one fold only: choose folds of one split with -f.',
  });
}
