import { resolveDataset } from '../../dataset/references';
import { UsageError } from '../../method/errors';
import { csvText } from '../../report/csv';
import { compareExperiments, comparisonTable } from '../../report/experiments/compareExperiments';
import type { Experiment } from '../../report/experiments/experiment';
import { experimentName, experimentsTable } from '../../report/experiments/experimentsTable';
import { readExperiments } from '../../report/experiments/readExperiments';
import type { Command } from '../command';
import { rootsFor } from '../roots';
import { tellTable } from '../tellTable';

export const experimentsCommand: Command = {
  name: 'experiments',
  summary: 'all trainings of a dataset as a table, and two of them compared',
  description:
    'Lists every trained model of a dataset, also those that newer trainings have set aside: configuration, the options in which they differ, Dice of each fold and their mean, time and memory. --compare tells whether one of two is better on the same cases, by label, with a paired test.',
  arguments: [{ name: 'DATASET', description: 'folder, number or name' }],
  options: [
    { name: 'csv', kind: 'flag', description: 'print the table as CSV, with all columns' },
    {
      name: 'compare',
      kind: 'list',
      value: 'EXPERIMENT',
      description: 'two experiments, by their configuration or by their folder below the results',
    },
  ],
  examples: [
    { command: 'nnunet experiments 4', explains: 'what was trained of dataset 4' },
    { command: 'nnunet experiments 4 --compare 2d 3d_fullres', explains: 'is one better, case by case?' },
  ],
  async run(parsed, { output }) {
    const roots = rootsFor(parsed);
    const dataset = await resolveDataset(parsed.positionals[0]!, roots);
    const experiments = await readExperiments(dataset);
    const wanted = parsed.list('compare');
    if (wanted) {
      const compared = await compareExperiments(pairOf(wanted, experiments), roots);
      tellTable(comparisonTable(compared), output);
      output.result(compared.comparison);
      return;
    }
    const content = experimentsTable(dataset.folderName, experiments);
    if (parsed.flag('csv')) output.line(csvText(content).trimEnd());
    else tellTable(content, output);
    output.result(experiments);
  },
};

function pairOf(words: readonly string[], experiments: readonly Experiment[]): [Experiment, Experiment] {
  const [first, second, more] = words;
  if (first === undefined || second === undefined || more !== undefined) {
    throw new UsageError('two-needed', `Two experiments are compared, but ${words.length} were given`, {
      hint: 'Write --compare FIRST SECOND.',
    });
  }
  return [experimentNamed(first, experiments), experimentNamed(second, experiments)];
}

function experimentNamed(word: string, experiments: readonly Experiment[]): Experiment {
  const exact = experiments.filter(({ id }) => id === word);
  const found = exact.length > 0 ? exact : experiments.filter((one) => experimentName(one) === word);
  const [only, other] = found;
  if (only && !other) return only;
  const known = (only ? found : experiments).map(({ id }) => id).join(', ');
  throw new UsageError(
    only ? 'experiment-ambiguous' : 'experiment-unknown',
    only ? `There are several experiments "${word}"` : `There is no experiment "${word}"`,
    { hint: known === '' ? 'Nothing is trained yet.' : `Name one of ${known}.` },
  );
}
