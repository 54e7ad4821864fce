/**
 * Segments one image with an ONNX model: for an editor that shows the mask as it grows. Knows nothing of VS Code.
 *
 *   const predictor = await openPredictor({ model: 'model.onnx' });       // keeps the network loaded between images
 *   predictor.provider                                                    // "processor", "CUDA" …: to be said aloud
 *   const result = await predictor.predict({ images: ['scan.nii.gz'], signal, onProgress, onTiles, region, output });
 *   await predictor.dispose();
 *
 * - All work runs in a process of its own: the caller's thread is never blocked, and whatever a broken model does ends
 *   that process only. Aborting `signal` ends it at once and frees all it held; a predictor is of no use afterwards.
 * - `onTiles` gets boxes of labels in the image's own voxels (z, y, x), of a first pass without overlap and mirroring.
 *   Each box replaces what was shown there before. The result then replaces everything.
 * - `region` is a box of voxels: only it is segmented, with as much around it as the network needs to see; the rest of
 *   the label map is 0. Intensities are normalised over the whole image, so that the result fits the whole's.
 * - The result holds the label map on the image's grid, and for each label or region its voxels, mm³ and ml.
 */
import type { VoxelBox } from '../../geometry/types';
import { basename, dirname, join, resolve } from 'node:path';
import { OutputFolder } from '../../dataset/ownedOutputs';
import { availableCores } from '../../engine/machine';
import { splitEnding } from '../../images/endings';
import type { ProviderChoice } from '../../inference/providers';
import type { Fold } from '../../dataset/results';
import { describeModel, isOnnxFile, labelsOfSidecar, type DescribedModel, type OnnxModel } from './predictModel';
import { inferenceBytes, onnxRuntimeBytes, warnOfPredictionMemory } from '../resources';
import { PredictionWorker, type WorkerOptions } from './predictClient';
import type { PredictionPhase } from './predictOnnxCase';
import type { LabelBox } from './predictPreview';
import { modelSetOf } from './modelSet';
import type { LabelVolume, OpenSetTask } from './predictMessages';
import { requireCascadeInput } from './predictionFolder';
import type { ModelSet } from './setMembers';

interface PredictorOptions extends WorkerOptions {
  /**
   * An .onnx file, several of one configuration (averaged), or a model folder, whose folds are then exported; a dataset's
   * inference_information.json for its best model, the record of an exported set.
   */
  model: string | readonly string[];
  /** Of a model folder; by default all that are trained. */
  folds?: readonly Fold[];
  provider?: ProviderChoice;
  threads?: number;
  signal?: AbortSignal;
}

export interface ImageOptions {
  /** One file for each channel, in order, or one with all channels. */
  images: readonly string[];
  /** true by default: more accurate, and up to eight times slower. */
  mirroring?: boolean;
  /** Distance of neighbouring tiles, in tiles; 0.5 by default. */
  stepSize?: number;
  /** In voxels of the image, (z, y, x). */
  region?: VoxelBox;
  /** Where the label map goes, with its ending; absent: nothing is written. */
  output?: string;
  /** Cascade: label map of the previous stage on the same grid. */
  previousLabels?: string;
  signal?: AbortSignal;
  onProgress?(progress: ImageProgress): void;
  onTiles?(box: LabelBox): void;
  /** Before the work starts: what may go wrong, such as memory that will hardly do. */
  onWarning?(code: string, message: string): void;
}

export interface ImageProgress {
  phase: PredictionPhase;
  /** Tiles, mirrored ones counted; 0 of 0 where a phase has none. */
  done: number;
  total: number;
}

export interface ImagePrediction {
  labels: Uint8Array | Uint16Array;
  /** (z, y, x) */
  shape: [number, number, number];
  volumes: (LabelVolume & { ml: number })[];
  /** The file that was written. */
  file?: string;
  seconds: number;
}

interface Predictor {
  /** What it runs on, in words. */
  provider: string;
  threads: number;
  /** Name of each value of the label maps, without the background. */
  labelNames: Map<number, string>;
  /** @throws ImageError, DatasetError for images that can't be used; InferenceError `out-of-memory`, `inference-lost` */
  predict(options: ImageOptions): Promise<ImagePrediction>;
  dispose(): Promise<void>;
}

/** @throws InferenceError `model-…`, `sidecar-invalid`, `onnxruntime-missing`, `provider-failed`; the signal's reason */
export async function openPredictor(options: PredictorOptions): Promise<Predictor> {
  const { signal, provider = 'auto', threads = availableCores() } = options;
  const worker = new PredictionWorker(options);
  try {
    const [path = '', ...more] = [options.model].flat();
    const set = more.length === 0 && options.folds === undefined ? await modelSetOf(path) : undefined;
    if (set) return await openSet(worker, set, options, { provider, threads });
    const models = await filesOf(worker, options);
    const described = await describeModel(models);
    const opened = await worker.open({ task: 'open', models, provider, threads }, { signal });
    return {
      ...opened,
      labelNames: labelNamesOf(described),
      predict: (image) => predictWith(worker, described, threads, image),
      dispose: () => worker.dispose(),
    };
  } catch (error) {
    await worker.dispose();
    throw error;
  }
}

async function openSet(
  worker: PredictionWorker,
  set: ModelSet,
  options: PredictorOptions,
  how: { provider: ProviderChoice; threads: number },
): Promise<Predictor> {
  const { signal } = options;
  const members: OpenSetTask['members'] = [];
  for (const { model, folds, previous, isCounted } of set.members)
    members.push({ models: await filesOf(worker, { ...options, model, folds }), previous, isCounted });
  const described = await describeModel(members.find(({ isCounted }) => isCounted)!.models);
  const { postprocessing } = set;
  const opened = await worker.open({ task: 'open-set', members, postprocessing, ...how }, { signal });
  return {
    ...opened,
    labelNames: labelNamesOf(described),
    predict: (image) => writtenWith(worker, how.threads, image),
    dispose: () => worker.dispose(),
  };
}

async function predictWith(
  worker: PredictionWorker,
  described: DescribedModel,
  threads: number,
  options: ImageOptions,
): Promise<ImagePrediction> {
  if (described.kind === 'nnunet') {
    requireCascadeInput(described.model, options.previousLabels);
    await warnOfMemory(described.model, options);
  }
  return writtenWith(worker, threads, options);
}

/** Where a file is asked for, it is there when it is whole. */
async function writtenWith(worker: PredictionWorker, threads: number, options: ImageOptions): Promise<ImagePrediction> {
  const { output, previousLabels } = options;
  if (output === undefined) return predictTo(worker, threads, options, undefined);
  const outputs = await OutputFolder.open(dirname(output));
  const inputs = [...options.images, ...(previousLabels === undefined ? [] : [previousLabels])];
  await outputs.requireReplaceable([{ name: basename(output) }], inputs);
  const result = await outputs.write((folder) => predictTo(worker, threads, options, join(folder, basename(output))));
  return { ...result, file: outputs.path(result.file!) };
}

async function predictTo(
  worker: PredictionWorker,
  threads: number,
  options: ImageOptions,
  output: string | undefined,
): Promise<ImagePrediction> {
  const { stem, ending } = splitEnding(options.images[0] ?? '');
  const written = output === undefined ? undefined : splitEnding(output);
  const { labels, volumes, shape, file, seconds } = await worker.predict(
    {
      task: 'predict',
      returnLabels: true,
      request: {
        id: stem,
        images: options.images.map((image) => resolve(image)),
        mirroring: options.mirroring ?? true,
        stepSize: options.stepSize ?? 0.5,
        threads,
        previousLabels: options.previousLabels && resolve(options.previousLabels),
        region: options.region,
        output: written && output!.slice(0, output!.length - written.ending.length),
        fileEnding: written?.ending ?? ending,
        preview: options.onTiles !== undefined,
      },
    },
    {
      signal: options.signal,
      onProgress: (phase, done, total) => options.onProgress?.({ phase, done, total }),
      onPreview: options.onTiles,
    },
  );
  const withMl = volumes.map((volume) => ({ ...volume, ml: volume.mm3 / 1000 }));
  return { labels: labels!, shape, volumes: withMl, file, seconds };
}

async function warnOfMemory(model: OnnxModel, { images, region, onWarning }: ImageOptions): Promise<void> {
  if (!onWarning || region) return;
  const networkBytes = onnxRuntimeBytes + model.files.length * inferenceBytes(model);
  const context = { warn: onWarning, progress: () => undefined };
  await warnOfPredictionMemory([{ id: images[0] ?? '', images: [...images] }], model, context, networkBytes);
}

async function filesOf(worker: PredictionWorker, { model, folds, signal }: PredictorOptions): Promise<string[]> {
  const given = [model].flat();
  if (given.every(isOnnxFile)) return given.map((file) => resolve(file));
  return (await worker.export({ task: 'export', modelFolder: resolve(given[0]!), folds }, { signal })).files;
}

function labelNamesOf(described: DescribedModel): Map<number, string> {
  if (described.kind === 'nnunet') {
    const { labels } = described.model;
    return new Map([...labels.labelNames].filter(([value]) => value !== 0));
  }
  const { foreground, foregroundNames } = labelsOfSidecar(described.sidecar);
  return new Map(foreground.map((value, index) => [value as number, foregroundNames[index]!]));
}
