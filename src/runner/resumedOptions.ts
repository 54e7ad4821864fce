/** What a resumed training is asked for: whatever is not said anew holds as it was said before. */
import { settingKeys } from '../method/trainerVariants';
import type { RunRecord, TrainOptions } from '../jobs/runFolder';

/** The options of all starts so far, the present one last. "auto" and absent options say nothing. */
function starts(earlier: RunRecord | undefined, now: TrainOptions): TrainOptions[] {
  if (!earlier) return [now];
  return [...(earlier.earlierStarts ?? []).map(({ options }) => options), earlier.options, now];
}

/** How the network is trained and computed; the length is not among it, since a resumed one means what is to come. */
const lasting = [
  'iterationsPerEpoch',
  ...settingKeys,
  'batchSize',
  'elastic',
  'pretrained',
  'from',
  'threads',
  'precision',
] as const;

export function resumedOptions(earlier: RunRecord | undefined, now: TrainOptions): TrainOptions {
  const result: TrainOptions = { ...now };
  for (const name of lasting) {
    const said = starts(earlier, now).map((options) => options[name]);
    Object.assign(result, { [name]: said.findLast((value) => value !== undefined && value !== 'auto') ?? now[name] });
  }
  return result;
}

/** The length that was said last, of a training that has to start anew. */
export function lengthAskedFor(
  earlier: RunRecord | undefined,
  now: TrainOptions,
): Pick<TrainOptions, 'epochs' | 'budgetSeconds'> {
  const said = starts(earlier, now).findLast(
    ({ epochs, budgetSeconds }) => epochs !== undefined || budgetSeconds !== undefined,
  );
  return { epochs: said?.epochs, budgetSeconds: said?.budgetSeconds };
}
