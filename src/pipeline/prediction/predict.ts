/** Stage "predict": from images to label maps in their own geometry, with one fold or the mean of several. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeScratch } from '../../storage/scratch';
import { npyArray, writeNpy } from '../../dataset/npy';
import type { Fold } from '../../dataset/results';
import { writeFileAtomic } from '../../storage/atomicFile';
import { locateCore } from '../../engine/locate';
import { readHeader } from '../../images/header';
import type { ReaderName } from '../../images/types';
import type { ProviderChoice } from '../../inference/providers';
import { EngineError, NnunetError } from '../../method/errors';
import { stringifyJson } from '../../method/jsonWriter';
import { fittingSafetensors, mirrorAxesOf } from '../checkpoints';
import { chooseFolds } from '../chosenFolds';
import { forEachCase } from '../eachCase';
import type { Model } from '../modelFolder';
import { predictCases, type CaseToPredict } from './predictCases';
import { loadPredictionImage } from './predictionImage';
import { foresee } from './foresee';
import type { InputCase } from './predictionInput';
import {
  modelFiles,
  openCases,
  PredictionWriter,
  requireCascadeInput,
  type FailedPrediction,
  type PredictResult,
} from './predictionFolder';
import { previousStageLabels } from './cascadeInput';
import { predictFolderWithOnnx } from './predictOnnx';
import { preprocessCase } from '../preprocessCase';
import type { StageContext } from '../progress';
import { requireEngine } from '../requireEngine';
import { inferenceBytes, onnxRuntimeBytes } from '../resources';

export interface PredictOptions extends StageContext {
  modelFolder: string;
  /** native: nnunet-core; onnx: ONNX Runtime, for which the folds are exported. By default native where it is installed. */
  engine?: 'native' | 'onnx';
  /** Of ONNX Runtime; auto by default. */
  provider?: ProviderChoice;
  /** A folder of images, or image files. */
  input: readonly string[];
  output: string;
  folds?: readonly Fold[];
  /** "final", "best" or "latest". */
  checkpoint?: string;
  mirroring: boolean;
  stepSize: number;
  saveProbabilities: boolean;
  device: string;
  precision: string;
  threads?: number;
  workers?: number;
  /** Leave out cases that have an output already. */
  skipExisting: boolean;
  /** Cascade: folder of the previous stage's label maps, CASE + ending. */
  previousStageFolder?: string;
  logFile?: string;
  /** Only says what speaks against it and what it costs; nothing is predicted. */
  isDryRun?: boolean;
  /** A line for people, which is no warning. */
  note?(text: string): void;
}

/** Preprocessed images that wait on disk for the core, at most. */
const batchBytes = 2 ** 30;

export async function predictStage(options: PredictOptions): Promise<PredictResult> {
  const { model, checkpoints } = await chooseFolds(options);
  const isOnnx = await choosesOnnx(options);
  if (isOnnx && !options.isDryRun) return predictFolderWithOnnx(options);
  if (!options.isDryRun) requireCascadeInput(model, options.previousStageFolder);
  const read = checkpoints.map(({ file }) => file);
  const found = await openCases(modelFiles(model, read), options);
  if (!isOnnx) await requireEngine(options.device);
  const networkBytes = isOnnx ? onnxRuntimeBytes + checkpoints.length * inferenceBytes(model) : undefined;
  const foreseen = await foresee(found, model, { ...options, folds: checkpoints.length, networkBytes });
  const { result } = foreseen;
  const { cases, outputs } = foreseen.opened;
  if (cases.length === 0 || options.isDryRun) return result;
  const writer = new PredictionWriter(outputs, model.texts, options);

  const mirrorAxes = options.mirroring ? await mirrorAxesOf(model, checkpoints[0]!.file) : null;
  const weights = await Promise.all(checkpoints.map(({ file }) => fittingSafetensors(file, model)));
  let done = 0;
  const folds = checkpoints.map(({ fold }) => fold).join(', ');
  options.progress({ stage: 'predict', state: 'started', done, total: cases.length, message: `fold ${folds}` });
  const advance = (message: string): void => {
    done += 1;
    options.progress({ stage: 'predict', state: 'progress', done, total: cases.length, message });
  };
  for (const batch of await inBatches(cases)) {
    const scratch = await makeScratch('images');
    try {
      const ready = await preprocessBatch(batch, scratch, model, options, (failed) => {
        result.failed.push(failed);
        advance(failed.case);
      });
      if (ready.length === 0) continue;
      await predictCases(ready, {
        ...options,
        model,
        checkpoints: weights,
        mirrorAxes,
        writeCase: (write) => writer.write(write),
        onWritten: (written) => {
          result.cases.push(written);
          advance(written.case);
        },
      });
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
  options.progress({ stage: 'predict', state: 'done', done, total: cases.length });
  return result;
}

/** Says so where ONNX takes the place of an engine that is not installed. */
async function choosesOnnx({ engine, warn }: PredictOptions): Promise<boolean> {
  if (engine) return engine === 'onnx';
  try {
    locateCore();
    return false;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    warn('engine-missing', `The native engine is not installed: ONNX Runtime predicts instead. (${error.where})`);
    return true;
  }
}

async function preprocessBatch(
  batch: readonly InputCase[],
  scratch: string,
  model: Model,
  options: PredictOptions,
  onFailed: (failed: FailedPrediction) => void,
): Promise<CaseToPredict[]> {
  const ready: (CaseToPredict | undefined)[] = [];
  const reader = model.plans.image_reader_writer as ReaderName;
  await forEachCase(batch, options, async ({ id, images }, index, native) => {
    try {
      const image = await loadPredictionImage({ id, images }, { reader, channels: model.imageChannels });
      const previous = options.previousStageFolder
        ? await previousStageLabels(
            join(options.previousStageFolder, `${id}${model.datasetJson.file_ending}`),
            image,
            reader,
          )
        : null;
      const { data, segmentation, shape, properties } = await preprocessCase(
        { id, images },
        image,
        previous,
        model.plans,
        model.configuration,
        native,
      );
      const files = { data: join(scratch, `${index}.npy`), propertiesFile: join(scratch, `${index}.json`) };
      await writeNpy(files.data, npyArray(data, shape));
      await writeFileAtomic(files.propertiesFile, stringifyJson(properties));
      const previousStage = previous ? join(scratch, `${index}_previous.npy`) : undefined;
      if (previousStage) await writeNpy(previousStage, npyArray(segmentation, shape.slice(1)));
      ready[index] = { case: id, ...files, properties, previousStage };
    } catch (error) {
      if (!(error instanceof NnunetError)) throw error;
      onFailed({ case: id, error });
    }
  });
  return ready.filter((entry) => entry !== undefined);
}

async function inBatches(cases: readonly InputCase[]): Promise<InputCase[][]> {
  const batches: InputCase[][] = [];
  let room = 0;
  for (const entry of cases) {
    const header = await readHeader(entry.images[0]!).catch(() => undefined);
    const bytes = header
      ? 4 * header.shape.reduce((product, size) => product * size, header.channels * entry.images.length)
      : 0;
    if (batches.length === 0 || bytes > room) {
      batches.push([]);
      room = batchBytes;
    }
    batches.at(-1)!.push(entry);
    room -= bytes;
  }
  return batches;
}
