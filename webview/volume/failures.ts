/** What could not be done, and where is it said? Each reason once: the first place that it concerns says it. */
import { compared } from './compared';
import { shownIds, type ViewState } from './state';
import type { Study } from './study';

interface Said {
  message: string;
  hint: string;
}

interface Failures {
  /** Over the panes. */
  image?: Said;
  /** In the segmentation's row, by id. */
  masks: ReadonlyMap<string, Said>;
  /** In the sheet of the comparison. */
  comparison?: Said;
  difference?: Said;
}

export function failures(study: Study, state: ViewState): Failures {
  const known = new Set<string>();
  const once = (load: { state: string; message?: string; hint?: string } | undefined): Said | undefined => {
    if (load?.state !== 'failed' || !load.message || known.has(load.message)) return undefined;
    known.add(load.message);
    return { message: load.message, hint: load.hint ?? '' };
  };
  const image = once(study.image.load);
  const masks = new Map<string, Said>();
  for (const { id } of study.segmentations) {
    const said = shownIds(state).includes(id) ? once(study.mask(id)) : undefined;
    if (said) masks.set(id, said);
  }
  const { layout } = state;
  const comparing = compared(study, state);
  // The row of a mask that cannot be read has said so.
  const isKnown = comparing && [comparing.pair.prediction, comparing.pair.reference].some((id) => masks.has(id));
  const comparison = isKnown ? undefined : once(comparing?.outcome);
  const difference =
    isKnown || layout.kind !== 'difference'
      ? undefined
      : once(study.comparisons.difference(layout.prediction, layout.reference));
  return { image, masks, comparison, difference };
}

/** All of them, for when the sheet at the side is not there to say it. */
export const allSaid = ({ image, masks, comparison, difference }: Failures): Said[] =>
  [image, ...masks.values(), comparison, difference].filter((one): one is Said => one !== undefined);
