/** One image's way through an ONNX model: read, preprocess, sliding window, export to labels, write. Runs in the prediction worker. */
import type { Shape3, Vector3, VoxelBox } from '../../geometry/types';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { resamplingSettings, dimensions, requireDefaultResampling } from '../../engine/job';
import type { CaseProperties } from '../../dataset/properties';
import { casePickle } from '../../dataset/properties';
import { npyArray } from '../../dataset/npy';
import { writeNpz } from '../../dataset/npz';
import { writeFileAtomic } from '../../storage/atomicFile';
import type { ReaderName, Volume } from '../../images/types';
import { writeSegmentation } from '../../images/write';
import {
  countTiles,
  predictLogits,
  type Tile,
  type TileNetwork,
  type WindowHooks,
  type WindowSettings,
} from '../../inference/slidingWindow';
import { exportLogits, type ExportedSegmentation } from '../../voxels/export';
import { FileAxes } from './predictAxes';
import type { OnnxModel } from './predictModel';
import { loadPredictionImage } from './predictionImage';
import { labelsOfTile, type LabelBox } from './predictPreview';
import { clearOutside, shifted } from './predictRegion';
import { previousStageLabels, withCascadeChannels } from './cascadeInput';
import { preprocessCase, targetSpacingOf, type PreprocessedCase } from '../preprocessCase';

export interface CaseRequest {
  id: string;
  /** In channel order, or one file with all channels. */
  images: string[];
  mirroring: boolean;
  stepSize: number;
  threads: number;
  /** Cascade: label map of the previous stage on the image's grid. */
  previousLabels?: string;
  /** Part of the image, in its file's own axes, that is segmented; the rest becomes background. */
  region?: VoxelBox;
  /** Where to write: OUTPUT_FOLDER/CASE without ending. Absent: nothing is written. */
  output?: string;
  fileEnding?: string;
  saveProbabilities?: boolean;
  /** A coarse mask first, box by box. */
  preview?: boolean;
}

export interface CaseHooks extends WindowHooks {
  onPhase?(phase: PredictionPhase): void;
  onPreview?(box: LabelBox): void;
}

export type PredictionPhase = 'read' | 'preprocess' | 'preview' | 'predict' | 'export' | 'write';

export interface PredictedLabels {
  labels: Uint8Array | Uint16Array;
  /** (z, y, x) of the image file's own axes, also where a reader reorients it. */
  shape: Shape3;
  properties: CaseProperties;
  file?: string;
}

/** A case as it is segmented, on the array's axes. */
export interface SegmentedCase {
  labels: Uint8Array | Uint16Array;
  shape: Shape3;
  /** (heads, z, y, x), where they are asked for. */
  probabilities?: Float32Array;
  properties: CaseProperties;
  axes: FileAxes;
  /** The part that is wanted. */
  region?: VoxelBox;
}

export async function predictOnnxCase(
  model: OnnxModel,
  networks: readonly TileNetwork[],
  request: CaseRequest,
  hooks: CaseHooks,
): Promise<PredictedLabels> {
  return finishCase(model, await segmentCase(model, networks, request, hooks), request, hooks);
}

/** Nothing is written, and what lies outside of the region may have labels. */
export async function segmentCase(
  model: OnnxModel,
  networks: readonly TileNetwork[],
  request: CaseRequest,
  hooks: CaseHooks,
): Promise<SegmentedCase> {
  const { plans, configuration } = model;
  const reader = plans.image_reader_writer as ReaderName;
  hooks.onPhase?.('read');
  const image = await loadPredictionImage(request, { reader, channels: model.imageChannels });
  const previous = request.previousLabels ? await previousStageLabels(request.previousLabels, image, reader) : null;
  hooks.onPhase?.('preprocess');
  const axes = new FileAxes(image.properties, image.shape.slice(1) as Shape3);
  const region = request.region && axes.boxToArray(request.region);
  const box = region && withContext(region, image, model);
  const prepared = await preprocessCase(request, image, previous, plans, configuration, { ...hooks, box });
  image.data = new Float32Array(0); // Nothing needs it any more; large scans need the room.
  const volume = previous ? withCascadeChannels(prepared, model.labels) : prepared;

  const window = {
    patch: configuration.patch_size,
    mirrorAxes: request.mirroring ? model.mirrorAxes : null,
    stepSize: request.stepSize,
  };
  const geometry = {
    shape: volume.shape.slice(1) as Shape3,
    properties: prepared.properties,
    transposeBackward: plans.transpose_backward,
  };
  const onTile = (tile: Tile): void => {
    const found = labelsOfTile(tile, model.labels, geometry);
    if (!found) return;
    if (region) clearOutside(found.labels, found.shape, shifted(region, found.low));
    hooks.onPreview?.(axes.boxToFile(found));
  };
  const isCoarse = networks.length === 1 && isCoarsePass(geometry.shape, window);
  if (request.preview && !isCoarse) {
    hooks.onPhase?.('preview');
    await predictLogits([networks[0]!], volume, coarsePass(window), { ...hooks, onTile });
  }
  hooks.onPhase?.('predict');
  const tileHooks = request.preview && isCoarse ? { ...hooks, onTile } : hooks;
  const logits = await predictLogits(networks, volume, window, tileHooks);
  hooks.onPhase?.('export');
  const exported = await toLabels(model, logits, prepared, request.saveProbabilities ?? false, hooks);
  const { segmentation: labels, shape3: shape, probabilities } = exported;
  return { labels, shape, probabilities, properties: prepared.properties, axes, region };
}

/** Clears what is not wanted, turns the labels to the file's axes, and writes them where that is asked for. */
export async function finishCase(
  { plans, datasetJson }: Pick<OnnxModel, 'plans' | 'datasetJson'>,
  { labels, shape, probabilities, properties, axes, region }: SegmentedCase,
  { output, fileEnding = datasetJson.file_ending }: Pick<CaseRequest, 'output' | 'fileEnding'>,
  hooks: Pick<CaseHooks, 'onPhase'>,
): Promise<PredictedLabels> {
  if (region) clearOutside(labels, shape, region);
  const result: PredictedLabels = { labels: axes.toFile(labels), shape: axes.fileShape, properties };
  if (output !== undefined) {
    hooks.onPhase?.('write');
    result.file = `${output}${fileEnding}`;
    await mkdir(dirname(result.file), { recursive: true });
    if (probabilities) await writeProbabilities(output, probabilities, shape, properties);
    await writeSegmentation(result.file, labels, shape, properties, plans.image_reader_writer as ReaderName);
  }
  return result;
}

/** The region and as much around it as the network sees of its surroundings: half a patch. */
function withContext({ low, high }: VoxelBox, image: Volume, { plans, configuration }: OnnxModel): VoxelBox {
  const axes = plans.transpose_forward;
  const [, ...shape] = image.shape;
  const target = targetSpacingOf(configuration, axes.map((axis) => image.properties.spacing[axis]!) as Vector3);
  const patch = dimensions(configuration) === 2 ? [1, ...configuration.patch_size] : configuration.patch_size;
  const context = [0, 0, 0];
  axes.forEach((axis, at) => {
    context[axis] = Math.ceil(((patch[at]! / 2) * target[at]!) / image.properties.spacing[axis]!);
  });
  return {
    low: low.map((edge, axis) => Math.max(0, edge - context[axis]!)) as Vector3,
    high: high.map((edge, axis) => Math.min(shape[axis]!, edge + context[axis]!)) as Vector3,
  };
}

/** One pass without overlap and mirroring: a fraction of the work, and nearly the result. */
function coarsePass({ patch }: WindowSettings): WindowSettings {
  return { patch, mirrorAxes: null, stepSize: 1 };
}

/** Whether a coarse pass would only do the same again. */
function isCoarsePass(shape: Shape3, window: WindowSettings): boolean {
  if (window.mirrorAxes && window.mirrorAxes.length > 0) return false;
  return countTiles(shape, window) === countTiles(shape, coarsePass(window));
}

function toLabels(
  { plans, configuration, labels }: OnnxModel,
  logits: Uint16Array,
  { shape, properties }: PreprocessedCase,
  probabilities: boolean,
  hooks: CaseHooks,
): Promise<ExportedSegmentation> {
  requireDefaultResampling(configuration.resampling_fn_probabilities);
  const [, ...shape3] = shape;
  return exportLogits(
    {
      logits,
      heads: labels.numHeads,
      shape3,
      configurationSpacing: configuration.spacing,
      properties,
      transposeForward: plans.transpose_forward,
      transposeBackward: plans.transpose_backward,
      labels: { foreground: labels.foregroundLabels, regionsClassOrder: labels.regionsClassOrder },
      resampling: resamplingSettings(configuration.resampling_fn_probabilities_kwargs),
      probabilities,
    },
    hooks,
  );
}

async function writeProbabilities(
  output: string,
  probabilities: Float32Array,
  shape: Shape3,
  properties: CaseProperties,
): Promise<void> {
  const heads = probabilities.length / (shape[0] * shape[1] * shape[2]);
  await writeNpz(`${output}.npz`, { probabilities: npyArray(probabilities, [heads, ...shape]) });
  await writeFileAtomic(`${output}.pkl`, casePickle(properties));
}
