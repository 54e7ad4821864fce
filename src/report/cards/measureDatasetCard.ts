/** Makes the card of a dataset: reads every image and label once, for volumes, intensities and small pictures. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonWith, requireFreeFile } from '../../dataset/outputPlace';
import { readRawDataset, type RawCase } from '../../dataset/rawDataset';
import type { DatasetReference } from '../../dataset/references';
import type { Vector3 } from '../../geometry/types';
import { readImages, readSegmentation } from '../../images/volumes';
import type { ReaderName } from '../../images/types';
import { channelNames, type DatasetJson } from '../../method/datasetJson';
import { NnunetError } from '../../method/errors';
import { LabelManager, labelOrRegionKey } from '../../method/labels';
import { readerOf } from '../../pipeline/measureDataset';
import type { StageContext } from '../../pipeline/progress';
import { writeFileAtomic } from '../../storage/atomicFile';
import { drawSlice } from '../drawSlice';
import { isPicture } from '../isPicture';
import type { Picture } from '../report';
import { wholeSliceOf } from '../slices';
import type { CardCase, CardChannel, DatasetCard } from './datasetCard';
import { IntensitySample } from './intensitySample';

interface CardOptions extends StageContext {
  /** So many cases are drawn, evenly from all. */
  pictures: number;
}

/** Of all cases together, for each channel. */
const sampledVoxels = 1_000_000;

/** Where the card of a dataset lies: among what this program notes of it. */
export const cardFile = ({ preprocessed }: Pick<DatasetReference, 'preprocessed'>): string =>
  join(preprocessed, '.nnunet', 'dataset_card.json');

export const isDatasetCard = (file: string): Promise<boolean> =>
  isJsonWith(file, ['format', 'dataset', 'cases', 'channels']);

/** @throws DatasetError where there are no cases, or dataset.json is wrong */
export async function makeDatasetCard(
  dataset: DatasetReference,
  { pictures, progress, signal }: CardOptions,
): Promise<{ file: string; card: DatasetCard }> {
  const file = cardFile(dataset);
  await requireFreeFile(file, { isSuch: isDatasetCard });
  const raw = await readRawDataset(dataset.raw);
  const reader = await readerOf(raw);
  const { datasetJson, cases } = raw;
  const names = channelNames(datasetJson);
  const perCase = Math.max(1000, Math.floor(sampledVoxels / cases.length));
  const samples = names.map(() => new IntensitySample(perCase));
  const step = Math.max(1, cases.length / Math.max(1, pictures));
  const drawn = new Set(
    Array.from({ length: Math.min(pictures, cases.length) }, (_, at) => cases[Math.floor(at * step)]!.id),
  );
  const read: CardCase[] = [];
  const unread: DatasetCard['unread'] = [];
  const volumeUnit = isPicture(cases[0]!.images[0]!) ? 'pixel' : 'ml';
  progress({ stage: 'check', state: 'started', done: 0, total: cases.length });
  for (const [at, one] of cases.entries()) {
    signal?.throwIfAborted();
    try {
      const found = await readCase(one, { reader, datasetJson, samples, volumeUnit });
      read.push({ ...found.card, ...(drawn.has(one.id) && pictured(found)) });
    } catch (error) {
      if (!(error instanceof NnunetError)) throw error;
      unread.push({ id: one.id, message: error.oneLine });
    }
    progress({ stage: 'check', state: 'progress', done: at + 1, total: cases.length, message: one.id });
  }
  const { foreground, foregroundNames } = new LabelManager(datasetJson);
  const card: DatasetCard = {
    format: 'nnunet-dataset-card',
    dataset: dataset.folderName,
    created: new Date().toISOString(),
    labels: foreground.map((entry, at) => ({ key: labelOrRegionKey(entry), name: foregroundNames[at]! })),
    channels: names.map((name, at): CardChannel => ({ name, ...samples[at]!.histogram() })),
    ...{ volumeUnit, cases: read, unread },
  };
  await mkdir(join(dataset.preprocessed, '.nnunet'), { recursive: true });
  await writeFileAtomic(file, `${JSON.stringify(card)}\n`);
  progress({ stage: 'check', state: 'done', done: cases.length, total: cases.length });
  return { file, card };
}

interface CaseContext {
  reader: ReaderName;
  datasetJson: DatasetJson;
  samples: readonly IntensitySample[];
  volumeUnit: DatasetCard['volumeUnit'];
}

interface ReadCase {
  card: CardCase;
  image: Float32Array;
  label: Float32Array;
}

async function readCase(one: RawCase, { reader, datasetJson, samples, volumeUnit }: CaseContext): Promise<ReadCase> {
  const image = await readImages(one.images, reader);
  const label = await readSegmentation(one.label, reader);
  const shape = image.shape.slice(1) as Vector3;
  const spacing = [...image.properties.spacing] as Vector3;
  const voxels = shape.reduce((product, size) => product * size, 1);
  const isSame = String(label.shape.slice(1)) === String(shape);
  const mask = isSame ? label.data : undefined;
  for (const [channel, sample] of samples.entries()) {
    if (channel < image.shape[0]) sample.add(image.data.subarray(channel * voxels, (channel + 1) * voxels), mask);
  }
  const edge = label.properties.spacing.reduce((product, mm) => product * mm, 1);
  const voxel = volumeUnit === 'pixel' ? 1 : edge / 1000;
  const volumes = volumesOf(label.data, voxel, new LabelManager(datasetJson));
  return { card: { id: one.id, shape, spacing, volumes }, image: image.data.subarray(0, voxels), label: label.data };
}

/** @param voxel  the volume of one. */
export function volumesOf(
  label: Float32Array,
  voxel: number,
  { foreground }: Pick<LabelManager, 'foreground'>,
): Record<string, number> {
  const counts = new Map<number, number>();
  // Most voxels are of the value before them.
  let [last, run] = [NaN, 0];
  for (const value of label) {
    if (value === last) run += 1;
    else {
      if (run > 0) counts.set(last, (counts.get(last) ?? 0) + run);
      [last, run] = [value, 1];
    }
  }
  if (run > 0) counts.set(last, (counts.get(last) ?? 0) + run);
  return Object.fromEntries(
    foreground.map((entry) => {
      const count = [entry].flat().reduce((sum, value) => sum + (counts.get(value) ?? 0), 0);
      return [labelOrRegionKey(entry), count * voxel];
    }),
  );
}

function pictured({ card: { shape, spacing }, image, label }: ReadCase): { picture?: Picture } {
  if (label.length !== image.length) return {};
  const slice = wholeSliceOf({ shape, spacing, reference: label, prediction: new Float32Array(label.length), image });
  return slice ? { picture: drawSlice(slice) } : {};
}
