/** Which segmentation is checked against which? What the files are decides, or the person; never the order of loading. */
import type { SegmentationInfo, SegmentationSource } from '../../src/protocol/volume';
import { shownIds, type Pair, type ViewState } from './state';

/** The more a file is worth as the truth, the lower. */
const ranks: Record<SegmentationSource, number> = { label: 0, file: 1, prediction: 2 };

/** The pair that Dice and differences are about. */
export function comparedPair(
  segmentations: readonly SegmentationInfo[],
  state: Pick<ViewState, 'layout' | 'segmentations' | 'pair'>,
): Pair | undefined {
  const exists = ({ prediction, reference }: Pair): boolean =>
    prediction !== reference && [prediction, reference].every((id) => segmentations.some((one) => one.id === id));
  if (state.layout.kind === 'difference' && exists(state.layout))
    return { prediction: state.layout.prediction, reference: state.layout.reference };
  if (state.pair && exists(state.pair)) return state.pair;
  return pairByWhatFilesAre(segmentations, shownIds(state));
}

/** Among files of one kind those that are shown come first, then those whose name does. */
function pairByWhatFilesAre(segmentations: readonly SegmentationInfo[], shown: readonly string[]): Pair | undefined {
  const isShown = ({ id }: SegmentationInfo): number => (shown.includes(id) ? 0 : 1);
  const byName = (a: SegmentationInfo, b: SegmentationInfo): number =>
    a.name.localeCompare(b.name, 'en', { numeric: true }) || (a.id < b.id ? -1 : 1);
  const preferred = [...segmentations].sort((a, b) => isShown(a) - isShown(b) || byName(a, b));
  const best = (among: SegmentationInfo[], rank: (one: SegmentationInfo) => number): SegmentationInfo | undefined =>
    among.reduce<SegmentationInfo | undefined>(
      (found, one) => (found && rank(found) <= rank(one) ? found : one),
      undefined,
    );
  const reference = best(preferred, (one) => ranks[one.source]);
  // What the person looks at is what they want to check, unless that is a reference, too.
  const checked = best(
    preferred.filter((one) => one !== reference),
    (one) => isShown(one) * 10 - ranks[one.source],
  );
  return reference && checked && { prediction: checked.id, reference: reference.id };
}

/** Without being asked only a model's mask is scored, and only against the case's label. */
export function isComparedUnasked(segmentations: readonly SegmentationInfo[], pair: Pair): boolean {
  const source = (id: string): SegmentationSource | undefined => segmentations.find((one) => one.id === id)?.source;
  return source(pair.reference) === 'label' && source(pair.prediction) === 'prediction';
}

export const swapped = ({ prediction, reference }: Pair): Pair => ({ prediction: reference, reference: prediction });

/** The state in which a pair is the one that is looked at. */
export const withPair = (state: ViewState, pair: Pair): Pick<ViewState, 'pair' | 'layout'> => ({
  pair,
  layout: state.layout.kind === 'difference' ? { kind: 'difference', ...pair } : state.layout,
});
