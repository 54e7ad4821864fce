/** Stage "predict" with ONNX Runtime: a folder of images, by .onnx files or by a model folder whose folds are exported for it. */
import { join, resolve } from 'node:path';
import { availableCores } from '../../engine/machine';
import { readerEndings } from '../../images/endings';
import { InferenceError } from '../../inference/inferenceError';
import type { ProviderChoice } from '../../inference/providers';
import { counted } from '../../words/counted';
import { NnunetError } from '../../method/errors';
import type { ExportedFolds } from './predictExport';
import type { Sidecar } from '../../inference/sidecar';
import { foresee, foreseeForeign, type Foreseen } from './foresee';
import { describeModel, type OnnxModel } from './predictModel';
import { PredictionWorker } from './predictClient';
import type { PredictionPhase } from './predictOnnxCase';
import type { Fold } from '../../dataset/results';
import { endingOfInput, type InputCase } from './predictionInput';
import {
  modelFiles,
  openCases,
  PredictionWriter,
  requireCascadeInput,
  type FolderOptions,
  type PredictResult,
} from './predictionFolder';
import type { StageContext } from '../progress';
import { inferenceBytes, onnxRuntimeBytes } from '../resources';

interface PredictOnnxOptions extends StageContext, FolderOptions {
  /** One .onnx file, or several of one configuration, whose logits are averaged. */
  models: readonly string[];
  provider?: ProviderChoice;
  mirroring: boolean;
  stepSize: number;
  threads?: number;
  /** How the model is called where it is said what predicts. */
  title?: string;
  /** Where the folds were trained that the models were exported of. */
  modelFolder?: string;
  /** A line for people, which is no warning. */
  note?(text: string): void;
}

interface ModelFolderOptions extends Omit<PredictOnnxOptions, 'models'> {
  modelFolder: string;
  folds?: readonly Fold[];
  checkpoint?: string;
}

export async function predictFolderWithOnnx(options: ModelFolderOptions): Promise<PredictResult> {
  const { files, folds } = await exportedInWorker(options);
  return predictOnnxStage({ ...options, models: files, title: `fold ${folds.join(', ')}` });
}

/** In a process of its own, which Ctrl-C ends at once. */
async function exportedInWorker({
  modelFolder,
  folds,
  checkpoint,
  signal,
}: ModelFolderOptions): Promise<ExportedFolds> {
  const worker = new PredictionWorker();
  try {
    return await worker.export({ task: 'export', modelFolder: resolve(modelFolder), folds, checkpoint }, { signal });
  } finally {
    await worker.dispose();
  }
}

export async function predictOnnxStage(options: PredictOnnxOptions): Promise<PredictResult> {
  const files = options.models.map((file) => resolve(file));
  const described = await describeModel(files);
  return described.kind === 'nnunet'
    ? predictWithModel(described.model, options)
    : predictWithForeign(files, described.sidecar, options);
}

async function predictWithModel(model: OnnxModel, options: PredictOnnxOptions): Promise<PredictResult> {
  if (!options.isDryRun) requireCascadeInput(model, options.previousStageFolder);
  const ending = model.datasetJson.file_ending;
  const found = await openCases(modelFiles(model, model.files), options);
  const networkBytes = onnxRuntimeBytes + model.files.length * inferenceBytes(model);
  // One file may hold several folds.
  const folds = model.files.length * model.metadata.folds.length;
  const foreseen = await foresee(found, model, { ...options, folds, networkBytes });
  const writer = new PredictionWriter(found.outputs, model.texts, options);
  return predictAll(model.files, foreseen, writer, ending, options);
}

async function predictWithForeign(
  files: string[],
  sidecar: Sidecar,
  options: PredictOnnxOptions,
): Promise<PredictResult> {
  if (options.saveProbabilities) {
    throw new InferenceError('no-probabilities', 'Models of other programs give no probabilities', {
      where: files[0],
      hint: 'Leave out --save-probabilities.',
    });
  }
  const imageEnding = await endingOfInput(options.input);
  const ending = readerEndings.SimpleITKIO.includes(imageEnding) ? imageEnding : '.nii.gz';
  const channels = { count: sidecar.channels };
  const found = await openCases(
    { fileEnding: imageEnding, maskEnding: ending, reader: 'SimpleITKIO', channels, files },
    options,
  );
  const foreseen = await foreseeForeign(found, sidecar, options);
  return predictAll(files, foreseen, new PredictionWriter(found.outputs, undefined, options), ending, options);
}

async function predictAll(
  models: string[],
  { opened: { cases }, result }: Foreseen,
  writer: PredictionWriter,
  ending: string,
  options: PredictOnnxOptions,
): Promise<PredictResult> {
  if (cases.length === 0 || options.isDryRun) return result;
  const { signal } = options;
  const threads = options.threads ?? availableCores();
  let worker: PredictionWorker | undefined;
  /** Opened again after an image at which the whole worker was lost. */
  const openWorker = async (): Promise<PredictionWorker> => {
    worker = new PredictionWorker();
    const task = { task: 'open', models, provider: options.provider ?? 'auto', threads } as const;
    const { provider } = await worker.open(task, { signal });
    const message = `ONNX Runtime on ${provider}, ${counted(threads, 'thread')}${options.title ? `, ${options.title}` : ''}`;
    options.progress({ stage: 'predict', state: 'started', done: result.cases.length, total: cases.length, message });
    return worker;
  };
  try {
    await openWorker();
    for (const [index, entry] of cases.entries()) {
      const tell = (message: string): void =>
        options.progress({ stage: 'predict', state: 'progress', done: index, total: cases.length, message });
      try {
        const working = (worker ??= await openWorker());
        const onProgress = (phase: PredictionPhase, done: number, total: number): void =>
          tell(`${entry.id}: ${phaseText[phase]}${share(done, total)}`);
        let took = 0;
        const output = await writer.write(async (folder) => {
          const request = requestFor(entry, folder, ending, threads, options);
          const { file, seconds } = await working.predict(
            { task: 'predict', returnLabels: false, request },
            { signal, onProgress },
          );
          took = seconds;
          return file!;
        });
        result.cases.push({ case: entry.id, output, seconds: took });
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof NnunetError)) throw error;
        if (isFatal(error)) throw error;
        result.failed.push({ case: entry.id, error });
        if (workerLosses.has(error.code)) worker = undefined;
      }
      options.progress({
        stage: 'predict',
        state: 'progress',
        done: index + 1,
        total: cases.length,
        message: entry.id,
      });
    }
  } finally {
    await worker?.dispose();
  }
  options.progress({ stage: 'predict', state: 'done', done: cases.length, total: cases.length });
  return result;
}

function requestFor(
  entry: InputCase,
  folder: string,
  fileEnding: string,
  threads: number,
  options: PredictOnnxOptions,
) {
  return {
    id: entry.id,
    images: entry.images,
    mirroring: options.mirroring,
    stepSize: options.stepSize,
    threads,
    previousLabels: options.previousStageFolder && join(options.previousStageFolder, `${entry.id}${fileEnding}`),
    fileEnding,
    output: join(folder, entry.id),
    saveProbabilities: options.saveProbabilities,
  };
}

const workerLosses = new Set(['out-of-memory', 'inference-lost']);

/** What would fail on every image: the trouble is the model, or the disk for the masks. */
function isFatal({ code }: NnunetError): boolean {
  return ['model-unfit', 'model-damaged', 'disk-full', 'read-only-disk'].includes(code);
}

const phaseText = {
  read: 'reading',
  preprocess: 'preparing',
  preview: 'coarse pass',
  predict: 'predicting',
  export: 'making labels',
  write: 'writing',
} as const;

function share(done: number, total: number): string {
  return total > 0 ? `, tile ${done} of ${total}` : '';
}
