/** Which model is the best, by how much, and what its postprocessing does: in words and a table. */
import { t } from '@vscode/l10n';
import type { ComparedCandidate, DecidedPostprocessing, FoundBest } from '../jobs/results';
import { modelFolderName } from '../dataset/results';
import type { ModelName } from '../method/bestConfiguration';
import { counted } from '../words/counted';
import type { DatasetJson } from '../method/datasetJson';
import { LabelManager, labelOrRegionKey, type LabelOrRegion } from '../method/labels';
import type { PostprocessingStep } from '../method/postprocessing';
import { table } from './table';

/** What was compared: a row for each candidate, in the order in which they were considered. */
interface ComparisonTable {
  heads: string[];
  rows: { cells: string[]; isBest: boolean }[];
}

export function bestLines(found: FoundBest, datasetJson: DatasetJson): string[] {
  const { heads, rows } = comparisonTable(found, datasetJson);
  const marked = rows.map(({ cells, isBest }) => [...cells, isBest ? t('best') : '']);
  return [...table([...heads, ''], marked), whyLine(found), ...postprocessingLines(found.postprocessing, datasetJson)];
}

export function comparisonTable({ candidates, best }: FoundBest, datasetJson: DatasetJson): ComparisonTable {
  const { foreground, foregroundNames } = new LabelManager(datasetJson);
  const name = naming(candidates);
  return {
    heads: [t('model'), t('mean Dice'), ...foregroundNames],
    rows: candidates.map((one) => ({
      cells: [
        candidateName(one, name),
        dice(one.meanDice),
        ...foreground.map((entry) => dice(one.dice[labelOrRegionKey(entry)])),
      ],
      isBest: one.identifier === best.identifier,
    })),
  };
}

/** "3d_fullres", with plans and trainer where configurations of several are compared. */
function naming(candidates: readonly ComparedCandidate[]): (model: ModelName) => string {
  const models = candidates.flatMap((one) => one.models);
  const isPlain = new Set(models.map(({ plans, trainer }) => `${trainer} ${plans}`)).size === 1;
  return (model) => (isPlain ? model.configuration : modelFolderName(model));
}

function candidateName({ models }: ComparedCandidate, name: (model: ModelName) => string): string {
  return models.map(name).join(' + ');
}

/** "2d + 3d_fullres" */
export function bestName({ best, candidates }: Pick<FoundBest, 'best' | 'candidates'>): string {
  return candidateName(best, naming(candidates));
}

/** Which one, over what, and by how much. */
export function whyLine({ best, candidates, cases, folds }: FoundBest): string {
  const name = naming(candidates);
  const many = counted(folds.length, 'fold');
  // What nnU-Net chose may have lost its summary.
  const over = cases === 0 ? t('over {0}', many) : t('over {0} of {1}', counted(cases, 'case'), many);
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
  // nnU-Net does not tell what it tried.
  const untold = trials.length > 0 ? [] : steps;
  return [
    ...tried,
    ...untold.map((step) => t('Postprocessing keeps only the largest island of {0}.', words(step))),
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
