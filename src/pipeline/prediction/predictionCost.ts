/** How long will predictions take, and how much memory? Told before they start, from the sizes of images and network. */
import { t } from '@vscode/l10n';
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

/** Of predictions of the same images, one after the other. @returns undefined where there are none */
export function costOfAll(costs: readonly PredictionCost[]): PredictionCost | undefined {
  const [first] = costs;
  return (
    first && {
      ...first,
      seconds: costs.reduce((sum, { seconds }) => sum + seconds, 0),
      bytes: Math.max(...costs.map(({ bytes }) => bytes)),
      deviceBytes: Math.max(...costs.map(({ deviceBytes }) => deviceBytes)),
    }
  );
}

/** "About 3 min on the processor (less on a GPU, in about 900 MB of its memory) and 1.2 GB of memory" */
export function costWords({ seconds, bytes, deviceBytes }: Omit<PredictionCost, 'availableBytes'>): string {
  return t(
    '{0} on the processor (less on a GPU, in about {1} of its memory) and {2} of memory',
    timeWords(seconds),
    gigabytes(deviceBytes),
    gigabytes(bytes),
  );
}

/** It is an estimate: one unit, and no digits that nobody knows. */
function timeWords(seconds: number): string {
  if (seconds < 10) return t('A few seconds');
  if (seconds < 90) return t('About {0} s', Math.round(seconds / 10) * 10);
  if (seconds < 5400) return t('About {0} min', Math.round(seconds / 60));
  return t('About {0} h', Number((seconds / 3600).toPrecision(2)));
}
