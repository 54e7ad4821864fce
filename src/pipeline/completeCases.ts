/** Refuses a raw dataset whose files don't make up cases, before anything is computed. The full examination is `check`. */
import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import {
  type ChannelExpectation,
  channelExpectation,
  expectedNumbers,
  hasAllChannels,
  numberedName,
  numbersText,
} from '../dataset/channelFiles';
import { exists } from '../storage/exists';
import { mapConcurrently } from '../storage/mapConcurrently';
import type { DatasetReference } from '../dataset/references';
import { readRawDataset, rawPaths, type RawCase, type RawDataset } from '../dataset/rawDataset';
import { counted } from '../words/counted';
import { type DatasetJson } from '../method/datasetJson';
import { doubtsAbout } from '../method/datasetJsonDoubts';
import { DatasetError } from '../method/errors';
import type { StageContext } from './progress';

/**
 * @param warn  gets what dataset.json hardly means
 * @throws DatasetError, JsonError: the first thing that makes the dataset unusable
 */
export async function requireCompleteCases(
  dataset: DatasetReference,
  warn: StageContext['warn'] = () => undefined,
): Promise<RawDataset> {
  if (!dataset.exists.raw) {
    throw new DatasetError('raw-missing', `The raw data of ${dataset.folderName} is not there`, {
      where: dataset.raw,
      hint: 'Import it with "nnunet import", or check --root.',
    });
  }
  const raw = await readRawDataset(dataset.raw);
  const missing = await missingFiles(raw.cases);
  for (const rawCase of raw.cases) {
    requireChannels(rawCase, raw.datasetJson);
    requireFiles(rawCase, missing);
  }
  for (const { code, message } of doubtsAbout(raw.datasetJson)) warn(code, message);
  return raw;
}

async function missingFiles(cases: readonly RawCase[]): Promise<Set<string>> {
  const files = cases.flatMap(({ images, label }) => [...images, label]);
  const found = await mapConcurrently(files, 16, exists);
  return new Set(files.filter((_, at) => !found[at]));
}

function requireChannels(rawCase: RawCase, datasetJson: DatasetJson): void {
  const channels = channelExpectation(datasetJson);
  const { images } = rawCase;
  // Listed files have any names; a single file may hold all channels (RGB, 4D), which shows when it is read.
  if (datasetJson.dataset) {
    if (images.length === channels.count || images.length === 1) return;
    throw new DatasetError(
      'channel-count',
      `Case ${rawCase.id} has ${counted(images.length, 'image file')}, but dataset.json names ${counted(channels.count, 'channel')}`,
      { where: images[0], hint: 'List one file for each channel, or one that holds all of them.' },
    );
  }
  const numbers = images.map((file) => numberedName(basename(file), datasetJson.file_ending)?.channel);
  if (hasAllChannels(numbers, channels)) return;
  throw new DatasetError(
    'channel-numbers',
    `Case ${rawCase.id} has files with the channel numbers ${numbersText(numbers)}, but dataset.json names the channels ${numbersText(expectedNumbers(channels))}`,
    { where: dirname(images[0]!), hint: numbersHint(rawCase, channels) },
  );
}

function numbersHint({ id, images }: RawCase, { count }: ChannelExpectation): string {
  const example = basename(images[0]!).replace(/_\d{4}(?=\.)/u, '$&_0000');
  const patients = `If the numbers count patients, add the channel, as in ${example}`;
  return count === 1
    ? `${patients} ("nnunet check" says more); otherwise correct channel_names.`
    : `Give every case the files ${id}_0000 to _${String(count - 1).padStart(4, '0')}, or correct channel_names. ${patients}.`;
}

function requireFiles(rawCase: RawCase, missing: ReadonlySet<string>): void {
  for (const file of [...rawCase.images, rawCase.label]) {
    // Elsewhere than on Windows, a backslash is a letter of the name.
    if (!missing.has(file) || !existsSync(file.replaceAll('\\', '/'))) continue;
    throw new DatasetError('path-backslash', `A path of case ${rawCase.id} in dataset.json has backslashes`, {
      where: file,
      hint: 'Write "/" between folders, as in "imagesTr/case_0000.nii.gz": a backslash separates folders on Windows only.',
    });
  }
  for (const file of rawCase.images) {
    if (missing.has(file)) {
      throw new DatasetError('image-missing', `An image of case ${rawCase.id} is missing`, {
        where: file,
        hint: checkHint,
      });
    }
  }
  if (missing.has(rawCase.label)) {
    throw new DatasetError('label-missing', `Case ${rawCase.id} has no label file`, {
      where: rawCase.label,
      hint: `Add it, or move the case's images out of ${rawPaths('').images}.`,
    });
  }
}

const checkHint = '"nnunet check" lists everything that is wrong with the dataset.';
