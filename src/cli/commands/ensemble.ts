import { resolve } from 'node:path';
import type { WrittenMasks } from '../../jobs/results';
import { counted } from '../../words/counted';
import { UsageError } from '../../method/errors';
import { ensembleBytes } from '../../pipeline/ensembleFolders';
import { requireFolder } from '../requireFolder';
import { clusterOptions } from '../clusterOptions';
import type { Command } from '../command';
import { rootsFor } from '../roots';
import { detachOption, submitPlanned } from '../submitAndFollow';
import { masksOption, workersOption } from './workOptions';

export const ensembleCommand: Command = {
  name: 'ensemble',
  summary: 'average what several models predicted of the same images',
  description:
    'Averages the probabilities in several folders of predictions (made with --save-probabilities, by this program or by nnU-Net) and writes the label maps that they mean, with the plans.json and dataset.json of the first folder. All folders must hold the same cases.',
  arguments: [],
  options: [
    {
      name: 'input',
      alias: 'i',
      kind: 'list',
      value: 'FOLDERS',
      required: true,
      description: 'folders of predictions, two or more',
    },
    masksOption,
    { name: 'save-probabilities', kind: 'flag', description: 'also write CASE.npz with the mean probabilities' },
    workersOption('cases at a time', 'one for each core, as far as the memory goes'),
    ...clusterOptions,
    detachOption,
  ],
  examples: [
    { command: 'nnunet ensemble -i masks-2d masks-3d_fullres -o masks', explains: 'what two models say together' },
  ],
  async run(parsed, context) {
    const folders = parsed.list('input')!.map((folder) => resolve(folder));
    if (folders.length < 2) {
      throw new UsageError('one-folder', 'One folder alone is no ensemble', {
        hint: 'Give two or more folders of predictions behind -i.',
      });
    }
    for (const folder of folders) await requireFolder(folder);
    const request = {
      folders,
      output: resolve(parsed.requiredText('output')),
      saveProbabilities: parsed.flag('save-probabilities'),
      workers: parsed.number('workers'),
    };
    const present = (result: WrittenMasks): void => {
      context.output.line(`Averaged ${counted(result.cases.length, 'case')}: ${result.folder}`);
      context.output.result(result);
    };
    const planned = [{ kind: 'ensemble', request, resources: { memoryBytes: await ensembleBytes(folders) } } as const];
    return submitPlanned<'ensemble'>({ planned, roots: rootsFor(parsed), parsed, present }, context);
  },
};
