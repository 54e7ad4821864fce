import { resolve } from 'node:path';
import { resolveDataset } from '../../dataset/references';
import type { ExportModelRequest } from '../../jobs/requests';
import { UsageError } from '../../method/errors';
import { consideredModels } from '../../pipeline/considered';
import { requireArchivePlace, type ExportedModels } from '../../pipeline/exchange/exportModels';
import { nameModels } from '../../runs/exchangeWords';
import { clusterOptions } from '../clusterOptions';
import type { Command } from '../command';
import { parseFolds } from '../folds';
import { rootsFor } from '../roots';
import { detachOption, submitAndFollow } from '../submitAndFollow';
import { configurationOption, foldsOption, modelOptions } from './workOptions';

export const exportModelCommand: Command = {
  name: 'export-model',
  summary: "write trained models as one .zip file, in nnU-Net's form",
  description:
    'Writes the trained folds of one or several configurations of a dataset into one archive, as nnU-Net\'s own nnUNetv2_export_model_to_zip does: weights as .pth, plans, labels, scores, and where a best model was chosen, which it is, with its postprocessing. nnUNetv2_install_pretrained_model_from_zip and "nnunet import-model" take it; both predict with it and go on training it. What a cascade\'s second stage needs is put in with it.',
  arguments: [{ name: 'DATASET', description: 'folder, number or name' }],
  options: [
    { name: 'output', alias: 'o', kind: 'text', value: 'FILE', required: true, description: 'the .zip file to write' },
    configurationOption("what to export (default: those of nnU-Net's own that are trained)"),
    foldsOption('folds to put into the file: 0, or 0,1,2, or all (default: every fold that is trained)'),
    {
      name: 'checkpoint',
      kind: 'text',
      choices: ['final', 'best', 'latest'],
      description: 'which weights (default final)',
    },
    {
      name: 'masks',
      kind: 'flag',
      description: 'also the masks of the cases that each fold left out; they are of your training cases',
    },
    ...modelOptions,
    ...clusterOptions,
    detachOption,
  ],
  examples: [
    { command: 'nnunet export-model 4 -o hippocampus.zip', explains: 'all that is trained of dataset 4' },
    { command: 'nnunet export-model 4 -c 3d_fullres -f 0 -o one.zip', explains: 'one fold of one configuration' },
  ],
  async run(parsed, context) {
    const roots = rootsFor(parsed);
    const output = resolve(parsed.requiredText('output'));
    if (!/\.zip$/i.test(output)) {
      throw new UsageError('not-zip', 'The file to write must end with .zip', {
        where: output,
        hint: 'Give for example -o model.zip.',
      });
    }
    const dataset = await resolveDataset(parsed.positionals[0]!, roots);
    const { models } = await consideredModels(dataset, {
      configurations: parsed.list('configuration'),
      plans: parsed.list('plans'),
      trainers: parsed.list('trainer'),
    });
    await requireArchivePlace(output);
    const folds = parsed.list('folds');
    const { folderName, raw, preprocessed, results } = dataset;
    const request: ExportModelRequest = {
      dataset: folderName,
      folders: { raw, preprocessed, results },
      models,
      folds: folds && parseFolds(folds),
      checkpoint: (parsed.text('checkpoint') ?? 'final') as ExportModelRequest['checkpoint'],
      output,
      withMasks: parsed.flag('masks'),
    };
    const present = (result: ExportedModels): void => {
      const size = (result.bytes / 1e6).toFixed(result.bytes < 1e7 ? 1 : 0);
      context.output.line(`Exported ${nameModels(result.models)} (${size} MB): ${result.file}`);
      context.output.result(result);
    };
    return submitAndFollow({ kind: 'export-model', request, roots, parsed, present }, context);
  },
};
