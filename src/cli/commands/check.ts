import { checkDataset, type CheckResult } from '../../dataset/checkDataset';
import type { Finding } from '../../dataset/findings';
import { finishInterruptedFix, fixDataset } from '../../dataset/fixDataset';
import { preprocessedPaths } from '../../dataset/preprocessed';
import { resolveDataset } from '../../dataset/references';
import { counted } from '../../method/counted';
import { DatasetError } from '../../method/errors';
import type { Command } from '../command';
import type { Output } from '../output';
import { rootsFor } from '../roots';

export const checkCommand: Command = {
  name: 'check',
  summary: 'is anything wrong with a dataset? Findings per case',
  description:
    "Reads every image and label once and lists what would stop or spoil a training: missing or extra files, channels, shapes and spacings that differ, label values that are not declared or not whole numbers, NaN voxels, empty labels, duplicates. Errors must be corrected; warnings should be looked at.\n--fix corrects what can be corrected safely; the originals are kept beside the dataset's folders.",
  arguments: [{ name: 'DATASET', description: 'folder, number or name' }],
  options: [
    { name: 'fix', kind: 'flag', description: 'apply the fixes that are offered; the original files are kept' },
    { name: 'workers', kind: 'integer', value: 'N', min: 1, max: 256, description: 'cases read at a time (default 2)' },
  ],
  examples: [
    { command: 'nnunet check 4', explains: 'examines Dataset004' },
    { command: 'nnunet check 4 --fix', explains: 'and corrects what can be corrected safely' },
  ],
  async run(parsed, { output, signal }) {
    const dataset = await resolveDataset(parsed.positionals[0]!, rootsFor(parsed));
    if (!dataset.exists.raw) {
      throw new DatasetError('raw-missing', `The raw data of ${dataset.folderName} is not there`, {
        where: dataset.raw,
        hint: 'Import it with "nnunet import", or check --root.',
      });
    }
    const check = (): Promise<CheckResult> => {
      let started = false;
      return checkDataset(dataset.raw, {
        signal,
        workers: parsed.number('workers'),
        splitsFile: preprocessedPaths(dataset.preprocessed).splits,
        progress: (done, total, message) => {
          if (!started) output.progress({ stage: 'check', state: 'started', done: 0, total });
          started = true;
          output.progress({ stage: 'check', state: done === total ? 'done' : 'progress', done, total, message });
        },
      });
    };
    if (parsed.flag('fix')) {
      for (const { from, to } of await finishInterruptedFix(dataset.raw)) output.line(`renamed: ${from} to ${to}`);
    }
    let result = await check();
    const fixes = parsed.flag('fix') ? await fixDataset(dataset.raw, result.findings) : undefined;
    if (fixes) {
      for (const { done } of fixes.fixed) output.line(`fixed: ${done}`);
      for (const { finding, why } of fixes.failed) output.warn(`not fixed: ${finding.message} ${why}`);
      if (fixes.backupFolder) output.line(`The originals, or a list of the old names, are in ${fixes.backupFolder}.`);
      if (fixes.fixed.length > 0) result = await check();
      else output.line('There is nothing that can be fixed safely.');
    }
    showFindings(result, output);
    output.result({ ...result, ...(fixes && { fixed: fixes.fixed, notFixed: fixes.failed }) });
    return result.findings.some(({ severity }) => severity === 'error') ? 1 : 0;
  },
};

function showFindings({ cases, findings }: CheckResult, output: Output): void {
  for (const finding of findings) output.line(describe(finding));
  const count = (severity: Finding['severity']): string =>
    counted(findings.filter((finding) => finding.severity === severity).length, severity);
  const fixable = findings.filter(({ fix }) => fix !== undefined).length;
  output.line(
    findings.length === 0
      ? `${counted(cases, 'case')}, nothing wrong.`
      : `${counted(cases, 'case')}: ${count('error')}, ${count('warning')}${fixable > 0 ? `; --fix can correct ${fixable}` : ''}.`,
  );
}

function describe({ case: id, file, line, column, severity, message, fix }: Finding): string {
  const place = file === undefined ? (id ?? '') : line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  return `${severity.padEnd(7)}  ${place ? `${place}: ` : ''}${message}${fix ? ` [--fix: ${fix}]` : ''}`;
}
