import { availableCores } from '../../engine/machine';
import { UsageError } from '../../method/errors';
import { writeAddedConfiguration } from '../../pipeline/addConfiguration';
import { gigabytes } from '../../pipeline/resources';
import type { TrainingCost } from '../../pipeline/trainingCost';
import { foreseeConfiguration, parseSizes, type ForeseenConfiguration } from '../../report/plans/foreseenConfiguration';
import { inImageOrder, sizeText } from '../../report/plans/imageOrder';
import { formatDuration } from '../../runs/duration';
import { table } from '../../runs/table';
import { threeDigits } from '../../words/quantities';
import type { Command } from '../command';
import type { Output } from '../output';
import type { ParsedArguments } from '../parsedArguments';
import { plannedMaterial } from '../plannedMaterial';
import { plansOption } from './workOptions';

export const addConfigurationCommand: Command = {
  name: 'add-configuration',
  summary: 'a configuration of your own, which inherits from a planned one',
  description:
    'Adds a configuration to the plans of a dataset: as another one, but with the patch size, batch size or spacing that you give. What follows from these is planned: the network where the patch can not be halved as often as before, and for another spacing a folder of preprocessed cases of its own. It is checked as every configuration is, and it is told what training then takes. Planning again keeps it.\nSizes are given as x, y, z of the image, as "nnunet explain" tells them.',
  arguments: [
    { name: 'DATASET', description: 'folder, number or name' },
    { name: 'NAME', description: 'of the new configuration, like 3d_fullres_large' },
  ],
  options: [
    {
      name: 'from',
      kind: 'text',
      value: 'CONFIG',
      required: true,
      description: 'the configuration that it inherits from',
    },
    { name: 'patch-size', kind: 'text', value: 'XxYxZ', description: 'voxels that the network sees at once' },
    { name: 'batch-size', kind: 'integer', value: 'N', min: 1, max: 100_000, description: 'patches at once' },
    { name: 'spacing', kind: 'text', value: 'XxYxZ', description: 'mm that all cases are resampled to' },
    plansOption,
    { name: 'dry-run', kind: 'flag', description: 'only tell what it would be' },
  ],
  examples: [
    {
      command: 'nnunet add-configuration 4 3d_large --from 3d_fullres --patch-size 64x64x64 --batch-size 4',
      explains: 'a larger patch; then: nnunet train 4 -c 3d_large -f 0',
    },
  ],
  async run(parsed, { output }) {
    const [reference, name] = parsed.positionals as [string, string];
    const { dataset, file, material } = await plannedMaterial(reference, parsed);
    const from = parsed.requiredText('from');
    const wanted = {
      ...{ name, from, batchSize: parsed.number('batch-size') },
      ...{ patchSize: sizesOf(parsed, 'patch-size'), spacing: sizesOf(parsed, 'spacing') },
    };
    const foreseen = foreseeConfiguration(material, wanted, availableCores());
    const isDryRun = parsed.flag('dry-run');
    if (!isDryRun) await writeAddedConfiguration(file, material.plans, foreseen.plans);
    tell(name, from, foreseen, output);
    if (isDryRun) output.note('Nothing was written.');
    else output.line(`Train it: nnunet train ${dataset.id} -c ${name} -f 0`);
    const { configuration, cost } = foreseen;
    output.result({ file, name, from, isWritten: !isDryRun, configuration, ...(cost && { cost }) });
  },
};

function sizesOf(parsed: ParsedArguments, option: string): number[] | undefined {
  const text = parsed.text(option);
  if (text === undefined) return undefined;
  const sizes = parseSizes(text);
  if (sizes) return sizes;
  throw new UsageError('bad-size', `--${option} "${text}" is no size`, { hint: 'Write for example 64x64x32.' });
}

function tell(name: string, from: string, foreseen: ForeseenConfiguration, output: Output): void {
  const { configuration, plans, cost, grownPatch, isLargerThanImages, isResampled } = foreseen;
  const { patch_size: patch, batch_size: batch, spacing, architecture } = configuration;
  const facts = [
    `patch ${sizeText(inImageOrder(patch, plans))} voxels`,
    `batch ${batch}`,
    `spacing ${sizeText(inImageOrder(spacing, plans))} mm`,
    `${architecture.arch_kwargs.n_stages} stages`,
  ];
  output.line(`${name}: ${facts.join(', ')}`);
  if (cost) {
    const rows = [cost.before, cost.after].map((one, at) => [at === 0 ? from : name, ...costCells(one)]);
    for (const line of table(['', 'GPU memory', 'memory', 'epoch here', 'checkpoints'], rows)) output.line(line);
  }
  if (grownPatch)
    output.note(`The patch became ${sizeText(grownPatch)}: its edges are halved as often as the network does.`);
  if (isLargerThanImages) output.note('The patch is larger than the median image: the rest is filled with zeros.');
  if (isResampled) output.note('All cases are preprocessed again for it.');
}

function costCells({ gpuGigabytes, memoryBytes, secondsPerEpoch, checkpointBytes }: TrainingCost): string[] {
  return [
    gpuGigabytes === undefined ? '?' : `${threeDigits(gpuGigabytes)} GB`,
    gigabytes(memoryBytes),
    formatDuration(secondsPerEpoch),
    gigabytes(checkpointBytes),
  ];
}
