import { resolve } from 'node:path';
import type { MeasuredVolumes } from '../../jobs/results';
import { table } from '../../runs/table';
import { millilitres } from '../../words/quantities';
import { clusterOptions } from '../clusterOptions';
import type { Command } from '../command';
import { requireFolder } from '../requireFolder';
import { rootsFor } from '../roots';
import { detachOption, submitAndFollow } from '../submitAndFollow';

export const volumesCommand: Command = {
  name: 'volumes',
  summary: 'how large each label is in a folder of masks',
  description:
    'Measures every mask in a folder and writes volumes.csv beside them: a row for each mask, a column for each label, in ml (of pictures in pixels). A label that a mask does not have has 0.',
  arguments: [{ name: 'MASKS', description: 'folder of masks' }],
  options: [
    {
      name: 'dataset-json',
      kind: 'text',
      value: 'FILE',
      description: 'what the values mean (default: dataset.json beside the masks, or that of their dataset)',
    },
    ...clusterOptions,
    detachOption,
  ],
  examples: [{ command: 'nnunet volumes masks', explains: 'writes masks/volumes.csv' }],
  async run(parsed, context) {
    const folder = resolve(parsed.positionals[0]!);
    await requireFolder(folder);
    const roots = rootsFor(parsed);
    const datasetJson = parsed.text('dataset-json');
    const request = {
      ...{ folder, rawRoot: roots.raw, preprocessedRoot: roots.preprocessed },
      ...(datasetJson !== undefined && { datasetJson: resolve(datasetJson) }),
    };
    const present = (result: MeasuredVolumes): void => {
      const { cases, labels, unit, file } = result;
      const rows = cases.map(({ id, volumes }) => [id, ...labels.map(({ key }) => millilitres(volumes[key] ?? 0))]);
      const heads = ['mask', ...labels.map(({ name }) => `${name} (${unit})`)];
      for (const line of table(heads, rows)) context.output.line(line);
      context.output.line(`Volumes: ${file}`);
      context.output.result(result);
    };
    return submitAndFollow({ kind: 'volumes', request, roots, parsed, present }, context);
  },
};
