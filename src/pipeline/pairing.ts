/** Refuses a raw dataset whose files don't make up cases, before anything is computed. The full examination is `check`. */
import { mapConcurrently } from '../dataset/concurrency';
import { exists } from '../dataset/preprocessed';
import type { DatasetReference } from '../dataset/references';
import { readRawDataset, rawPaths, type RawCase, type RawDataset } from '../dataset/rawDataset';
import { channelNames } from '../method/datasetJson';
import { DatasetError } from '../method/errors';

/** @throws DatasetError, JsonError: the first thing that makes the dataset unusable */
export async function requirePairedDataset(dataset: DatasetReference): Promise<RawDataset> {
  if (!dataset.exists.raw) {
    throw new DatasetError('raw-missing', `The raw data of ${dataset.folderName} is not there`, {
      where: dataset.raw,
      hint: 'Import it with "nnunet import", or check --root.',
    });
  }
  const raw = await readRawDataset(dataset.raw);
  const channels = channelNames(raw.datasetJson).length;
  const missing = await missingFiles(raw.cases);
  for (const rawCase of raw.cases) requireFiles(rawCase, channels, missing);
  return raw;
}

async function missingFiles(cases: readonly RawCase[]): Promise<Set<string>> {
  const files = cases.flatMap(({ images, label }) => [...images, label]);
  const found = await mapConcurrently(files, 16, exists);
  return new Set(files.filter((_, at) => !found[at]));
}

function requireFiles(rawCase: RawCase, channels: number, missing: ReadonlySet<string>): void {
  // A single file may hold all channels (RGB, 4D); that shows when it is read.
  if (rawCase.images.length !== channels && rawCase.images.length !== 1) {
    throw new DatasetError(
      'channel-count',
      `Case ${rawCase.id} has ${rawCase.images.length} image files, but dataset.json names ${channels} channels`,
      {
        where: rawCase.images[0],
        hint: `Give every case the files ${rawCase.id}_0000 to _000${channels - 1}, or correct channel_names.`,
      },
    );
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
