/** For 8-bit exports: patches of real images as the network sees them, the ranges they cause, and what rounding does to them. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeScratch } from '../../storage/scratch';
import type { ReaderName } from '../../images/types';
import { activationRanges, meanDice, segmentPatches, type Patches } from '../../inference/export/calibrate';
import { writeOnnx } from '../../inference/export/encodeModel';
import type { Graph } from '../../inference/export/graph';
import { quantisedTensors, withInt8 } from '../../inference/export/int8';
import { operatorSet } from '../../inference/export/onnxSchema';
import { InferenceError } from '../../inference/inferenceError';
import type { ModelMetadata } from '../../inference/modelMetadata';
import type { Model } from '../modelFolder';
import { previousStageLabels, withCascadeChannels } from './cascadeInput';
import { modelFiles, requireCascadeInput } from './predictionFolder';
import { loadPredictionImage } from './predictionImage';
import { inputCases } from './predictionInput';
import { preprocessCase } from '../preprocessCase';

/** More would change the ranges little. */
const mostCases = 16;
/** Of a volume for a 2D network. */
const slicesPerCase = 4;

interface Quantised {
  graph: Graph;
  measuredDice: NonNullable<ModelMetadata['measuredDice']>;
}

interface CalibrationInput {
  /** A folder, or files, like those the model is for. */
  calibrate?: readonly string[];
  /** For a cascade's second stage: folder of the first stage's label maps of these images. */
  previousStageFolder?: string;
  signal?: AbortSignal;
}

/** @throws InferenceError `calibration-missing`; EngineError `previous-stage-missing`; ImageError, DatasetError for the images */
export async function quantise(model: Model, exact: Graph, input: CalibrationInput): Promise<Quantised> {
  const { patches, cases } = await calibrationPatches(model, input);
  const scratch = await makeScratch('int8');
  try {
    const [exactFile, roundedFile] = [join(scratch, 'exact.onnx'), join(scratch, 'int8.onnx')];
    const names = quantisedTensors(exact);
    await writeOnnx(exactFile, { operatorSet }, { ...exact, innerOutputs: names });
    const graph = withInt8(exact, await activationRanges(exactFile, names, patches, input.signal));
    await writeOnnx(roundedFile, { operatorSet }, graph);
    const [expected, found] = [
      await segmentPatches(exactFile, patches, model.labels.usesRegions),
      await segmentPatches(roundedFile, patches, model.labels.usesRegions),
    ];
    return { graph, measuredDice: { cases, agreement: meanDice(found, expected) } };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function calibrationPatches(
  model: Model,
  { calibrate: images, previousStageFolder, signal }: CalibrationInput,
): Promise<{ patches: Patches; cases: number }> {
  if (!images || images.length === 0) {
    throw new InferenceError('calibration-missing', '8-bit exports need images to find the ranges of the activations', {
      hint: 'Give a few images like those the model is for with --calibrate, for example the folder imagesTr.',
    });
  }
  requireCascadeInput(model, previousStageFolder);
  const cases = (await inputCases(images, modelFiles(model, []), () => undefined)).slice(0, mostCases);
  const { plans, configuration } = model;
  const isCascade = Boolean(configuration.previous_stage);
  const data: Float32Array[] = [];
  let channels = model.imageChannels;
  for (const entry of cases) {
    signal?.throwIfAborted();
    if (entry.error) throw entry.error;
    const reader = plans.image_reader_writer as ReaderName;
    const image = await loadPredictionImage(entry, { reader, channels: model.imageChannels });
    const maskFile = join(previousStageFolder ?? '', `${entry.id}${model.datasetJson.file_ending}`);
    const previous = isCascade ? await previousStageLabels(maskFile, image, reader) : null;
    const prepared = await preprocessCase(entry, image, previous, plans, configuration, { signal });
    const volume = isCascade ? withCascadeChannels(prepared, model.labels) : prepared;
    [channels] = volume.shape;
    data.push(...middlePatches(volume.data, volume.shape, configuration.patch_size));
  }
  return { patches: { shape: [channels, ...configuration.patch_size], data }, cases: cases.length };
}

/** The patch in the middle; for 2D networks that of some slices. What lies beyond the image is zero, as in prediction. */
function middlePatches(
  volume: Float32Array,
  [channels, ...size]: readonly [number, number, number, number],
  patch: readonly number[],
): Float32Array[] {
  if (patch.length === 3) return [cut(volume, channels, size, middle(size, patch), patch)];
  const depth = size[0]!;
  const slices = Array.from({ length: slicesPerCase }, (_, index) =>
    Math.floor(((index + 0.5) * depth) / slicesPerCase),
  );
  return [...new Set(slices)].map((slice) => {
    const flat = [1, ...patch];
    const [, ...start] = middle(size, flat);
    return cut(volume, channels, size, [slice, ...start], flat);
  });
}

function middle(size: readonly number[], patch: readonly number[]): number[] {
  return size.map((voxels, axis) => Math.floor((voxels - patch[axis]!) / 2));
}

function cut(
  volume: Float32Array,
  channels: number,
  size: readonly number[],
  start: readonly number[],
  patch: readonly number[],
): Float32Array {
  const [depth, height, width] = size as [number, number, number];
  const [pz, py, px] = patch as [number, number, number];
  const [z0, y0, x0] = start as [number, number, number];
  const result = new Float32Array(channels * pz * py * px);
  const [left, right] = [Math.max(0, x0), Math.min(width, x0 + px)];
  for (let row = 0; row < channels * pz * py; row++) {
    const [channel, z, y] = [Math.floor(row / (pz * py)), z0 + (Math.floor(row / py) % pz), y0 + (row % py)];
    if (z < 0 || z >= depth || y < 0 || y >= height) continue;
    const from = ((channel * depth + z) * height + y) * width;
    result.set(volume.subarray(from + left, from + right), row * px + left - x0);
  }
  return result;
}
