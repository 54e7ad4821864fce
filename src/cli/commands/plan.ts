import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { resolveDataset } from '../../dataset/references';
import { datasetRequest } from '../../jobs/datasetRequest';
import type { PlannedDataset } from '../../jobs/results';
import { UsageError } from '../../method/errors';
import type { PlannerName } from '../../method/planner/presets';
import { getConfiguration, readPlans, type Plans } from '../../method/plans';
import { planFromFiles } from '../../pipeline/planFromFiles';
import { clusterOptions } from '../clusterOptions';
import type { Command } from '../command';
import type { Output } from '../output';
import type { ParsedArguments } from '../parsedArguments';
import { rootsFor } from '../roots';
import { detachOption, submitAndFollow } from '../submitAndFollow';
import { table } from '../../runs/table';
import { workersOption } from './workOptions';

const planners: readonly PlannerName[] = ['default', 'resenc-m', 'resenc-l', 'resenc-xl'];

export const planCommand: Command = {
  name: 'plan',
  summary: 'choose network, patch size and spacing for a dataset',
  description:
    'Measures the dataset where that was not done yet (dataset_fingerprint.json) and plans as nnU-Net does: which resolutions to train at, patch size, batch size and network for the GPU memory asked for. The plans are a file that may be edited by hand: nnUNet_preprocessed/DatasetXXX_Name/nnUNetPlans.json. "nnunet train" plans by itself; use this to choose another planner or memory.\nThe second form plans from a fingerprint alone, without any image.',
  arguments: [{ name: 'DATASET', description: 'folder, number or name', optional: true }],
  options: [
    {
      name: 'planner',
      kind: 'text',
      choices: planners,
      description: 'default: the plain U-Net; resenc-m, -l, -xl: larger networks with residual encoders',
    },
    {
      name: 'gpu-memory',
      kind: 'number',
      value: 'GB',
      min: 0,
      exclusiveMin: true,
      description: "GPU memory to plan for (default: the planner's own: 8, or 24 and 40 for resenc-l and -xl)",
    },
    { name: 'fingerprint', kind: 'text', value: 'FILE', description: 'second form: dataset_fingerprint.json' },
    { name: 'dataset-json', kind: 'text', value: 'FILE', description: 'second form: dataset.json' },
    { name: 'output', alias: 'o', kind: 'text', value: 'PLANS.json', description: 'second form: file to write' },
    {
      name: 'dataset-name',
      kind: 'text',
      value: 'NAME',
      description: "second form: the dataset's name in the plans (default: from the folder of dataset.json)",
    },
    {
      name: 'reader',
      kind: 'text',
      value: 'NAME',
      description: "second form: nnU-Net's reader class in the plans (default: the first that suits file_ending)",
    },
    workersOption('cases measured at a time'),
    ...clusterOptions,
    detachOption,
  ],
  examples: [
    { command: 'nnunet plan 4', explains: 'plans Dataset004 with the default planner' },
    { command: 'nnunet plan 4 --planner resenc-l --gpu-memory 16', explains: 'a larger network for a GPU with 16 GB' },
    {
      command: 'nnunet plan --fingerprint f.json --dataset-json d.json --output plans.json',
      explains: 'plans from files',
    },
  ],
  async run(parsed, context) {
    const { output } = context;
    const planner = (parsed.text('planner') ?? 'default') as PlannerName;
    const gpuMemoryGb = parsed.number('gpu-memory');
    if (parsed.has('fingerprint') || parsed.has('output') || parsed.has('dataset-json')) {
      // No job: it takes no time, and leaves one file.
      const { plans, file } = await planFiles(parsed, planner, gpuMemoryGb);
      tell({ file, plansName: plans.plans_name, configurations: Object.keys(plans.configurations) }, plans, output);
      return 0;
    }
    const reference = parsed.positionals[0];
    if (reference === undefined) {
      throw new UsageError('missing-argument', 'DATASET is missing', {
        hint: 'Give a dataset, or --fingerprint, --dataset-json and --output. See "nnunet plan --help".',
      });
    }
    const roots = rootsFor(parsed);
    const dataset = await resolveDataset(reference, roots);
    const request = { ...datasetRequest(dataset), planner, gpuMemoryGb, workers: parsed.number('workers') };
    const present = async (result: PlannedDataset): Promise<void> => {
      tell(result, readPlans(await readFile(result.file, 'utf8'), result.file), output);
    };
    return submitAndFollow({ kind: 'plan', request, roots, parsed, present }, context);
  },
};

function tell(result: PlannedDataset, plans: Plans, output: Output): void {
  showPlans(plans, output);
  output.line(`Plans: ${result.file}`);
  output.result(result);
}

async function planFiles(parsed: ParsedArguments, planner: PlannerName, gpuMemoryGb: number | undefined) {
  const [fingerprintFile, datasetFile, file] = ['fingerprint', 'dataset-json', 'output'].map((name) => {
    const value = parsed.text(name);
    if (value === undefined)
      throw new UsageError('missing-option', `--${name} is missing`, {
        hint: 'Planning from files needs --fingerprint, --dataset-json and --output.',
      });
    return value;
  }) as [string, string, string];
  if (parsed.positionals.length > 0) {
    throw new UsageError('extra-argument', 'A dataset and --fingerprint were both given', {
      hint: 'Give one of them.',
    });
  }
  const plans = await planFromFiles({
    fingerprint: { text: await readFile(fingerprintFile, 'utf8'), file: fingerprintFile },
    datasetJson: { text: await readFile(datasetFile, 'utf8'), file: datasetFile },
    output: file,
    planner,
    gpuMemoryGb,
    datasetName: parsed.text('dataset-name') ?? basename(dirname(datasetFile)),
    reader: parsed.text('reader'),
  });
  return { plans, file };
}

function showPlans(plans: Plans, output: Output): void {
  const rows = Object.keys(plans.configurations).map((name) => {
    const configuration = getConfiguration(plans, name);
    const { patch_size, batch_size, spacing, median_image_size_in_voxels, architecture } = configuration;
    const { features_per_stage } = architecture.arch_kwargs;
    return [
      name,
      patch_size.join('x'),
      String(batch_size),
      spacing.map((mm) => Number(mm.toPrecision(4))).join('x'),
      median_image_size_in_voxels.map((voxels) => Math.round(voxels)).join('x'),
      features_per_stage.length === 1
        ? 'none: the images are too small'
        : `${architecture.network_class_name.split('.').at(-1)}, ${features_per_stage.length} stages`,
    ];
  });
  for (const line of table(['configuration', 'patch', 'batch', 'spacing (mm)', 'median image', 'network'], rows))
    output.line(line);
}
