/** Whether a checkpoint fits a network: one clear sentence about the first thing that does not. */
import { counted } from '../words/counted';
import { EngineError } from '../method/errors';
import { channelNames, type DatasetJson } from '../method/datasetJson';
import { LabelManager } from '../method/labels';
import { getConfiguration, type Plans } from '../method/plans';
import { isBufferName, isHeadName, networkTensors, type NetworkDescription } from './parameterNames';

export type TensorShapes = ReadonlyMap<string, readonly number[]>;

/** The network that plans and dataset.json ask for; in a cascade each foreground label adds an input channel. */
export function networkOf(plans: Plans, datasetJson: DatasetJson, configurationName: string): NetworkDescription {
  const configuration = getConfiguration(plans, configurationName);
  const labels = new LabelManager(datasetJson);
  const { network_class_name: className, arch_kwargs: archKwargs } = configuration.architecture;
  const previousLabels = configuration.previous_stage ? labels.foregroundLabels.length : 0;
  const inputChannels = channelNames(datasetJson).length + previousLabels;
  return { className, archKwargs, inputChannels, outputChannels: labels.numHeads };
}

/**
 * Refuses a checkpoint whose tensors are not those of `network`.
 * @param actual  canonical names and shapes; optimizer state is not part of it
 * @param where  the checkpoint's file
 * @param exceptHeads  for fine-tuning, where the heads are made anew
 * @throws EngineError `checkpoint-mismatch`
 */
export function requireFit(
  network: NetworkDescription,
  actual: TensorShapes,
  where: string,
  exceptHeads = false,
): void {
  const problem = misfit(network, actual, exceptHeads);
  if (!problem) return;
  throw new EngineError('checkpoint-mismatch', `The checkpoint does not fit the plans: ${problem}`, {
    where,
    hint: 'Use the plans, dataset.json and configuration that it was trained with.',
  });
}

function misfit(network: NetworkDescription, actual: TensorShapes, exceptHeads: boolean): string | undefined {
  const expected = networkTensors(network)
    .tensors.filter(({ name }) => !(exceptHeads && isHeadName(name)))
    .map(({ name, shape }): [string, number[]] => [name, shape]);
  const names = new Set(expected.map(([name]) => name));
  const missing = expected.filter(([name]) => !actual.has(name)).map(([name]) => name);
  const further = [...actual.keys()].filter((name) => !names.has(name) && !(exceptHeads && isHeadName(name)));
  if (missing.length === 0 && further.length > 0 && further.every(isBufferName)) {
    return 'it was trained with batch normalisation, this model has instance normalisation';
  }
  if (further.length === 0 && missing.length > 0 && missing.every(isBufferName)) {
    return 'it was trained with instance normalisation, this model has batch normalisation';
  }
  if (missing.length > 0 || further.length > 0) {
    const counted = [counting('lacks', missing), counting('has in addition', further)];
    return `it ${counted.filter(Boolean).join(' and ')}, so it is of another network`;
  }
  const different = expected.find(([name, shape]) => !equal(shape, actual.get(name)!));
  if (!different) return undefined;
  const [name, shape] = different;
  const found = actual.get(name)!;
  const isFirst = name === expected[0]![0];
  if (isFirst && equal(shape.toSpliced(1, 1), found.toSpliced(1, 1))) {
    return `it takes ${found[1]} input channels, the plans have ${shape[1]}`;
  }
  if (isHeadName(name)) return `it has ${found[0]} output classes, the dataset has ${shape[0]}`;
  return `${name} has the shape (${found.join(', ')}) instead of (${shape.join(', ')})`;
}

function counting(verb: string, names: string[]): string {
  return names.length === 0
    ? ''
    : `${verb} ${counted(names.length, 'weight')} (${names[0]}${names.length > 1 ? ', …' : ''})`;
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
