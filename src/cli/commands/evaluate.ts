import { join, resolve } from 'node:path';
import type { EvaluateRequest } from '../../jobs/requests';
import type { Evaluated } from '../../jobs/results';
import { UsageError } from '../../method/errors';
import { evaluatedDatasetJson } from '../../pipeline/evaluate';
import { defaultToleranceMm } from '../../pipeline/evaluateSurfaces';
import { clusterOptions } from '../clusterOptions';
import type { Command } from '../command';
import type { ParsedArguments } from '../parsedArguments';
import { requireFolder } from '../requireFolder';
import { rootsFor } from '../roots';
import { sayEvaluation } from '../sayEvaluation';
import { detachOption, submitAndFollow } from '../submitAndFollow';
import { workersOption } from './workOptions';

export const evaluateCommand: Command = {
  name: 'evaluate',
  summary: 'measure predictions against reference labels: Dice per label',
  description:
    "Compares every label map in PREDICTION_DIR with the one of the same name in REFERENCE_DIR and writes nnU-Net's summary.json: Dice, IoU and voxel counts per case and label, and their means. Masks are compared where they lie in space: one that is stored in other directions is turned, one of another grid refused. Regions are evaluated as dataset.json declares them; voxels of the ignore label do not count.",
  arguments: [
    { name: 'REFERENCE_DIR', description: 'folder with the true labels, e.g. labelsTr' },
    { name: 'PREDICTION_DIR', description: 'folder with the predictions' },
  ],
  options: [
    {
      name: 'dataset-json',
      kind: 'text',
      value: 'FILE',
      description: "the dataset's dataset.json (default: the one in PREDICTION_DIR)",
    },
    {
      name: 'output',
      alias: 'o',
      kind: 'text',
      value: 'FILE',
      description: 'file to write (default: summary.json in PREDICTION_DIR)',
    },
    {
      name: 'by-voxel',
      kind: 'flag',
      description: 'compare voxel with voxel, whatever the headers say about position, as nnU-Net does',
    },
    {
      name: 'surface',
      kind: 'flag',
      description:
        'also compare surfaces, in mm: HD95, average distance and the share of the surface within the tolerance; written to surface.json beside the summary',
    },
    {
      name: 'tolerance',
      kind: 'number',
      value: 'MM',
      min: 0,
      description: `how far a surface may lie from the other one to count as the same (default: ${defaultToleranceMm})`,
    },
    workersOption(),
    ...clusterOptions,
    detachOption,
  ],
  examples: [
    {
      command: 'nnunet evaluate labelsTs masks --dataset-json dataset.json --output summary.json',
      explains: 'Dice of the masks against labelsTs',
    },
    {
      command: 'nnunet evaluate labelsTs masks --surface --tolerance 2',
      explains: 'and HD95, average distance and surface Dice at 2 mm, in masks/surface.json',
    },
  ],
  async run(parsed, context) {
    const [referenceFolder, predictionFolder] = parsed.positionals.map((folder) => resolve(folder)) as [string, string];
    for (const folder of [referenceFolder, predictionFolder]) await requireFolder(folder);
    const datasetJson = resolve(parsed.text('dataset-json') ?? join(predictionFolder, 'dataset.json'));
    // What is wrong with it is said before anything starts.
    await evaluatedDatasetJson(datasetJson);
    const request = {
      referenceFolder,
      predictionFolder,
      datasetJson,
      output: resolve(parsed.text('output') ?? join(predictionFolder, 'summary.json')),
      byVoxel: parsed.flag('by-voxel'),
      ...surfaceAsked(parsed),
      workers: parsed.number('workers'),
    };
    const present = async (result: Evaluated): Promise<void> => {
      await sayEvaluation(result, datasetJson, context.output);
      context.output.result(result);
    };
    return submitAndFollow({ kind: 'evaluate', request, roots: rootsFor(parsed), parsed, present }, context);
  },
};

/** @throws UsageError `tolerance-without-surface` */
function surfaceAsked(parsed: ParsedArguments): Pick<EvaluateRequest, 'surface'> {
  const tolerance = parsed.number('tolerance');
  if (parsed.flag('surface')) return { surface: { tolerance: tolerance ?? defaultToleranceMm } };
  if (tolerance === undefined) return {};
  throw new UsageError('tolerance-without-surface', '--tolerance is for surfaces', { hint: 'Add --surface.' });
}
