/** Which cases a person wants predicted: a folder of images, or image files. */
import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { compareCodePoints } from '../../dataset/names';
import { caseIdOfImage, fileNamesIn } from '../../dataset/rawDataset';
import { imageEndings, splitEnding } from '../../images/endings';
import { ImageError } from '../../method/errors';

export interface InputCase {
  id: string;
  /** In channel order. */
  images: string[];
}

/**
 * Groups the files into cases by nnU-Net's names, CASE_0000 + ending for each channel. Files without a channel number are
 * cases of their own where the model has one channel (or a file holds all of them, as in RGB pictures).
 * @param input  one folder, or files
 * @throws ImageError `input-missing`, `no-images`, `channel-missing`, `duplicate-case`
 */
export async function inputCases(input: readonly string[], fileEnding: string, channels: number): Promise<InputCase[]> {
  const files = await filesOf(input);
  const fitting = files.filter((file) => file.endsWith(fileEnding));
  if (fitting.length === 0) throw noImages(input, files, fileEnding);
  const groups = new Map<string, string[]>();
  for (const file of fitting.sort((a, b) => compareCodePoints(basename(a), basename(b)))) {
    const id = caseIdOfImage(basename(file), fileEnding) ?? basename(file).slice(0, -fileEnding.length);
    groups.set(id, [...(groups.get(id) ?? []), file]);
  }
  return [...groups]
    .sort(([a], [b]) => compareCodePoints(a, b))
    .map(([id, images]) => {
      requireChannels(id, images, channels);
      return { id, images };
    });
}

/** The ending of the first image that is given, for models that were not trained on one kind of file. @throws ImageError `no-images` */
export async function endingOfInput(input: readonly string[]): Promise<string> {
  const files = await filesOf(input);
  const endings = files.map((file) => splitEnding(file).ending);
  const ending = endings.find((one) => imageEndings.includes(one.toLowerCase()));
  if (ending) return ending;
  throw noImages(input, files, imageEndings.slice(0, 2).join(' or '));
}

async function filesOf(input: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of input) {
    const info = await stat(path).catch(() => undefined);
    if (!info)
      throw new ImageError('input-missing', 'There is no such file or folder', {
        where: path,
        hint: 'Check the path after -i.',
      });
    const folder = resolve(path);
    if (info.isDirectory()) files.push(...(await fileNamesIn(folder)).map((name) => join(folder, name)));
    else files.push(folder);
  }
  return files;
}

function requireChannels(id: string, images: readonly string[], channels: number): void {
  const names = images.map((file) => basename(file));
  if (new Set(names).size < names.length) {
    throw new ImageError('duplicate-case', `The case ${id} is given twice`, {
      where: images.join(', '),
      hint: 'Rename one of them.',
    });
  }
  if (images.length === channels || images.length === 1) return;
  throw new ImageError(
    'channel-missing',
    `Case ${id} has ${images.length} image files, but the model needs ${channels} channels`,
    {
      where: dirname(images[0]!),
      hint: `Name them ${id}_0000 to ${id}_000${channels - 1}, in the order of channel_names in the model's dataset.json.`,
    },
  );
}

function noImages(input: readonly string[], files: readonly string[], fileEnding: string): ImageError {
  const found = [...new Set(files.map((file) => splitEnding(file).ending))].filter(Boolean).slice(0, 5);
  const hint =
    found.length > 0
      ? `The model was trained on ${fileEnding}, but there are only ${found.join(', ')}: convert them, or import with another file ending.`
      : 'The folder holds no files.';
  return new ImageError('no-images', `There is no image ending in ${fileEnding}`, { where: input.join(', '), hint });
}
