/** What segmentations of a study were compared: the Dice of pairs and the map of their differences, each asked of the host once. */
import type { Comparison, DifferenceLoaded } from '../../src/protocol/volume';
import { SlabCollector, type Connection, type Question } from './connection';
import type { ShownGrid } from './geometry';
import { describe, failed, type Load, type Outcome } from './loads';
import type { Pair } from './state';

interface Difference {
  prediction: string;
  reference: string;
  load: Load<DifferenceLoaded>;
}

export class Comparisons {
  private readonly outcomes = new Map<string, Outcome<Comparison>>();
  /** Pairs that the person wants to have compared. */
  private readonly asked = new Set<string>();
  private shown: Difference | undefined;
  private question: Question<'difference'> | undefined;

  constructor(
    private readonly grid: ShownGrid,
    private readonly connection: Connection,
    private readonly onChange: () => void,
  ) {}

  dispose(): void {
    this.question?.cancel();
  }

  /** The person wants a pair to be compared, which is not done by itself. */
  ask(pair: Pair): void {
    this.asked.add(keyOf(pair));
    this.onChange();
  }

  isAsked(pair: Pair): boolean {
    return this.asked.has(keyOf(pair));
  }

  compare(prediction: string, reference: string): Outcome<Comparison> {
    const key = keyOf({ prediction, reference });
    const known = this.outcomes.get(key);
    if (known) return known;
    const loading: Outcome<Comparison> = { state: 'loading' };
    this.outcomes.set(key, loading);
    const set = (outcome: Outcome<Comparison>): void => {
      if (this.outcomes.get(key) !== loading) return;
      this.outcomes.set(key, outcome);
      this.onChange();
    };
    this.connection.ask('compare', { prediction, reference }).answer.then(
      (value) => set({ state: 'ready', value }),
      (error: unknown) => set({ state: 'failed', message: describe(error).message }),
    );
    return loading;
  }

  difference(prediction: string, reference: string): Load<DifferenceLoaded> {
    const { shown } = this;
    if (shown?.prediction === prediction && shown.reference === reference) return shown.load;
    this.question?.cancel();
    const difference: Difference = { prediction, reference, load: { state: 'loading', fraction: 0 } };
    this.shown = difference;
    const collector = SlabCollector.of(this.grid.shape, (_, fraction) => {
      if (difference.load.state === 'loading') difference.load.fraction = fraction;
    });
    this.question = this.connection.ask('difference', { prediction, reference }, collector.add);
    const settle = (load: Load<DifferenceLoaded>): void => {
      difference.load = load;
      if (this.shown === difference) this.onChange();
    };
    this.question.answer.then(
      (value) => settle({ state: 'ready', value, voxels: collector.voxels ?? new Uint8Array(0) }),
      (error: unknown) => settle(failed(error)),
    );
    return difference.load;
  }

  /** A segmentation is gone or another now. */
  forget(id: string): void {
    for (const key of this.outcomes.keys()) if (partsOf(key).includes(id)) this.outcomes.delete(key);
    const { shown } = this;
    if (!shown || ![shown.prediction, shown.reference].includes(id)) return;
    this.question?.cancel();
    this.shown = undefined;
  }

  /** What failed may go well with other files. */
  forgetFailed(): void {
    for (const [key, outcome] of this.outcomes) if (outcome.state === 'failed') this.outcomes.delete(key);
    if (this.shown?.load.state === 'failed') this.shown = undefined;
  }
}

const keyOf = ({ prediction, reference }: Pair): string => JSON.stringify([prediction, reference]);
const partsOf = (key: string): string[] => JSON.parse(key) as string[];
