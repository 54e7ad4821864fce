import { resolve } from 'node:path';
import { requireRaw, resolveDataset } from '../../dataset/references';
import { defaultPlansName } from '../../pipeline/plan';
import { movePlans, plansOfDataset, plansOfModel } from '../../pipeline/movePlans';
import type { Command } from '../command';
import { rootsFor } from '../roots';
import { plansOption } from './workOptions';

export const movePlansCommand: Command = {
  name: 'move-plans',
  summary: 'give a dataset the plans of another one, for fine-tuning',
  description:
    'Copies plans from a dataset, or from the folder of a trained model, to another dataset, so that both are preprocessed alike and have the same network; then "nnunet train … --plans NAME --from MODEL" fine-tunes. As nnU-Net\'s nnUNetv2_move_plans_between_datasets; where the channels differ, each is normalised like the one of the same name, and new ones as planning would.',
  arguments: [
    { name: 'SOURCE', description: 'dataset (folder, number or name) or folder of a model' },
    { name: 'TARGET', description: 'dataset that gets the plans' },
  ],
  options: [
    { ...plansOption, description: `which plans of the source dataset (default ${defaultPlansName})` },
    {
      name: 'as',
      kind: 'text',
      value: 'NAME',
      description: "name of the plans in the target (default: the source's name with From and what they come from)",
    },
  ],
  examples: [
    { command: 'nnunet move-plans 4 5', explains: 'Dataset005 gets plans "nnUNetPlansFrom004"' },
    {
      command: 'nnunet train 5 -c 3d_fullres -f 0 --plans nnUNetPlansFrom004 --from MODEL_FOLDER',
      explains: 'then fine-tunes a model of Dataset004',
    },
  ],
  async run(parsed, { output }) {
    const [source = '', target = ''] = parsed.positionals;
    const roots = rootsFor(parsed);
    const dataset = await resolveDataset(target, roots);
    requireRaw(dataset);
    const model = await plansOfModel(resolve(source));
    const from = model ? undefined : await resolveDataset(source, roots);
    const plans = parsed.text('plans') ?? defaultPlansName;
    const name = parsed.text('as') ?? `${plans}From${from ? from.folderName.slice(7, 10) : 'Model'}`;
    const file = await movePlans(model ?? plansOfDataset(from!, plans), dataset, name);
    output.line(`Wrote ${file}. Train with --plans ${name}.`);
    output.result({ plans: name, file });
  },
};
