import { resolveDataset } from '../../dataset/references';
import { datasetRequest } from '../../jobs/datasetRequest';
import type { PreprocessedDataset } from '../../jobs/results';
import { defaultPlansName } from '../../pipeline/plan';
import { preprocessLine } from '../../runs/resultLines';
import { clusterOptions } from '../clusterOptions';
import type { Command } from '../command';
import { requireConfiguration } from '../../pipeline/requireConfiguration';
import { rootsFor } from '../roots';
import { detachOption, submitAndFollow } from '../submitAndFollow';
import { configurationOption, plansOption, workersOption } from './workOptions';

export const preprocessCommand: Command = {
  name: 'preprocess',
  summary: 'crop, normalise and resample all cases for training',
  description:
    'Brings every training case into the form that the network sees, in nnUNet_preprocessed/DatasetXXX_Name. Cases that are up to date are left as they are, so an interrupted run goes on where it was. Measures and plans first where that is missing. "nnunet train" does all this by itself.',
  arguments: [{ name: 'DATASET', description: 'folder, number or name' }],
  options: [
    configurationOption('which resolution: 2d, 3d_fullres, 3d_lowres, or one of your own in the plans', {
      kind: 'text',
      required: true,
    }),
    plansOption,
    workersOption('cases at a time', 'one for each core; fewer where memory is short'),
    ...clusterOptions,
    detachOption,
  ],
  examples: [{ command: 'nnunet preprocess 4 -c 3d_fullres', explains: 'prepares Dataset004 for training in 3D' }],
  async run(parsed, context) {
    const { output } = context;
    const roots = rootsFor(parsed);
    const dataset = await resolveDataset(parsed.positionals[0]!, roots);
    const plans = parsed.text('plans') ?? defaultPlansName;
    const configuration = parsed.requiredText('configuration');
    await requireConfiguration(dataset, plans, configuration);
    const request = { ...datasetRequest(dataset), configuration, plans, workers: parsed.number('workers') };
    const present = (result: PreprocessedDataset): void => {
      output.line(preprocessLine(result));
      output.result(result);
    };
    return submitAndFollow({ kind: 'preprocess', request, roots, parsed, present }, context);
  },
};
