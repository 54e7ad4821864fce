import { readFile } from 'node:fs/promises';
import { requireRaw, resolveDataset } from '../../dataset/references';
import { datasetRequest } from '../../jobs/datasetRequest';
import type { WrittenCard } from '../../jobs/results';
import { median } from '../../method/statistics';
import type { DatasetCard } from '../../report/cards/datasetCard';
import { table } from '../../runs/table';
import { counted, countedAre } from '../../words/counted';
import { millilitres, threeDigits } from '../../words/quantities';
import { clusterOptions } from '../clusterOptions';
import type { Command } from '../command';
import type { Output } from '../output';
import { rootsFor } from '../roots';
import { detachOption, submitAndFollow } from '../submitAndFollow';
import { picturesOption } from './workOptions';

/** Unless the person says otherwise. */
const defaultPictures = 12;

export const cardCommand: Command = {
  name: 'card',
  summary: 'what a dataset is: sizes, spacings, intensities, volumes of the labels',
  description:
    'Reads every image and label of a dataset once and tells how large and how bright the cases are and how much of each label they have. In VS Code "Show Dataset Card" shows the same with pictures and histograms.',
  arguments: [{ name: 'DATASET', description: 'folder, number or name' }],
  options: [picturesOption('how many cases are drawn for the card', defaultPictures), ...clusterOptions, detachOption],
  examples: [{ command: 'nnunet card 4', explains: 'the card of dataset 4' }],
  async run(parsed, context) {
    const roots = rootsFor(parsed);
    const dataset = await resolveDataset(parsed.positionals[0]!, roots);
    requireRaw(dataset);
    const request = { ...datasetRequest(dataset), pictures: parsed.number('pictures') ?? defaultPictures };
    const present = async (result: WrittenCard): Promise<void> => {
      tell(JSON.parse(await readFile(result.file, 'utf8')) as DatasetCard, context.output);
      if (result.unread > 0)
        context.output.warn(`${countedAre(result.unread, 'case')} not readable: see "nnunet check".`);
      context.output.result(result);
    };
    return submitAndFollow({ kind: 'dataset-card', request, roots, parsed, present }, context);
  },
};

function tell({ dataset, cases, labels, channels, volumeUnit }: DatasetCard, output: Output): void {
  const names = channels.map(({ name }) => name).join(', ');
  output.line(
    `${dataset}: ${counted(cases.length, 'training case')}, ${counted(channels.length, 'channel')} (${names})`,
  );
  const axes = ['x', 'y', 'z'].map((axis, at) => {
    const [voxels, mm] = [cases.map(({ shape }) => shape[2 - at]!), cases.map(({ spacing }) => spacing[2 - at]!)];
    return [
      axis,
      ...[voxels, mm].flatMap((values) => [Math.min(...values), median(values), Math.max(...values)].map(threeDigits)),
    ];
  });
  const heads = ['', 'voxels from', 'median', 'to', 'mm from', 'median', 'to'];
  for (const line of table(heads, axes)) output.line(line);
  const rows = labels.map(({ key, name }) => {
    const values = cases.flatMap(({ volumes }) => ((volumes[key] ?? 0) > 0 ? volumes[key]! : []));
    const spread =
      values.length > 0 ? [Math.min(...values), median(values), Math.max(...values)].map(millilitres) : ['', '', ''];
    return [name, String(values.length), ...spread];
  });
  for (const line of table(['label', 'cases', `smallest (${volumeUnit})`, 'median', 'largest'], rows))
    output.line(line);
}
