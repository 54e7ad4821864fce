/** Which trained configuration, or which pair of them, is the best in a cross-validation? The one with the highest mean Dice. */
import { EvaluationError } from './errors';
import { nanMean } from './means';
import type { Summary } from './evaluation';

/** A trained configuration, by the parts of its folder's name. */
export interface ModelName {
  trainer: string;
  plans: string;
  configuration: string;
}

/** nnU-Net's own configurations, in the order in which it considers them: of equals the first is taken. */
export const consideredConfigurations = ['2d', '3d_fullres', '3d_lowres', '3d_cascade_fullres'] as const;

/** One model, or two whose probabilities are averaged. */
export interface Candidate {
  /** As nnU-Net names it: the model's folder, or ensemble___FOLDER___FOLDER___FOLDS. */
  identifier: string;
  /** Folder names; one or two. */
  members: string[];
}

export interface ScoredCandidate extends Candidate {
  summary: Summary;
}

/** As nnU-Net names the folder of models that are averaged. */
export function ensembleName(members: readonly string[], folds: readonly number[]): string {
  return ['ensemble', ...members, folds.join('_')].join('___');
}

/**
 * Single models come before pairs: of equals the simpler one wins.
 * @param models  folder names, in the order in which they are considered
 */
export function candidatesOf(models: readonly string[], folds: readonly number[], ensembling: boolean): Candidate[] {
  const single = models.map((model) => ({ identifier: model, members: [model] }));
  if (!ensembling) return single;
  const pairs = models.flatMap((first, at) =>
    models.slice(at + 1).map((second) => ({
      identifier: ensembleName([first, second], folds),
      members: [first, second],
    })),
  );
  return [...single, ...pairs];
}

/**
 * The highest mean Dice of the foreground, of equals the first. A class that is in no case at all makes the mean of every
 * candidate NaN: then the classes decide that are in one.
 * @throws EvaluationError `no-score`
 */
export function bestOf<C extends ScoredCandidate>(candidates: readonly C[]): C {
  const scores = [({ summary }: C) => summary.foreground_mean.Dice, ({ summary }: C) => meanOfPresent(summary)];
  for (const score of scores) {
    let best: C | undefined;
    for (const one of candidates) {
      if (Number.isNaN(score(one))) continue;
      if (!best || score(one) > score(best)) best = one;
    }
    if (best) return best;
  }
  throw new EvaluationError(
    'no-score',
    'None of the validation cases has a labelled voxel, so nothing can be compared',
    {
      hint: 'Check the labels with "nnunet check".',
    },
  );
}

function meanOfPresent({ mean }: Summary): number {
  return nanMean(Object.entries(mean).flatMap(([key, { Dice }]) => (key === '0' ? [] : [Dice])));
}
