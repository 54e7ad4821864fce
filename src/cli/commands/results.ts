import { resolve } from 'node:path';
import { modelsCsv } from '../../report/csv';
import { readModels } from '../../report/readModels';
import { resultsTable } from '../../report/results/resultsTable';
import type { Command } from '../command';
import { rootsFor } from '../roots';
import { tellTable } from '../tellTable';

export const resultsCommand: Command = {
  name: 'results',
  summary: 'what each case and label came to, models side by side',
  description:
    'Lists cases and labels of evaluated masks: Dice, HD95 and surface Dice (where surfaces were compared), volumes, and below them mean and standard deviation. Several models stand side by side. --csv prints a row for each model, case and label, with all digits.',
  arguments: [
    {
      name: 'RESULTS',
      description: 'a folder of masks that was evaluated, the folder of a fold, or that of a model (all of its folds)',
    },
  ],
  options: [
    { name: 'compare', kind: 'list', value: 'RESULTS', description: 'results of other models, to stand beside' },
    { name: 'csv', kind: 'flag', description: 'print CSV for other programs' },
  ],
  examples: [
    { command: 'nnunet results masks_2d --compare masks_3d', explains: 'two models side by side' },
    { command: 'nnunet results masks_2d --csv > cases.csv', explains: 'for a spreadsheet' },
  ],
  async run(parsed, { output }) {
    const models = [...parsed.positionals, ...(parsed.list('compare') ?? [])].map((path) => resolve(path));
    const warn = (code: string, message: string): void => output.warn(message, code);
    const read = await readModels({ progress: () => undefined, warn, models, roots: rootsFor(parsed) });
    const all = { ...read, models: read.models.map(({ model }) => model) };
    if (parsed.flag('csv')) output.line(modelsCsv(all).trimEnd());
    else tellTable(resultsTable(read, models.join(', ')), output);
    output.result({ labels: all.labels, surfaces: all.surfaces, volumeUnit: all.volumeUnit, models: all.models });
  },
};
