/** A trained model as one or several .onnx files: what its metadata say, as the model folder would have said it. */
import { readModelMetadata, type ModelMetadata } from '../../inference/modelMetadata';
import { InferenceError } from '../../inference/inferenceError';
import { requireModelFile } from '../../inference/modelFile';
import { readSidecar, sidecarOf, type Sidecar } from '../../inference/sidecar';
import { stringifyJson } from '../../method/jsonWriter';
import { LabelManager } from '../../method/labels';
import { getConfiguration } from '../../method/plans';
import type { Model } from '../modelFolder';

export interface OnnxModel extends Model {
  /** One or several; their logits are averaged. */
  files: string[];
  metadata: ModelMetadata;
  mirrorAxes: number[];
  /** Channels of the network: the image's, and a cascade's one for each label of the previous stage. */
  inputChannels: number;
}

/** A model file as it can be used: with our metadata, or by a sidecar. */
export type DescribedModel = { kind: 'nnunet'; model: OnnxModel } | { kind: 'foreign'; file: string; sidecar: Sidecar };

export const isOnnxFile = (path: string): boolean => path.toLowerCase().endsWith('.onnx');

/** @throws InferenceError `model-foreign`, and as `readOnnxModel` and `readSidecar` */
export async function describeModel(files: readonly string[]): Promise<DescribedModel> {
  const model = await readOnnxModel(files);
  if (model) return { kind: 'nnunet', model };
  const file = files[0]!;
  const sidecar = await readSidecar(file);
  if (!sidecar || files.length > 1) {
    throw new InferenceError('model-foreign', 'This model does not say how images are prepared for it', {
      where: files.length > 1 ? files.join(', ') : file,
      hint: sidecar
        ? 'Models of other programs are used one at a time.'
        : `Export it with "nnunet export-onnx", or describe it in ${sidecarOf(file)} (docs/onnx.md).`,
    });
  }
  return { kind: 'foreign', file, sidecar };
}

export function labelsOfSidecar({ labels }: Sidecar): Pick<LabelManager, 'foreground' | 'foregroundNames'> {
  const foreground = Object.entries(labels)
    .filter(([, value]) => value !== 0)
    .sort(([, a], [, b]) => a - b);
  return { foreground: foreground.map(([, value]) => value), foregroundNames: foreground.map(([name]) => name) };
}

/**
 * @returns undefined for a file without our metadata: another program's model
 * @throws InferenceError `model-missing`, `model-damaged`, `models-differ`; PlansError, DatasetError for wrong metadata
 */
async function readOnnxModel(files: readonly string[]): Promise<OnnxModel | undefined> {
  const [first, ...others] = await Promise.all(files.map(readOne));
  if (!first) return undefined;
  others.forEach((other, index) => requireSame(first, other, files[index + 1]!));
  return { ...first, files: [...files] };
}

async function readOne(file: string): Promise<OnnxModel | undefined> {
  await requireModelFile(file);
  const metadata = await readModelMetadata(file);
  if (!metadata) return undefined;
  const { plans, datasetJson } = metadata;
  return {
    folder: file,
    configurationName: metadata.configuration,
    plans,
    configuration: getConfiguration(plans, metadata.configuration),
    labels: new LabelManager(datasetJson),
    imageChannels: metadata.imageChannels,
    datasetJson,
    texts: { plans: stringifyJson(plans), datasetJson: stringifyJson(datasetJson) },
    files: [file],
    metadata,
    mirrorAxes: metadata.mirrorAxes,
    inputChannels: metadata.inputChannels,
  };
}

/** Logits can be averaged only where they are of the same voxels and labels. */
function requireSame(first: OnnxModel, other: OnnxModel | undefined, file: string): void {
  const essence = ({ configuration, datasetJson, inputChannels, plans }: OnnxModel): string =>
    JSON.stringify([
      configuration.patch_size,
      configuration.spacing,
      configuration.normalization_schemes,
      plans.transpose_forward,
      plans.foreground_intensity_properties_per_channel,
      datasetJson.labels,
      inputChannels,
    ]);
  if (other && essence(first) === essence(other)) return;
  throw new InferenceError('models-differ', 'The models can not be averaged: they are not folds of one configuration', {
    where: file,
    hint: 'Predict with each of them by itself.',
  });
}
