/** Reads one case's image and label, and refuses what training could only fail on. */
import { basename } from 'node:path';
import type { RawCase } from '../dataset/rawDataset';
import { readImages, readSegmentation } from '../images/volumes';
import type { ReaderName, Volume } from '../images/types';
import { counted } from '../words/counted';
import { DatasetError } from '../method/errors';
import type { LabelManager } from '../method/labels';
import { firstNonFinite } from '../voxels/finite';
import { labelValues } from '../voxels/metrics';
import { notFinite } from './intensityErrors';

interface LoadedCase {
  image: Volume;
  segmentation: Int16Array;
  /** Something other than background and ignore is labelled. */
  hasForeground: boolean;
}

interface CaseExpectations {
  reader: ReaderName;
  channels: number;
  labels: LabelManager;
}

/** Other image channels than dataset.json, or the model, names. */
export class ChannelCountError extends DatasetError {
  constructor(
    caseId: string,
    readonly found: number,
    readonly expected: number,
    where: string | undefined,
  ) {
    const message = `Case ${caseId} has ${counted(found, 'image channel')}, but dataset.json names ${expected}`;
    super('channel-count', message, { where, hint: 'Correct channel_names in dataset.json, or the image files.' });
  }
}

/** @throws ImageError for files that can't be read; DatasetError `channel-count`, `shape-mismatch`, `voxels-not-finite`, `label-…` */
export async function loadTrainingCase(
  rawCase: RawCase,
  expected: CaseExpectations,
  signal?: AbortSignal,
): Promise<LoadedCase> {
  const image = await loadImage(rawCase.id, rawCase.images, expected);
  signal?.throwIfAborted();
  const label = await readSegmentation(rawCase.label, expected.reader);
  const [, ...imageShape] = image.shape;
  const [labelChannels, ...labelShape] = label.shape;
  if (labelChannels !== 1 || imageShape.some((size, axis) => size !== labelShape[axis])) {
    throw new DatasetError(
      'shape-mismatch',
      `Case ${rawCase.id}: the image has shape ${imageShape.join('x')}, its label ${labelChannels === 1 ? '' : `${counted(labelChannels, 'channel')} of `}${labelShape.join('x')}`,
      { where: rawCase.label, hint: 'Replace the label by one that was drawn on this image.' },
    );
  }
  return { image, ...(await labelsOf(label.data, rawCase, expected.labels)) };
}

/** @throws ImageError; DatasetError `channel-count`, `voxels-not-finite` */
export async function loadImage(
  caseId: string,
  files: readonly string[],
  { reader, channels }: Omit<CaseExpectations, 'labels'>,
): Promise<Volume> {
  const image = await readImages(files, reader);
  if (image.shape[0] !== channels) throw new ChannelCountError(caseId, image.shape[0], channels, files[0]);
  const bad = firstNonFinite(image.data);
  if (bad !== undefined) throw notFinite({ id: caseId, images: files }, image, bad);
  return image;
}

async function labelsOf(
  data: Float32Array,
  rawCase: RawCase,
  labels: LabelManager,
): Promise<Omit<LoadedCase, 'image'>> {
  const { values, nonInteger, nonFinite } = await labelValues(data);
  const where = rawCase.label;
  if (nonFinite || nonInteger) {
    throw new DatasetError(
      'label-not-integer',
      `The label of case ${rawCase.id} has values that are no whole numbers`,
      {
        where,
        hint: 'Labels must be 0, 1, 2, …; resample label maps with nearest-neighbour interpolation only.',
      },
    );
  }
  const known = new Set([...labels.allLabels, ...(labels.ignoreLabel === undefined ? [] : [labels.ignoreLabel])]);
  const unknown = values.filter((value) => !known.has(value));
  if (unknown.length > 0) {
    throw new DatasetError(
      'label-undeclared',
      `The label of case ${rawCase.id} has the values ${unknown.join(', ')}, which dataset.json does not declare`,
      {
        where,
        hint: `Declare them in dataset.json, or correct ${basename(where)}.`,
      },
    );
  }
  const hasForeground = values.some((value) => value !== 0 && value !== labels.ignoreLabel);
  return { segmentation: new Int16Array(data), hasForeground };
}
