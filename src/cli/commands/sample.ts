import { writeSampleDataset } from '../../dataset/sample';
import type { SampleModality } from '../../dataset/sample/scan';
import { parseDatasetName } from '../../dataset/names';
import { basename } from 'node:path';
import type { Command } from '../command';
import { shellWord } from '../../method/shellWord';
import { counted } from '../../words/counted';

export const sampleCommand: Command = {
  name: 'sample',
  summary: 'write a synthetic labelled dataset to try everything on',
  description:
    "Writes small synthetic scans of a body with two organs, with noise, a bias field and their labels, as real NIfTI files in nnU-Net's layout (imagesTr, labelsTr, a few test images, dataset.json). The same seed gives the same files.\nDIR is the new dataset's folder. Name it DatasetXXX_Name inside nnUNet_raw to use it at once (or give the folder nnUNet_raw itself and a free number is taken); any other folder can be imported.",
  arguments: [{ name: 'DIR', description: 'folder to write; new or empty' }],
  options: [
    {
      name: 'cases',
      kind: 'integer',
      value: 'N',
      min: 1,
      max: 10000,
      description: 'labelled training cases (default 20)',
    },
    {
      name: 'test-cases',
      kind: 'integer',
      value: 'N',
      min: 0,
      max: 10000,
      description: 'further cases, to predict and evaluate (default 4)',
    },
    {
      name: 'seed',
      kind: 'integer',
      value: 'S',
      min: 0,
      max: 2 ** 31 - 1,
      description: 'another seed gives other scans (default 1)',
    },
    { name: 'modality', kind: 'text', choices: ['ct', 'mr'], description: 'what the scans look like (default ct)' },
    { name: 'anisotropic', kind: 'flag', description: 'thick slices instead of nearly cubic voxels' },
  ],
  examples: [
    {
      command: 'nnunet sample nnUNet_raw/Dataset001_Sample',
      explains: 'a dataset that "nnunet train 1 -c 3d_fullres -f 0" can use at once',
    },
    {
      command: 'nnunet sample scans --modality mr --cases 8',
      explains: 'eight MR-like scans, to be imported with "nnunet import scans"',
    },
  ],
  async run(parsed, { output, signal }) {
    const result = await writeSampleDataset(parsed.positionals[0]!, {
      cases: parsed.number('cases'),
      testCases: parsed.number('test-cases'),
      seed: parsed.number('seed'),
      modality: parsed.text('modality') as SampleModality | undefined,
      anisotropic: parsed.flag('anisotropic'),
      signal,
      progress: (done, total, message) =>
        output.progress({ stage: 'sample', state: done === total ? 'done' : 'progress', done, total, message }),
    });
    const { folder, cases, testCases } = result;
    output.line(`Wrote ${cases.length} training and ${counted(testCases.length, 'test case')} to ${folder}.`);
    const usable = parseDatasetName(basename(folder));
    output.line(
      usable
        ? `Next: nnunet train ${usable.id} -c 3d_fullres -f 0 --budget 5m`
        : `Next: nnunet import ${shellWord(folder)} --name Sample`,
    );
    output.result({ folder, cases, testCases });
  },
};
