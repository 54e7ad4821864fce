import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { chooseReader } from '../../images/readers';
import { counted } from '../../method/counted';
import { readModelDatasetJson, type DatasetJson } from '../../method/datasetJson';
import { EvaluationError } from '../../method/errors';
import type { Summary } from '../../method/evaluation';
import { LabelManager, labelOrRegionKey } from '../../method/labels';
import { evaluateStage, pairedNames } from '../../pipeline/evaluate';
import type { Command } from '../command';
import type { Output } from '../output';
import { stageContext } from '../stageContext';
import { table } from '../table';

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
      name: 'workers',
      kind: 'integer',
      value: 'N',
      min: 1,
      max: 256,
      description: 'cases at a time (default: one for each core)',
    },
  ],
  examples: [
    {
      command: 'nnunet evaluate labelsTs masks --dataset-json dataset.json --output summary.json',
      explains: 'Dice of the masks against labelsTs',
    },
  ],
  async run(parsed, { output, signal }) {
    const [referenceFolder, predictionFolder] = parsed.positionals.map((folder) => resolve(folder)) as [string, string];
    for (const folder of [referenceFolder, predictionFolder]) await requireFolder(folder);
    const jsonFile = parsed.text('dataset-json') ?? join(predictionFolder, 'dataset.json');
    const datasetJson = readModelDatasetJson(await readText(jsonFile), jsonFile, 'evaluation');
    const summaryFile = resolve(parsed.text('output') ?? join(predictionFolder, 'summary.json'));
    const context = { ...stageContext(output, signal), workers: parsed.number('workers') };
    const names = await pairedNames({ referenceFolder, predictionFolder, datasetJson, warn: () => undefined });
    const reader = await chooseReader(
      datasetJson.file_ending,
      join(predictionFolder, names[0]!),
      datasetJson.overwrite_image_reader_writer,
    );
    const summary = await evaluateStage({
      ...context,
      referenceFolder,
      predictionFolder,
      datasetJson,
      reader,
      output: summaryFile,
      byVoxel: parsed.flag('by-voxel'),
    });
    showSummary(summary, datasetJson, output);
    output.line(`Summary of ${counted(summary.metric_per_case.length, 'case')}: ${summaryFile}`);
    output.result({
      summary: summaryFile,
      cases: summary.metric_per_case.length,
      meanDice: finite(summary.foreground_mean.Dice),
      dice: Object.fromEntries(Object.entries(summary.mean).map(([label, metrics]) => [label, finite(metrics.Dice)])),
    });
  },
};

export function showSummary(summary: Summary, datasetJson: DatasetJson, output: Output): void {
  const { foreground, foregroundNames } = new LabelManager(datasetJson);
  const rows = foreground.map((entry, index) => {
    const metrics = summary.mean[labelOrRegionKey(entry)]!;
    return [
      foregroundNames[index]!,
      metrics.Dice.toFixed(4),
      metrics.IoU.toFixed(4),
      metrics.n_ref.toFixed(1),
      metrics.n_pred.toFixed(1),
    ];
  });
  rows.push(['mean', summary.foreground_mean.Dice.toFixed(4), summary.foreground_mean.IoU.toFixed(4), '', '']);
  for (const line of table(['label', 'Dice', 'IoU', 'voxels in reference', 'predicted'], rows)) output.line(line);
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

async function requireFolder(folder: string): Promise<void> {
  const info = await stat(folder).catch(() => undefined);
  if (info?.isDirectory()) return;
  throw new EvaluationError('folder-missing', 'There is no such folder', { where: folder, hint: 'Check the path.' });
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new EvaluationError('dataset-json-missing', 'There is no dataset.json to tell the labels', {
      where: file,
      hint: 'Give it with --dataset-json.',
      cause: error,
    });
  });
}
