import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { caseMetrics, summarize, type Summary } from '../../../src/method/evaluation';
import type { LabelOrRegion } from '../../../src/method/labels';
import { determinePostprocessing, labelsOfStep, type PostprocessingStep } from '../../../src/method/postprocessing';

/** Of one case whose classes have these Dice, in hundredths. */
function summaryOf(foreground: readonly LabelOrRegion[], dice: readonly number[]): Summary {
  const counts = dice.map((tp) => ({ tp, fp: 100 - tp, fn: 100 - tp, tn: 0 }));
  return summarize([caseMetrics(counts, foreground, { prediction_file: 'p', reference_file: 'r' })], foreground);
}

const together = { together: [1, 2] };
const one = { alone: 1 };
const two = { alone: 2 };

/** @param dice  by the steps that were taken, in short: "", "T", "T1", "12" */
async function decide(dice: Record<string, number[]>, foreground: LabelOrRegion[] = [1, 2], usesRegions = false) {
  const asked: string[] = [];
  const short = (steps: readonly PostprocessingStep[]): string =>
    steps.map((step) => ('together' in step ? 'T' : foreground.indexOf(step.alone) + 1)).join('');
  const determined = await determinePostprocessing(
    { foregroundLabels: [1, 2], foreground, usesRegions },
    async (lists) =>
      lists.map((steps) => {
        asked.push(short(steps));
        return summaryOf(foreground, dice[short(steps)]!);
      }),
  );
  return { ...determined, asked };
}

describe('which postprocessing is taken', () => {
  it('none where nothing rises; what is as good as before is not taken', async () => {
    const { steps, trials, before, after } = await decide({ '': [80, 60], T: [80, 60], 12: [80, 60] });
    assert.deepEqual(steps, []);
    assert.deepEqual(
      trials.map(({ step, accepted }) => [step, accepted]),
      [
        [together, false],
        [one, false],
        [two, false],
      ],
    );
    assert.equal(after, before);
  });

  it('all labels together where the mean rises and no class loses, and each class on top of that', async () => {
    const { steps, after, asked } = await decide({ '': [80, 60], T: [82, 60], T12: [82, 61], T2: [82, 61] });
    assert.deepEqual(steps, [together, two]);
    assert.deepEqual([after.mean['1']!.Dice, after.mean['2']!.Dice], [0.82, 0.61]);
    assert.deepEqual(asked, ['', 'T', 'T12', 'T2']);
  });

  it('not all labels together where the mean rises and one class loses', async () => {
    const { steps, asked } = await decide({ '': [80, 60], T: [90, 59], 12: [81, 61] });
    assert.deepEqual(steps, [one, two]);
    assert.deepEqual(asked, ['', 'T', '12'], 'what was tried is what is taken: it is not measured again');
  });

  it('regions one after the other, as they overlap', async () => {
    const regions = [[1, 2], 2];
    const dice = { '': [80, 60], T: [80, 60], 1: [81, 55], 12: [81, 56] };
    const { steps, asked, trials } = await decide(dice, regions, true);
    assert.deepEqual(asked, ['', 'T', '1', '12']);
    assert.deepEqual(steps, [{ alone: [1, 2] }, two], 'only its own Dice counts for a region, beside those before it');
    assert.deepEqual(
      trials.slice(1).map(({ before, after }) => [before, after]),
      [
        [0.8, 0.81],
        [0.55, 0.56],
      ],
    );
  });

  it('a single class is not tried twice', async () => {
    const { trials } = await decide({ '': [80], T: [80] }, [1]);
    assert.equal(trials.length, 1);
  });

  it('a class that is in no case takes no part: its Dice is no number, and neither is the mean', async () => {
    const absent = async (lists: readonly PostprocessingStep[][]): Promise<Summary[]> =>
      lists.map((steps) => {
        const rises = steps.length > 0 ? 90 : 80;
        const counts = [
          { tp: rises, fp: 100 - rises, fn: 100 - rises, tn: 0 },
          { tp: 0, fp: 0, fn: 0, tn: 100 },
        ];
        return summarize([caseMetrics(counts, [1, 2], { prediction_file: 'p', reference_file: 'r' })], [1, 2]);
      });
    const { steps } = await determinePostprocessing(
      { foregroundLabels: [1, 2], foreground: [1, 2], usesRegions: false },
      absent,
    );
    assert.deepEqual(steps, [one]);
  });

  it('takes the voxels of a region or of all labels together', () => {
    assert.deepEqual(labelsOfStep({ alone: [1, 2] }), [1, 2]);
    assert.deepEqual(labelsOfStep({ alone: 3 }), [3]);
    assert.deepEqual(labelsOfStep({ together: [1, [2, 3], 3] }), [1, 2, 3]);
  });
});
