import { resolve } from 'node:path';
import { parseDatasetName } from '../../dataset/names';
import { requireModelsIn } from '../../pipeline/exchange/foundModels';
import type { ImportedModels } from '../../pipeline/exchange/importModels';
import { leftOutText, nameModels } from '../../runs/exchangeWords';
import type { Command } from '../command';
import { rootsFor } from '../roots';
import { detachOption, submitAndFollow } from '../submitAndFollow';

export const importModelCommand: Command = {
  name: 'import-model',
  summary: 'take over trained models from a .zip file or a folder',
  description:
    "Reads an archive as nnU-Net's own nnUNetv2_export_model_to_zip or \"nnunet export-model\" write it, or a folder with a trained model, and puts its models into nnUNet_results. Nothing in it is run: plans, labels and checkpoints are read as data and have to fit together before anything gets its place, and nothing that is there is overwritten. Models of nnU-Net's first version can't be read.",
  arguments: [{ name: 'SOURCE', description: 'the .zip file, or the folder of a model or of its dataset' }],
  options: [
    {
      name: 'dataset',
      kind: 'text',
      value: 'NAME',
      description: 'the dataset that the models are put under, like Dataset004_Hippocampus (default: their own)',
    },
    detachOption,
  ],
  examples: [
    { command: 'nnunet import-model hippocampus.zip', explains: 'then: nnunet predict 4 -i IMAGES -o MASKS' },
    {
      command: 'nnunet import-model ~/Downloads/nnUNetTrainer__nnUNetPlans__3d_fullres --dataset Dataset012_Liver',
      explains: "a model's folder that got lost from its dataset",
    },
  ],
  async run(parsed, context) {
    const roots = rootsFor(parsed);
    const source = resolve(parsed.positionals[0]!);
    await requireModelsIn(source);
    const present = (result: ImportedModels): void => {
      const leftOut = leftOutText(result.leftOut);
      if (leftOut) context.output.note(leftOut);
      context.output.line(`Imported ${nameModels(result.models)} of ${result.dataset}: ${result.folder}`);
      const model = result.isChosen ? parseDatasetName(result.dataset)!.id : `-m ${result.models[0]!.folder}`;
      context.output.line(`Predict with it: nnunet predict ${model} -i IMAGES -o MASKS`);
      context.output.result(result);
    };
    const request = { source, dataset: parsed.text('dataset'), roots };
    return submitAndFollow({ kind: 'import-model', request, roots, parsed, present }, context);
  },
};
