/** Stage "export": trained folds of a model become one .onnx file that predicts raw images without anything else. */
import { resolve } from 'node:path';
import { requireFreeFile } from '../../dataset/outputPlace';
import { modelPaths, type Fold } from '../../dataset/results';
import { networkOf, requireFit } from '../../engine/checkpointFit';
import { packageVersion } from '../../engine/locate';
import { isStateTensor } from '../../engine/optimizerState';
import type { NetworkDescription } from '../../engine/parameterNames';
import { SafetensorsFile } from '../../engine/safetensors';
import { writeOnnx } from '../../inference/export/encodeModel';
import type { Graph } from '../../inference/export/graph';
import { withHalfWeights } from '../../inference/export/halfWeights';
import { modelGraph, type TrainedNetwork } from '../../inference/export/modelGraph';
import { operatorSet } from '../../inference/export/onnxSchema';
import { withSliceLayers } from '../../inference/export/sliceLayers';
import {
  metadataKey,
  metadataVersion,
  modelMetadataText,
  readModelMetadata,
  type ModelMetadata,
  type ModelPrecision,
} from '../../inference/modelMetadata';
import { labelColours } from '../../method/datasetJson';
import { asSafetensors, mirrorAxesOf } from '../checkpoints';
import { chooseFolds } from '../chosenFolds';
import { quantise } from './exportCalibration';
import type { Model } from '../modelFolder';
import type { StageContext } from '../progress';

/** What computes: `cpu` for a graph that processors compute faster. */
export type ExportTarget = 'any' | 'cpu';

/** What the model's card shows besides what the dataset says. */
export interface ModelCredits {
  licence?: string;
  author?: string;
  description?: string;
}

export interface ExportOnnxOptions extends ModelCredits {
  modelFolder: string;
  /** Default: every trained fold. */
  folds?: readonly Fold[];
  /** "final" unless another is asked for. */
  checkpoint?: string;
  output: string;
  precision?: ModelPrecision;
  /** For `int8`: images like those the model is for, a folder or files. */
  calibrate?: readonly string[];
  /** For `int8` of a cascade's second stage: folder of the first stage's label maps of these images. */
  previousStageFolder?: string;
  /**
   * "cpu": 2D layers over slices, twice as fast on processors, for patches of the planned size only. For other programs: the
   * prediction here turns models into that form by itself. Not for `int8`.
   */
  target?: ExportTarget;
  signal?: AbortSignal;
  warn?: StageContext['warn'];
}

export interface ExportOnnxResult {
  file: string;
  bytes: number;
  folds: Fold[];
  configuration: string;
  precision: string;
  measuredDice?: ModelMetadata['measuredDice'];
}

/**
 * @throws EngineError `not-a-model`, `no-checkpoint`, `fold-not-trained`, `checkpoint-mismatch`; InferenceError
 *   `export-unsupported`, `model-too-large`, and as `quantise`; StorageError, also as `requireFreeFile`
 */
export async function exportOnnxStage(options: ExportOnnxOptions): Promise<ExportOnnxResult> {
  const { model, checkpoints } = await chooseFolds(options);
  const first = checkpoints[0]!.file;
  const { plans, datasetJson } = modelPaths(model.folder);
  const inputs = [...checkpoints.map(({ file }) => file), plans, datasetJson, ...(options.calibrate ?? [])];
  await requireFreeFile(options.output, { inputs, isSuch: isExportedModel });
  const precision = options.precision ?? 'fp32';
  const folds = checkpoints.map(({ fold }) => fold);
  const opened: SafetensorsFile[] = [];
  try {
    const networks: (TrainedNetwork & { name: string })[] = [];
    for (const { fold, file } of checkpoints) {
      options.signal?.throwIfAborted();
      const weights = await SafetensorsFile.open(await asSafetensors(file));
      opened.push(weights);
      networks.push({ name: `fold_${fold}`, ...trainedNetwork(model, weights, file) });
    }
    const exact = modelGraph(model.configurationName, networks);
    const { graph, measuredDice } = await inPrecision(model, exact, options);
    const mirrorAxes = (await mirrorAxesOf(model, first)) ?? [];
    const metadata = describe(model, networks[0]!.network, {
      folds,
      precision,
      mirrorAxes,
      measuredDice,
      credits: options,
    });
    const header = {
      operatorSet,
      producer: 'nnU-Net for VS Code',
      producerVersion: packageVersion(),
      documentation: documentation(model, metadata),
      metadata: { [metadataKey]: modelMetadataText(metadata) },
    };
    const file = resolve(options.output);
    const { bytes } = await writeOnnx(file, header, graph);
    return { file, bytes, folds, configuration: model.configurationName, precision, measuredDice };
  } finally {
    for (const weights of opened) await weights.close();
  }
}

/** Written by this stage: it holds our description. */
async function isExportedModel(file: string): Promise<boolean> {
  return readModelMetadata(file).then(
    (metadata) => metadata !== undefined,
    () => false,
  );
}

async function inPrecision(
  model: Model,
  exact: Graph,
  options: ExportOnnxOptions,
): Promise<{ graph: Graph; measuredDice?: ModelMetadata['measuredDice'] }> {
  const { precision, target } = options;
  if (precision === 'int8') return quantise(model, exact, options);
  const graph = (target === 'cpu' && withSliceLayers(exact, model.configuration.patch_size)) || exact;
  return { graph: precision === 'fp16' ? withHalfWeights(graph) : graph };
}

/** @throws EngineError `checkpoint-mismatch` */
function trainedNetwork(model: Model, weights: SafetensorsFile, file: string): TrainedNetwork {
  const tensors = new Map([...weights.tensors].filter(([name]) => !isStateTensor(name)));
  const network = networkOf(model.plans, model.datasetJson, model.configurationName);
  requireFit(network, new Map([...tensors].map(([name, { shape }]) => [name, shape])), file);
  return { network, tensors };
}

function describe(
  model: Model,
  network: NetworkDescription,
  {
    credits,
    ...facts
  }: Pick<ModelMetadata, 'folds' | 'precision' | 'mirrorAxes' | 'measuredDice'> & {
    credits: ModelCredits;
  },
): ModelMetadata {
  const { datasetJson, plans, configuration } = model;
  const colours = labelColours(datasetJson);
  const text = (...values: unknown[]): string | undefined =>
    values.find((value): value is string => typeof value === 'string' && value.trim() !== '');
  return {
    version: metadataVersion,
    datasetName: plans.dataset_name,
    configuration: model.configurationName,
    plans,
    datasetJson,
    dims: configuration.patch_size.length === 2 ? 2 : 3,
    patchSize: configuration.patch_size,
    inputChannels: network.inputChannels,
    imageChannels: model.imageChannels,
    heads: network.outputChannels,
    ...facts,
    ...(Object.keys(colours).length > 0 && { labelColours: colours }),
    licence: text(credits.licence, datasetJson.licence, datasetJson.license),
    author: text(credits.author),
    description: text(credits.description, datasetJson.description),
    createdBy: `nnU-Net for VS Code ${packageVersion()}`,
    createdAt: new Date().toISOString(),
  };
}

/** One paragraph for people who open the file in another program. */
function documentation(model: Model, { folds, mirrorAxes, description }: ModelMetadata): string {
  const { configuration, labels, plans } = model;
  const sentences = [
    description?.replace(/\.?$/, '.'),
    `nnU-Net, dataset ${plans.dataset_name}, configuration ${model.configurationName}, fold ${folds.join(', ')}.`,
    `Segments: ${labels.foregroundNames.join(', ')}.`,
    `Patches of ${configuration.patch_size.join(' x ')} voxels of ${configuration.spacing.join(' x ')} mm.`,
    mirrorAxes.length > 0 && `Trained with mirroring along the axes ${mirrorAxes.join(', ')}.`,
    `The metadata entry "${metadataKey}" says as JSON how images are prepared and logits are read.`,
  ];
  return sentences.filter(Boolean).join(' ');
}
