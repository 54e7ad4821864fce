import { resolve } from 'node:path';
import { exportSegmentation } from '../../pipeline/exportSegmentation';
import { counted } from '../../words/counted';
import type { Command } from '../command';
import { requireFolder } from '../requireFolder';

export const exportSegCommand: Command = {
  name: 'export-seg',
  summary: 'write a mask as DICOM SEG for the series it belongs to',
  description:
    'Writes a label map as DICOM segmentation (SEG, binary): one segment for each label, named as in dataset.json and coded (SNOMED CT), each frame referring to the slice that it lies on. Of the series in the folder the one with the grid of the mask is taken. Patient and visit are those of the series, so that an archive puts the segmentation beside it.',
  arguments: [{ name: 'MASK', description: 'a label map, e.g. a prediction' }],
  options: [
    {
      name: 'series',
      kind: 'text',
      value: 'FOLDER',
      required: true,
      description: 'the DICOM series that the image was made from',
    },
    { name: 'output', alias: 'o', kind: 'text', value: 'FILE', required: true, description: 'file to write' },
    {
      name: 'dataset-json',
      kind: 'text',
      value: 'FILE',
      description: 'names of the labels (default: dataset.json beside the mask)',
    },
  ],
  examples: [
    {
      command: 'nnunet export-seg masks/case_001.nii.gz --series disc/study/ct -o case_001.dcm',
      explains: 'a prediction goes back to the archive',
    },
  ],
  async run(parsed, { output }) {
    const series = resolve(parsed.text('series')!);
    await requireFolder(series);
    const datasetJson = parsed.text('dataset-json');
    const result = await exportSegmentation({
      mask: resolve(parsed.positionals[0]!),
      series,
      output: resolve(parsed.text('output')!),
      datasetJson: datasetJson === undefined ? undefined : resolve(datasetJson),
    });
    const names = result.structures.map(({ name }) => name).join(', ');
    output.line(`Wrote ${counted(result.structures.length, 'segment')} (${names}) to ${result.output}.`);
    output.result(result);
  },
};
