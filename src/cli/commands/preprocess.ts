import { resolveDataset } from '../../dataset/references';
import { defaultPlansName } from '../../pipeline/plan';
import { prepareStage } from '../../pipeline/prepare';
import type { Command } from '../command';
import { requireConfiguration } from '../requireConfiguration';
import { rootsFor } from '../roots';
import { stageContext } from '../stageContext';
import { counted } from '../../method/counted';

export const preprocessCommand: Command = {
  name: 'preprocess',
  summary: 'crop, normalise and resample all cases for training',
  description:
    'Brings every training case into the form that the network sees, in nnUNet_preprocessed/DatasetXXX_Name. Cases that are up to date are left as they are, so an interrupted run goes on where it was. Measures and plans first where that is missing. "nnunet train" does all this by itself.',
  arguments: [{ name: 'DATASET', description: 'folder, number or name' }],
  options: [
    {
      name: 'configuration',
      alias: 'c',
      kind: 'text',
      value: 'CONFIG',
      required: true,
      description: 'which resolution: 2d, 3d_fullres, 3d_lowres, or one of your own in the plans',
    },
    { name: 'plans', kind: 'text', value: 'NAME', description: `plans to follow (default ${defaultPlansName})` },
    {
      name: 'workers',
      kind: 'integer',
      value: 'N',
      min: 1,
      max: 256,
      description: 'cases at a time (default: one for each core; fewer where memory is short)',
    },
  ],
  examples: [{ command: 'nnunet preprocess 4 -c 3d_fullres', explains: 'prepares Dataset004 for training in 3D' }],
  async run(parsed, { output, signal }) {
    const dataset = await resolveDataset(parsed.positionals[0]!, rootsFor(parsed));
    const plansName = parsed.text('plans') ?? defaultPlansName;
    await requireConfiguration(dataset, plansName, parsed.requiredText('configuration'));
    const startedAt = Date.now();
    const result = await prepareStage(dataset, plansName, parsed.requiredText('configuration'), {
      ...stageContext(output, signal),
      workers: parsed.number('workers'),
    });
    const { folder, cases, preprocessed } = result;
    const rest = preprocessed < cases ? ` (${cases - preprocessed} up to date)` : '';
    output.line(`${counted(preprocessed, 'case')} preprocessed${rest}: ${folder}`);
    output.result({ folder, cases, preprocessed, seconds: (Date.now() - startedAt) / 1000 });
  },
};
