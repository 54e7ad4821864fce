/** Whether a path can be a model file at all, before anything reads it whole. */
import { stat } from 'node:fs/promises';
import { memoryState } from '../engine/machine';
import { InferenceError } from './inferenceError';

/** A protobuf file cannot be larger; what belongs to it beyond that lies in files of its own. */
const largestFile = 2 ** 31;

export const damagedHint = 'Copy it again from where it came from, or export it again.';

/** @throws InferenceError `model-missing`, `model-damaged`, `model-too-large` */
export async function requireModelFile(file: string): Promise<void> {
  const info = await stat(file).catch((error: unknown) => {
    throw new InferenceError('model-missing', 'There is no such model file', {
      where: file,
      hint: 'Check the path.',
      cause: error,
    });
  });
  if (!info.isFile() || info.size === 0) {
    throw new InferenceError('model-damaged', info.isFile() ? 'The model file is empty' : 'This is no file', {
      where: file,
      hint: damagedHint,
    });
  }
  if (info.size >= largestFile || info.size * 2 > memoryState().totalBytes) {
    throw new InferenceError('model-too-large', `The model file has ${(info.size / 2 ** 30).toFixed(1)} GB`, {
      where: file,
      hint: 'Use a machine with more memory, or export the model with half-precision weights.',
    });
  }
}
