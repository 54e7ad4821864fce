/** From which labels are small islands removed after a prediction? From those whose Dice rises by it in a cross-validation. */
import type { Summary } from './evaluation';
import { labelOrRegionKey, type LabelManager, type LabelOrRegion } from './labels';

/** Only the largest island stays of labels that are taken together, or of one label or region; the rest becomes background. */
export type PostprocessingStep = { together: LabelOrRegion[] } | { alone: LabelOrRegion };

/** A step that was tried. */
export interface PostprocessingTrial {
  step: PostprocessingStep;
  /** Mean Dice without and with it: of all classes for labels taken together, else of the one. NaN where it is in no case. */
  before: number;
  after: number;
  accepted: boolean;
}

export interface DeterminedPostprocessing {
  steps: PostprocessingStep[];
  trials: PostprocessingTrial[];
  /** Without any step, and with those that were accepted. */
  before: Summary;
  after: Summary;
}

/** Evaluates the same predictions after each of several lists of steps. */
type Measure = (lists: readonly PostprocessingStep[][]) => Promise<Summary[]>;

/** The label values whose voxels a step takes together. */
export function labelsOfStep(step: PostprocessingStep): number[] {
  return [...new Set('alone' in step ? [step.alone].flat() : step.together.flat())];
}

/**
 * All foreground together first, where the mean rises and no class loses; then each class, where its own Dice rises.
 * Source: nnU-Net 2.8.1 determine_postprocessing.
 */
export async function determinePostprocessing(
  labels: Pick<LabelManager, 'foregroundLabels' | 'foreground' | 'usesRegions'>,
  measure: Measure,
): Promise<DeterminedPostprocessing> {
  const together: PostprocessingStep = { together: [...labels.foregroundLabels] };
  const [before, joined] = (await measure([[], [together]])) as [Summary, Summary];
  const isAccepted = improvesForeground(before, joined);
  const trials: PostprocessingTrial[] = [
    { step: together, before: before.foreground_mean.Dice, after: joined.foreground_mean.Dice, accepted: isAccepted },
  ];
  let steps: PostprocessingStep[] = isAccepted ? [together] : [];
  let current = isAccepted ? joined : before;
  for (const group of independentGroups(labels)) {
    const alone = group.map((entry) => ({ alone: entry }));
    const [tried] = (await measure([[...steps, ...alone]])) as [Summary];
    const tests = alone.map((step) => trialOf(step, current, tried));
    const accepted = tests.filter((test) => test.accepted).map(({ step }) => step);
    trials.push(...tests);
    steps = [...steps, ...accepted];
    if (accepted.length === group.length) current = tried;
    else if (accepted.length > 0) [current] = (await measure([steps])) as [Summary];
  }
  return { steps, trials, before, after: current };
}

/** Classes whose steps don't touch each other's voxels are tried at once; regions overlap, so that each waits for those before it. */
function independentGroups({
  foreground,
  usesRegions,
}: Pick<LabelManager, 'foreground' | 'usesRegions'>): LabelOrRegion[][] {
  if (foreground.length <= 1) return [];
  return usesRegions ? foreground.map((entry) => [entry]) : [[...foreground]];
}

function trialOf(step: { alone: LabelOrRegion }, before: Summary, after: Summary): PostprocessingTrial {
  const key = labelOrRegionKey(step.alone);
  const [was, is] = [before, after].map(({ mean }) => mean[key]!.Dice) as [number, number];
  return { step, before: was, after: is, accepted: is > was };
}

function improvesForeground(before: Summary, after: Summary): boolean {
  if (!(after.foreground_mean.Dice > before.foreground_mean.Dice)) return false;
  return Object.entries(after.mean).every(([key, { Dice }]) => !(Dice < before.mean[key]!.Dice));
}
