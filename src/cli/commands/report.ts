import { join, resolve } from 'node:path';
import type { WrittenReport } from '../../jobs/results';
import { defaultToleranceMm } from '../../pipeline/evaluateSurfaces';
import { evaluatedPlace } from '../../report/evaluatedPlace';
import { counted } from '../../words/counted';
import { clusterOptions } from '../clusterOptions';
import type { Command } from '../command';
import { rootsFor } from '../roots';
import { detachOption, submitAndFollow } from '../submitAndFollow';
import { picturesOption } from './workOptions';

/** Of each model, unless the person says otherwise. */
const defaultPictures = 12;

export const reportCommand: Command = {
  name: 'report',
  summary: 'a report on one or several evaluated models: page, CSV and LaTeX table',
  description:
    'Makes a report of evaluations: Dice and IoU as in summary.json, HD95, average distance and surface Dice where surfaces were compared (--surface does it now), volumes, the worst cases with slices through the largest error, and how the models were made. The page needs no other file and loads nothing.',
  arguments: [
    {
      name: 'RESULTS',
      description: 'a folder of masks that was evaluated, the folder of a fold, or that of a model (all of its folds)',
    },
  ],
  options: [
    {
      name: 'compare',
      kind: 'list',
      value: 'RESULTS',
      description: 'results of other models on the same cases, to be compared with the first, case by case',
    },
    {
      name: 'output',
      alias: 'o',
      kind: 'text',
      value: 'DIR',
      description: 'folder for the files (default: report in RESULTS)',
    },
    {
      name: 'surface',
      kind: 'flag',
      description: 'compare surfaces where they were not yet: surface.json beside the masks',
    },
    {
      name: 'tolerance',
      kind: 'number',
      value: 'MM',
      min: 0,
      description: `with --surface: how far a surface may lie from the other one (default: ${defaultToleranceMm})`,
    },
    picturesOption('how many of the worst cases of each model are drawn', defaultPictures),
    ...clusterOptions,
    detachOption,
  ],
  examples: [
    {
      command: 'nnunet report masks_2d --compare masks_3d --surface -o report',
      explains: 'two models on the same cases, with paired differences',
    },
  ],
  async run(parsed, context) {
    const models = [...parsed.positionals, ...(parsed.list('compare') ?? [])].map((path) => resolve(path));
    const [first] = await Promise.all(models.map(evaluatedPlace));
    const roots = rootsFor(parsed);
    const request = {
      models,
      output: resolve(parsed.text('output') ?? join(first!.folder, 'report')),
      rawRoot: roots.raw,
      preprocessedRoot: roots.preprocessed,
      ...(parsed.flag('surface') && { surface: { tolerance: parsed.number('tolerance') ?? defaultToleranceMm } }),
      pictures: parsed.number('pictures') ?? defaultPictures,
    };
    const present = (result: WrittenReport): void => {
      for (const { name, cases, meanDice } of result.models) {
        context.output.line(`${name}: ${counted(cases, 'case')}, mean Dice ${meanDice?.toFixed(4) ?? 'NaN'}`);
      }
      context.output.line(`Report: ${result.page}`);
      context.output.result(result);
    };
    return submitAndFollow({ kind: 'report', request, roots, parsed, present }, context);
  },
};
