/** Has the image the channels and the axes that the model's reader and network take? */
import { basename } from 'node:path';
import type { ImageFormat } from '../../../images/types';
import { counted } from '../../../words/counted';
import type { Finding } from './finding';
import type { ImageFacts } from './imageFacts';
import type { TrainingFacts } from './trainingFacts';

export function channelFindings(image: ImageFacts, training: TrainingFacts): Finding[] {
  const refusal = unreadable(image, training) ?? wrongCount(image, training);
  return refusal ? [{ ...refusal, weight: 'refuse' }] : singleSlice(image, training);
}

type Refusal = Omit<Finding, 'weight'>;

function wrongCount(
  { channels, files, isSeries }: ImageFacts,
  { channelNames: names }: TrainingFacts,
): Refusal | undefined {
  if (channels === names.length) return undefined;
  const found =
    isSeries && files.length === 1
      ? `The file holds ${counted(channels, 'volume')} along a fourth axis`
      : capital(counted(channels, 'channel'));
  const named = names.every((name) => /^\d+$/.test(name)) ? '' : ` (${names.join(', ')})`;
  return {
    code: 'channel-count',
    message: `${found}; the model needs ${names.length}${named}.`,
    advice: countAdvice(channels, files, names),
  };
}

function countAdvice(channels: number, files: readonly string[], names: readonly string[]): string {
  if (names.length > channels) {
    const stem = basename(files[0]!).replace(/(_\d{4})?\..*$/u, '');
    const last = String(names.length - 1).padStart(4, '0');
    const between = names.length === 2 ? 'and' : 'to';
    return `Put all channels side by side, named ${stem}_0000 ${between} ${stem}_${last} in this order, on one grid.`;
  }
  return names.length === 1
    ? 'Save the one volume that is to be segmented as a file of its own.'
    : `Give only these, in this order: ${names.join(', ')}.`;
}

const capital = (words: string): string => words.replace(/^1 /, 'One ');

/** What nibabel reads. */
const nibabelFormats: readonly ImageFormat[] = ['NIfTI-1', 'NIfTI-2', 'Analyze 7.5', 'MGH'];

function unreadable({ shape, formats }: ImageFacts, { reader }: TrainingFacts): Refusal | undefined {
  const slices = shape[0];
  if (reader === 'NaturalImage2DIO' && slices > 1) {
    return {
      code: 'not-2d',
      message: `This is a volume of ${counted(slices, 'slice')}; the model takes 2D pictures.`,
      advice: 'Save its slices as pictures, or choose a model for volumes.',
    };
  }
  if (reader === 'Tiff3DIO' && (slices < 2 || formats.some((format) => format !== 'TIFF'))) {
    return {
      code: 'not-3d',
      message: 'The model takes grey TIFF stacks of several pages, which this is not.',
      advice: 'Save the volume as a TIFF stack.',
    };
  }
  const foreign = reader.startsWith('Nibabel') ? formats.find((format) => !nibabelFormats.includes(format)) : undefined;
  if (foreign === undefined) return undefined;
  return {
    code: 'wrong-reader',
    message: `The model takes NIfTI files, and this is ${foreign}.`,
    advice: 'Convert the image to .nii.gz.',
  };
}

function singleSlice({ shape }: ImageFacts, { grid }: TrainingFacts): Finding[] {
  const isFlat = shape.some((length) => length === 1);
  if (!isFlat || !grid || grid.shape.low.some((length) => length < 3)) return [];
  const few = Math.min(...grid.shape.low);
  const words = grid.isOfCases
    ? `whose shortest axis has ${counted(few, 'slice')} or more`
    : `of about ${counted(few, 'slice')}`;
  return [
    {
      code: 'single-slice',
      weight: 'warn',
      message: `This is a single slice; the model was trained on volumes ${words}.`,
      advice: 'Give the whole volume that the slice is from.',
    },
  ];
}
