/** By what may trainings differ? What was asked for and decided, as names and values in words; and where a list of them differs. */
import type { RunRecord } from '../../jobs/runFolder';
import type { Configuration } from '../../method/plans';
import type { Experiment } from './experiment';

/** How a training is run, not what it learns. */
const howItRuns = new Set(['validate', 'resume', 'npz', 'workers', 'threads', 'checkpoint', 'prepareNextStage']);
/** Said by others: epochs that were trained by the folds, the rest by the schedule. */
const saidElsewhere = new Set(['validationIterationsPerEpoch']);

/**
 * Of the folds of one model; where these differ, both values.
 * @param configuration  where the plans can be read
 */
export function optionsOf(records: readonly RunRecord[], configuration?: Configuration): Record<string, string> {
  const values = new Map<string, Set<string>>();
  const note = (name: string, value: unknown): void => {
    const text = valueText(value);
    if (text !== undefined) values.set(name, (values.get(name) ?? new Set()).add(text));
  };
  if (configuration) {
    note('patchSize', [...configuration.patch_size].reverse());
    note('batchSize', configuration.batch_size);
  }
  for (const { options, schedule, versions } of records) {
    // What was decided holds what was asked for, where both tell of the same.
    for (const [name, value] of Object.entries({ ...options, ...schedule })) {
      if (howItRuns.has(name) || saidElsewhere.has(name) || (name === 'batchSize' && value === undefined)) continue;
      if (name === 'batchSize') values.delete(name);
      note(name, value);
    }
    note('version', versions?.nnunet ?? versions?.extension);
  }
  return Object.fromEntries([...values].map(([name, all]) => [inWords(name), [...all].join(', ')]));
}

/** Names of the options in which these experiments are not all alike. */
export function differingOptions(experiments: readonly Pick<Experiment, 'options'>[]): string[] {
  const names = new Set(experiments.flatMap(({ options }) => Object.keys(options)));
  return [...names].filter((name) => new Set(experiments.map(({ options }) => options[name] ?? '')).size > 1);
}

function valueText(value: unknown): string | undefined {
  if (value === undefined || value === null || value === false) return undefined;
  if (value === true) return 'yes';
  if (Array.isArray(value)) return value.map(String).join(' × ');
  if (typeof value === 'object') return undefined;
  return String(value);
}

/** "initialLearningRate" -> "initial learning rate" */
function inWords(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`);
}
