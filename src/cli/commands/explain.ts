import { availableCores } from '../../engine/machine';
import { getConfiguration } from '../../method/plans';
import { gigabytes } from '../../pipeline/resources';
import { explainPlans, type ExplainedConfiguration, type ExplainedPlans } from '../../report/plans/explainPlans';
import { formatDuration } from '../../runs/duration';
import { threeDigits } from '../../words/quantities';
import type { Command } from '../command';
import type { Output } from '../output';
import { plannedMaterial } from '../plannedMaterial';
import { configurationOption, plansOption } from './workOptions';

export const explainCommand: Command = {
  name: 'explain',
  summary: 'what was planned for a dataset, and why, in words',
  description:
    'Tells of each configuration in the plans which spacing, patch, network, batch and normalization were chosen, what that follows from, and what training takes. Sizes are told as x, y, z of the image; the file has them the other way round.',
  arguments: [{ name: 'DATASET', description: 'folder, number or name' }],
  options: [plansOption, configurationOption('only this one', { kind: 'text' })],
  examples: [
    { command: 'nnunet explain 4', explains: 'all configurations of dataset 4' },
    { command: 'nnunet explain 4 -c 3d_fullres', explains: 'one of them' },
  ],
  async run(parsed, { output }) {
    const { material } = await plannedMaterial(parsed.positionals[0]!, parsed);
    const wanted = parsed.text('configuration');
    if (wanted !== undefined) getConfiguration(material.plans, wanted);
    const explained = explainPlans(material, availableCores());
    const configurations = explained.configurations.filter(({ name }) => wanted === undefined || name === wanted);
    tell({ ...explained, configurations }, output);
    output.result({ ...explained, configurations: configurations.map(({ configuration: _, ...rest }) => rest) });
  },
};

function tell({ dataset, plansName, text, measured, configurations }: ExplainedPlans, output: Output): void {
  output.line(`${dataset}: ${plansName}`);
  for (const sentence of text) say(sentence, '', output);
  output.line('');
  for (const [name, value] of measured) output.line(`${name.padEnd(nameWidth)}${value}`);
  for (const one of configurations) tellConfiguration(one, output);
}

const nameWidth = 22;
const lineWidth = 100;

function tellConfiguration({ name, text, problem, choices, cost }: ExplainedConfiguration, output: Output): void {
  output.line('');
  output.line(`== ${name} ==`);
  say(text, '', output);
  if (problem !== undefined) output.warn(problem);
  for (const { topic, choice, why } of choices) {
    output.line(`${topic.padEnd(nameWidth)}${choice}`);
    for (const reason of why) say(reason, ' '.repeat(nameWidth), output);
  }
  if (!cost) return;
  const { gpuGigabytes, memoryBytes, secondsPerEpoch, checkpointBytes, weights } = cost;
  const takes = [
    ...(gpuGigabytes === undefined ? [] : [`${threeDigits(gpuGigabytes)} GB on a GPU`]),
    `about ${gigabytes(memoryBytes)} on the processor, where an epoch takes about ${formatDuration(secondsPerEpoch)}`,
    `about ${gigabytes(checkpointBytes)} of disk for the checkpoints of a fold`,
    `about ${threeDigits(weights / 1e6)} million weights`,
  ];
  for (const [at, line] of takes.entries())
    output.line(`${(at === 0 ? 'Training takes' : '').padEnd(nameWidth)}${line}`);
}

/** Broken into lines. */
function say(sentence: string, indent: string, output: Output): void {
  let current = '';
  for (const word of sentence.split(' ')) {
    if (current !== '' && indent.length + current.length + word.length >= lineWidth) {
      output.line(indent + current);
      current = '';
    }
    current = current === '' ? word : `${current} ${word}`;
  }
  if (current !== '') output.line(indent + current);
}
