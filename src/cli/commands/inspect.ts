import { resolve } from 'node:path';
import { fileRoleByFolder } from '../../dataset/fileRole';
import { inspectFile } from '../../images/inspect';
import type { Command } from '../command';
import { countedAre } from '../../words/counted';

export const inspectCommand: Command = {
  name: 'inspect',
  summary: 'what is in an image file: shape, spacing, intensities, labels',
  description:
    'Reads an image or label map and shows its shape and voxel spacing (x, y, z), orientation, how voxels are stored, its range of intensities, and the label values where it holds few whole numbers. Understood are NIfTI, NRRD, MHA/MHD, MGH, GIPL, TIFF, PNG, JPEG, BMP, GIF and DICOM (any slice stands for its series).',
  arguments: [{ name: 'FILE', description: 'an image file' }],
  options: [],
  examples: [{ command: 'nnunet inspect scan.nii.gz --json', explains: 'the same as data' }],
  async run(parsed, { output }) {
    const file = parsed.positionals[0]!;
    const found = await inspectFile(file, fileRoleByFolder(resolve(file)));
    const orientation = found.orientation ? `, axes towards ${found.orientation}` : '';
    output.line(`file         ${found.file} (${found.format})`);
    output.line(`shape        ${found.shape.join(' x ')} voxels (x, y, z${found.shape.length > 3 ? ', t' : ''})`);
    output.line(`channels     ${found.channels}`);
    output.line(`spacing      ${found.spacing.map(shortNumber).join(' x ')} mm${orientation}`);
    output.line(`stored as    ${found.storedType}, ${found.byteOrder} endian`);
    output.line(`intensities  ${shortNumber(found.min)} to ${shortNumber(found.max)}, mean ${shortNumber(found.mean)}`);
    if (found.nonFinite > 0) output.line(`not finite   ${countedAre(found.nonFinite, 'voxel')} NaN or infinite`);
    if (found.labels)
      output.line(
        `values       ${found.labels.slice(0, 20).join(', ')}${found.labels.length > 20 ? `, … (${found.labels.length})` : ''}`,
      );
    for (const [row, values] of found.affine.entries()) {
      output.line(
        `${row === 0 ? 'affine' : ''}`.padEnd(13) + values.map((value) => shortNumber(value).padStart(10)).join(' '),
      );
    }
    output.result(found);
  },
};

function shortNumber(value: number | null): string {
  return value === null ? '-' : String(Number(value.toPrecision(6)));
}
