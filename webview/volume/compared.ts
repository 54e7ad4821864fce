/** What is known of the pair that Dice is about? It is computed unasked for a model's mask against the label, else when asked for. */
import type { Comparison, ComparisonRow } from '../../src/protocol/volume';
import { comparedPair, isComparedUnasked } from './roles';
import type { Pair, ViewState } from './state';
import type { Outcome } from './loads';
import type { Study } from './study';

export interface Compared {
  pair: Pair;
  /** Undefined: nobody has asked yet. */
  outcome: Outcome<Comparison> | undefined;
}

export function compared(study: Study, state: ViewState): Compared | undefined {
  const pair = comparedPair(study.segmentations, state);
  if (!pair) return undefined;
  const isWanted =
    state.layout.kind === 'difference' ||
    isComparedUnasked(study.segmentations, pair) ||
    study.comparisons.isAsked(pair);
  return { pair, outcome: isWanted ? study.comparisons.compare(pair.prediction, pair.reference) : undefined };
}

export function comparisonRows(of: Compared | undefined): ComparisonRow[] {
  return of?.outcome?.state === 'ready' ? of.outcome.value.rows : [];
}
