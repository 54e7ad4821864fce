import { resolve } from 'node:path';
import type { DecidedPostprocessing, WrittenMasks } from '../../jobs/results';
import { counted } from '../../words/counted';
import { UsageError } from '../../method/errors';
import { describeMasks } from '../../pipeline/maskFolder';
import { postprocessingLines } from '../../runs/bestLines';
import { clusterOptions } from '../clusterOptions';
import type { Command } from '../command';
import { requireFolder } from '../requireFolder';
import { rootsFor } from '../roots';
import { detachOption, submitAndFollow } from '../submitAndFollow';
import { workersOption } from './workOptions';

export const postprocessCommand: Command = {
  name: 'postprocess',
  summary: 'remove small islands from masks, or find out where that helps',
  description:
    'With --reference it finds out on predictions of labelled cases whether keeping only the largest island of all labels together, or of one label or region, raises the Dice, and writes postprocessing.pkl and postprocessing.json as nnU-Net does, with the masks as they become in postprocessed/.\nWith --steps it applies such a postprocessing.pkl, of this program or of nnU-Net, to a folder of masks and writes them to another one.',
  arguments: [],
  options: [
    { name: 'input', alias: 'i', kind: 'text', value: 'FOLDER', required: true, description: 'folder of masks' },
    {
      name: 'reference',
      kind: 'text',
      value: 'FOLDER',
      description: 'find out: folder with the true labels of these cases',
    },
    { name: 'steps', kind: 'text', value: 'FILE', description: 'apply: a postprocessing.pkl' },
    { name: 'output', alias: 'o', kind: 'text', value: 'FOLDER', description: 'apply: where the masks go' },
    {
      name: 'plans',
      alias: 'p',
      kind: 'text',
      value: 'FILE',
      description: 'plans.json, which tells how masks are read (default: the one in the folder of masks)',
    },
    {
      name: 'dataset-json',
      kind: 'text',
      value: 'FILE',
      description: 'dataset.json, which tells the labels (default: the one in the folder of masks)',
    },
    workersOption(),
    ...clusterOptions,
    detachOption,
  ],
  examples: [
    {
      command: 'nnunet postprocess -i masks --reference labelsTs',
      explains: 'where removing islands helps',
    },
    {
      command: 'nnunet postprocess -i masks --steps postprocessing.pkl -o final',
      explains: 'removes them',
    },
  ],
  async run(parsed, context) {
    const { output } = context;
    const [reference, steps, target] = ['reference', 'steps', 'output'].map((name) => {
      const text = parsed.text(name);
      return text === undefined ? undefined : resolve(text);
    });
    const given = { reference, steps, output: target };
    requireOneUse(given);
    const input = resolve(parsed.requiredText('input'));
    await requireFolder(input);
    const described = {
      plans: absolute(parsed.text('plans')),
      datasetJson: absolute(parsed.text('dataset-json')),
      workers: parsed.number('workers'),
    };
    const description = await describeMasks(input, described);
    const roots = rootsFor(parsed);
    if (reference !== undefined) {
      await requireFolder(reference);
      const request = { predictionFolder: input, referenceFolder: reference, ...described };
      const present = (result: DecidedPostprocessing): void => {
        for (const line of postprocessingLines(result, description.datasetJson)) output.line(line);
        output.line(`Written: ${result.file}`);
        output.result(result);
      };
      return submitAndFollow({ kind: 'determine-postprocessing', request, roots, parsed, present }, context);
    }
    const request = { input, output: target!, steps: steps!, ...described };
    const present = (result: WrittenMasks): void => {
      output.line(`Postprocessed ${counted(result.cases.length, 'case')}: ${result.folder}`);
      output.result(result);
    };
    return submitAndFollow({ kind: 'postprocess', request, roots, parsed, present }, context);
  },
};

/** @throws UsageError `conflicting-options`, `missing-option` */
function requireOneUse({
  reference,
  steps,
  output,
}: Record<'reference' | 'steps' | 'output', string | undefined>): void {
  if (reference !== undefined && (steps !== undefined || output !== undefined)) {
    throw new UsageError(
      'conflicting-options',
      `--reference was given with ${steps === undefined ? '--output' : '--steps'}`,
      {
        hint: 'Find out with --reference first; then apply the postprocessing.pkl with --steps and --output.',
      },
    );
  }
  if (reference !== undefined || (steps !== undefined && output !== undefined)) return;
  const missing = steps === undefined ? (output === undefined ? '--reference' : '--steps') : '--output';
  throw new UsageError('missing-option', `${missing} is missing`, {
    hint: 'Give --reference to find out where postprocessing helps, or --steps and --output to apply it.',
  });
}

function absolute(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(path);
}
