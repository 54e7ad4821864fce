import { resolve } from 'node:path';
import { requireImportable } from '../../dataset/importers/importDataset';
import { parseChannels } from '../../dataset/importers/dicomChannels';
import type { ImportResult } from '../../dataset/importers/plan';
import { describeUnused, isHarmless } from '../../dataset/importers/unused';
import { counted } from '../../words/counted';
import type { Command } from '../command';
import type { Output } from '../output';
import { rootsFor } from '../roots';
import { detachOption, submitAndFollow } from '../submitAndFollow';

export const importCommand: Command = {
  name: 'import',
  summary: 'make an nnU-Net dataset of your images and labels',
  description:
    "Reads a folder with images and label maps and writes a dataset in nnU-Net's layout, nnUNet_raw/DatasetXXX_Name. Understood are: a Medical Segmentation Decathlon folder, an nnU-Net task (version 1 or 2), loose files in any layout in which images and labels can be paired by their names, and folders of DICOM: series become images, SEG and RTSTRUCT their labels, and nothing tells who the patients are. What was inferred (pairs, channels, labels) is reported. The source is only read.",
  arguments: [{ name: 'SOURCE', description: 'the folder to import' }],
  options: [
    {
      name: 'id',
      kind: 'integer',
      value: 'N',
      min: 1,
      max: 999,
      description: "the dataset's number (default: the source's own, or the lowest free one)",
    },
    { name: 'name', kind: 'text', value: 'NAME', description: "the dataset's name (default: the source's own)" },
    {
      name: 'channels',
      kind: 'text',
      value: 'NAME=PATTERN,…',
      description: 'DICOM: which series are which channel, by modality and description; * stands for anything',
    },
    {
      name: 'keep-identifiers',
      kind: 'flag',
      description: "DICOM: name cases after the patients' numbers (default: case_001, case_002, …)",
    },
    { name: 'dry-run', kind: 'flag', description: 'report what would be imported, write nothing' },
    detachOption,
  ],
  examples: [
    { command: 'nnunet import Task04_Hippocampus', explains: 'a Decathlon task becomes Dataset004_Hippocampus' },
    { command: 'nnunet import my-scans --id 12 --name Liver', explains: 'loose files become Dataset012_Liver' },
    {
      command: 'nnunet import disc --channels "T1=MR*t1*,FLAIR=MR*flair*"',
      explains: 'DICOM: two series of each visit are the channels',
    },
  ],
  async run(parsed, context) {
    const roots = rootsFor(parsed);
    const source = resolve(parsed.positionals[0]!);
    await requireImportable(source, roots.raw);
    const channels = parsed.text('channels');
    const request = {
      source,
      rawRoot: roots.raw,
      id: parsed.number('id'),
      name: parsed.text('name'),
      dicom: {
        channels: channels === undefined ? undefined : parseChannels(channels),
        keepIdentifiers: parsed.flag('keep-identifiers'),
      },
      isDryRun: parsed.flag('dry-run'),
    };
    const present = (result: ImportResult): void => tell(result, request.isDryRun, context.output);
    return submitAndFollow({ kind: 'import', request, roots, parsed, present }, context);
  },
};

function tell(result: ImportResult, isDryRun: boolean, output: Output): void {
  for (const sentence of result.report) output.line(sentence);
  const harmless = result.unused.filter(isHarmless);
  for (const sentence of describeUnused(harmless)) output.line(sentence);
  for (const sentence of describeUnused(result.unused.filter((one) => !isHarmless(one)))) output.warn(sentence);
  const tests = result.testCases.length > 0 ? ` and ${counted(result.testCases.length, 'test case')}` : '';
  const what = `${counted(result.cases.length, 'training case')}${tests}`;
  output.line(`${isDryRun ? 'Would write' : 'Wrote'} ${what} to ${result.folder}.`);
  if (!isDryRun) output.line(`Next: nnunet check ${result.id}`);
  output.result(result);
}
