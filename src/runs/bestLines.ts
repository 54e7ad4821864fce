/** Which model is the best, by how much, and what its postprocessing does: in words and a table for a terminal. */
import { t } from '@vscode/l10n';
import type { ComparedCandidate, DecidedPostprocessing, FoundBest } from '../jobs/results';
import { modelFolderName } from '../dataset/results';
import type { ModelName } from '../method/bestConfiguration';
import { counted } from '../words/counted';
import type { DatasetJson } from '../method/datasetJson';
import { LabelManager, labelOrRegionKey, type LabelOrRegion } from '../method/labels';
import type { PostprocessingStep } from '../method/postprocessing';
import { table } from './table';

export function bestLines(found: FoundBest, datasetJson: DatasetJson): string[] {
  const { foreground, foregroundNames } = new LabelManager(datasetJson);
  const name = naming(found.candidates.flatMap(({ models }) => models));
  const rows = found.candidates.map((one) => [
    candidateName(one, name),
    dice(one.meanDice),
    ...foreground.map((entry) => dice(one.dice[labelOrRegionKey(entry)])),
    one.identifier === found.best.identifier ? 'best' : '',
  ]);
  return [
    ...table(['model', 'mean Dice', ...foregroundNames, ''], rows),
    whyLine(found, name),
    ...postprocessingLines(found.postprocessing, datasetJson),
  ];
}

/** "3d_fullres", with plans and trainer where configurations of several are compared. */
function naming(models: readonly ModelName[]): (model: ModelName) => string {
  const isPlain = new Set(models.map(({ plans, trainer }) => `${trainer} ${plans}`)).size === 1;
  return (model) => (isPlain ? model.configuration : modelFolderName(model));
}

function candidateName({ models }: ComparedCandidate, name: (model: ModelName) => string): string {
  return models.map(name).join(' + ');
}

function whyLine({ best, candidates, cases, folds }: FoundBest, name: (model: ModelName) => string): string {
  const over = t('over {0} of {1}', counted(cases, 'case'), counted(folds.length, 'fold'));
  const what =
    best.models.length > 1 ? t('the mean of {0}', best.models.map(name).join(' and ')) : name(best.models[0]!);
  const next = candidates
    .filter((one) => one.identifier !== best.identifier && one.meanDice !== null)
    .sort((a, b) => b.meanDice! - a.meanDice!)[0];
  if (!next || best.meanDice === null) return t('Best: {0}, mean Dice {1} {2}.', what, dice(best.meanDice), over);
  const difference = best.meanDice - next.meanDice!;
  const comparison =
    difference === 0
      ? t('as good as {0}, and simpler', candidateName(next, name))
      : t(
          '{0} above {1}',
          difference < 0.00005 ? difference.toExponential(0) : difference.toFixed(4),
          candidateName(next, name),
        );
  return t('Best: {0}, mean Dice {1} {2}, {3}.', what, dice(best.meanDice), over, comparison);
}

/** What is removed, and what was tried in vain. */
export function postprocessingLines(
  { trials, before, after, steps }: DecidedPostprocessing,
  datasetJson: DatasetJson,
): string[] {
  const words = stepWords(datasetJson);
  const tried = trials.map(({ step, before: was, after: is, accepted }) => {
    const change = t('Dice {0} without, {1} with it', dice(was), dice(is));
    return accepted
      ? t('Postprocessing keeps only the largest island of {0}: {1}.', words(step), change)
      : t('Keeping only the largest island of {0} does not help: {1}.', words(step), change);
  });
  return [
    ...tried,
    steps.length === 0
      ? t('No postprocessing.')
      : t('After postprocessing: mean Dice {0} ({1} before).', dice(after), dice(before)),
  ];
}

function stepWords(datasetJson: DatasetJson): (step: PostprocessingStep) => string {
  const { foreground, foregroundNames } = new LabelManager(datasetJson);
  const nameOf = (entry: LabelOrRegion): string => {
    const at = foreground.findIndex((one) => labelOrRegionKey(one) === labelOrRegionKey(entry));
    return foregroundNames[at] ?? labelOrRegionKey(entry);
  };
  return (step) => ('alone' in step ? nameOf(step.alone) : t('all labels together'));
}

function dice(value: number | null | undefined): string {
  return value === null || value === undefined ? '-' : value.toFixed(4);
}
