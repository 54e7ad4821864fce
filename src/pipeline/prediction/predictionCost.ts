/** How long will predictions take, and how much memory? Told before they start, from the sizes of images and network. */
import { availableCores, memoryState } from '../../engine/machine';
import { countTiles } from '../../inference/slidingWindow';
import type { Model } from '../modelFolder';
import {
  gigabytes,
  patchOperations,
  predictionBytes,
  predictionDeviceBytes,
  resampledShape,
  type ImageSize,
} from '../resources';

export interface PredictionCost {
  /** On the processor; a GPU is many times faster. */
  seconds: number;
  /** Of the largest image. */
  bytes: number;
  /** Of a GPU's memory, where one computes: images stay in the machine's own. */
  deviceBytes: number;
  /** Memory that was free when it was asked. */
  availableBytes: number;
}

export interface CostOptions {
  folds: number;
  mirroring: boolean;
  stepSize: number;
  threads?: number;
  /** What the network itself and its runtime take. */
  networkBytes?: number;
}

/** Multiplications with additions a second and core: both engines, measured in 3D convolutions on AVX2. */
const operationsPerCore = 18e9;
/** Reading, resampling both ways and writing: for each voxel of the image, and each voxel and class of what is predicted. */
const secondsPerVoxel = 1e-7;
const secondsPerScore = 2e-8;
const secondsPerCase = 0.5;

export function predictionCost(images: readonly ImageSize[], model: Model, options: CostOptions): PredictionCost {
  const { folds, mirroring, stepSize, threads = availableCores(), networkBytes } = options;
  const patch = model.configuration.patch_size;
  const views = mirroring ? 2 ** patch.length : 1;
  const operations = patchOperations(model) * views * folds;
  const cost: PredictionCost = {
    seconds: 0,
    bytes: 0,
    deviceBytes: predictionDeviceBytes(model, folds),
    availableBytes: memoryState().availableBytes,
  };
  for (const image of images) {
    const shape = resampledShape(image, model);
    const tiles = countTiles(shape, { patch, stepSize, mirrorAxes: null });
    const voxels = image.shape.reduce((product, length) => product * length, 1);
    const scores = shape.reduce((product, length) => product * length, model.labels.numHeads);
    const computing = (tiles * operations) / (operationsPerCore * threads);
    cost.seconds += computing + voxels * secondsPerVoxel + scores * secondsPerScore + secondsPerCase;
    cost.bytes = Math.max(cost.bytes, predictionBytes(image, model, networkBytes));
  }
  return cost;
}

/** "About 3 min on the processor (less on a GPU, in about 900 MB of its memory) and 1.2 GB of memory" */
export function costWords({ seconds, bytes, deviceBytes }: Omit<PredictionCost, 'availableBytes'>): string {
  return `${timeWords(seconds)} on the processor (less on a GPU, in about ${gigabytes(deviceBytes)} of its memory) and ${gigabytes(bytes)} of memory`;
}

/** It is an estimate: one unit, and no digits that nobody knows. */
function timeWords(seconds: number): string {
  if (seconds < 10) return 'A few seconds';
  if (seconds < 90) return `About ${Math.round(seconds / 10) * 10} s`;
  if (seconds < 5400) return `About ${Math.round(seconds / 60)} min`;
  return `About ${Number((seconds / 3600).toPrecision(2))} h`;
}
