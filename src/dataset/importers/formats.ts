/** Which file ending an imported dataset gets. */
import { endingsOf, pictureFormats } from '../../images/endings';

const pictures = endingsOf(...pictureFormats, 'tiff');
/** Formats that nnU-Net does not read, and the lossless one that takes their place. */
const replacements: Readonly<Record<string, string>> = {
  '.jpg': '.png',
  '.jpeg': '.png',
  '.gif': '.png',
  '.nhdr': '.nrrd',
  '.mhd': '.mha',
};

export function isPicture(ending: string): boolean {
  return pictures.includes(ending);
}

/**
 * @param imageEndings  endings of all images, lower case
 * @param hasStacks  some image has more than one slice
 */
export function chooseFileEnding(imageEndings: readonly string[], hasStacks: boolean, report: string[]): string {
  const found = [...new Set(imageEndings)].sort();
  const wanted = [...new Set(found.map((ending) => flatTiff(replacements[ending] ?? ending, hasStacks)))];
  if (wanted.length === 1) {
    const [only] = wanted;
    const changed = found.filter((ending) => ending !== only && flatTiff(ending, hasStacks) !== only);
    if (changed.length > 0) report.push(`${changed.join(' and ')} files became ${only}, which nnU-Net reads.`);
    return only!;
  }
  const common = wanted.every(isPicture) && !hasStacks ? '.png' : wanted.every(isPicture) ? '.tif' : '.nii.gz';
  report.push(`The images have different formats (${found.join(', ')}); all became ${common}.`);
  return common;
}

/** nnU-Net reads flat pictures as .tif only; .tiff is for stacks. */
function flatTiff(ending: string, hasStacks: boolean): string {
  return ending === '.tiff' && !hasStacks ? '.tif' : ending;
}
