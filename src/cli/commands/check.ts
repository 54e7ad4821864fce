import type { CheckResult } from '../../dataset/checkDataset';
import { requireRaw, resolveDataset } from '../../dataset/references';
import { datasetRequest } from '../../jobs/datasetRequest';
import type { FixedDataset } from '../../jobs/results';
import { checkLines } from '../../runs/resultLines';
import { clusterOptions } from '../clusterOptions';
import type { Command } from '../command';
import type { Output } from '../output';
import { rootsFor } from '../roots';
import { detachOption, submitAndFollow } from '../submitAndFollow';
import { workersOption } from './workOptions';

export const checkCommand: Command = {
  name: 'check',
  summary: 'is anything wrong with a dataset? Findings per case',
  description:
    "Reads every image and label once and lists what would stop or spoil a training: missing or extra files, channels, shapes and spacings that differ, label values that are not declared or not whole numbers, NaN voxels, empty labels, duplicates. Errors must be corrected; warnings should be looked at.\n--fix corrects what can be corrected safely; the originals are kept beside the dataset's folders.",
  arguments: [{ name: 'DATASET', description: 'folder, number or name' }],
  options: [
    { name: 'fix', kind: 'flag', description: 'apply the fixes that are offered; the original files are kept' },
    workersOption('cases read at a time', '2'),
    ...clusterOptions,
    detachOption,
  ],
  examples: [
    { command: 'nnunet check 4', explains: 'examines Dataset004' },
    { command: 'nnunet check 4 --fix', explains: 'and corrects what can be corrected safely' },
  ],
  async run(parsed, context) {
    const { output } = context;
    const roots = rootsFor(parsed);
    const dataset = await resolveDataset(parsed.positionals[0]!, roots);
    requireRaw(dataset);
    const request = { ...datasetRequest(dataset), workers: parsed.number('workers') };
    if (!parsed.flag('fix')) {
      const present = (result: CheckResult): number => tell(result, output);
      return submitAndFollow({ kind: 'check', request, roots, parsed, present }, context);
    }
    const present = (result: FixedDataset): number => {
      showFixes(result, output);
      return tell(result, output);
    };
    return submitAndFollow({ kind: 'fix', request, roots, parsed, present }, context);
  },
};

function tell(result: CheckResult, output: Output): number {
  for (const line of checkLines(result)) output.line(line);
  output.result(result);
  return result.findings.some(({ severity }) => severity === 'error') ? 1 : 0;
}

function showFixes({ renamed, fixed, notFixed, backupFolder }: FixedDataset, output: Output): void {
  for (const { from, to } of renamed) output.line(`renamed: ${from} to ${to}`);
  for (const { done } of fixed) output.line(`fixed: ${done}`);
  for (const { finding, why } of notFixed) output.warn(`not fixed: ${finding.message} ${why}`);
  if (backupFolder) output.line(`The originals, or a list of the old names, are in ${backupFolder}.`);
  if (fixed.length === 0) output.line('There is nothing that can be fixed safely.');
}
