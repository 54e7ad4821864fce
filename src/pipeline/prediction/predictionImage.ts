/** Reads the image of a case that is to be predicted; what is wrong with it is said to somebody who has a model and scans, not a dataset. */
import type { ReaderName, Volume } from '../../images/types';
import { counted } from '../../words/counted';
import { NnunetError } from '../../method/errors';
import { ChannelCountError, loadImage } from '../loadCase';

interface CaseImages {
  id: string;
  images: readonly string[];
}

/** @throws as `loadImage` */
export async function loadPredictionImage(
  { id, images }: CaseImages,
  expected: { reader: ReaderName; channels: number },
): Promise<Volume> {
  try {
    return await loadImage(id, images, expected);
  } catch (error) {
    throw error instanceof NnunetError ? forPrediction(error, { id, images }, expected.channels) : error;
  }
}

function forPrediction(error: NnunetError, { id, images }: CaseImages, channels: number): NnunetError {
  const { code, where, cause } = error;
  const say = (message: string, hint: string): NnunetError => new NnunetError(code, message, { where, hint, cause });
  if (error instanceof ChannelCountError) {
    const files =
      channels === 1 ? 'one image file' : `a file for each channel, ${id}_0000 to ${lastName(id, channels)}`;
    return say(
      `Case ${id} has ${counted(error.found, 'image channel')}, but the model takes ${channels}`,
      images.length === 1 && channels === 1
        ? 'Give a file with one channel: a time series or colours have to be taken apart first.'
        : `Give ${files}, in the order that the model was trained with.`,
    );
  }
  switch (code) {
    case 'not-orthogonal':
      return say(error.message, 'Resample the image to a rectangular grid.');
    case 'wrong-reader':
      return say('The model can only read NIfTI files', 'Convert the image to .nii.gz.');
    case 'not-3d':
      return say(
        'The model needs a 3D image with one channel in each file',
        channels === 1
          ? 'Give a single 3D volume: a time series has to be taken apart first.'
          : `Give a file for each channel, ${id}_0000 to ${lastName(id, channels)}.`,
      );
    case 'not-2d':
      return say(error.message, 'Give 2D pictures: grey, RGB or RGBA, as the model was trained on.');
    default:
      return error;
  }
}

const lastName = (id: string, channels: number): string => `${id}_${String(channels - 1).padStart(4, '0')}`;
