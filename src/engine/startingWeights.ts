/** The weights of a trained network as the start of another one, which may have other inputs and outputs. */
import { EngineError } from '../method/errors';
import { requireFit } from './checkpointFit';
import { isStateTensor } from './optimizerState';
import { isHeadName, networkTensors, type NetworkDescription } from './parameterNames';
import { tensorBytes, writeSafetensors, type SafetensorsFile, type TensorSource } from './safetensors';

/** What each input and output of the new network begins with: the place of one of the trained network, or something else. */
export interface StartingPlaces {
  inputs: (number | 'mean' | 'zero')[];
  /** How many of the trained network's inputs are channels of images: those that a mean is of. */
  images: number;
  /** All -1: the heads stay as a new network has them. */
  outputs: number[];
}

/** How many image channels and classes a trained network has. */
export function trainedPlaces(
  network: NetworkDescription,
  trained: SafetensorsFile,
): { inputs: number; outputs: number } {
  const [first, head] = [firstConvolution(network), firstHead(network)].map((name) => trained.tensors.get(name)?.shape);
  return { inputs: first?.[1] ?? network.inputChannels, outputs: head?.[0] ?? network.outputChannels };
}

/**
 * @param trained  of a network that differs from `network` in its inputs and outputs at most
 * @param normal  standard normal numbers, for outputs that are new beside those that are taken
 * @throws EngineError `checkpoint-mismatch`
 */
export async function writeStartingWeights(
  trained: SafetensorsFile,
  network: NetworkDescription,
  { inputs, images, outputs }: StartingPlaces,
  target: string,
  normal: () => number,
): Promise<void> {
  requireSameBody(trained, network);
  const tensors = new Map<string, TensorSource>();
  for (const { name, shape } of networkTensors(network).tensors) {
    const source = trained.tensors.get(name);
    if (isHeadName(name)) {
      if (source && outputs.some((place) => place >= 0)) tensors.set(name, headOf(source, outputs, shape, normal));
    } else if (name === firstConvolution(network)) tensors.set(name, withInputs(source!, inputs, images, shape));
    else tensors.set(name, source!);
  }
  await writeSafetensors(target, {}, tensors);
}

/** @throws EngineError `checkpoint-mismatch` where more differs than inputs and outputs */
export function requireSameBody(trained: SafetensorsFile, network: NetworkDescription): void {
  const weights = [...trained.tensors].filter(([name]) => !isStateTensor(name));
  const shapes = new Map(weights.map(([name, { shape }]) => [name, shape]));
  const inputChannels = trainedPlaces(network, trained).inputs;
  try {
    requireFit({ ...network, inputChannels }, shapes, trained.file, true);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new EngineError(error.code, error.message, {
      where: error.where,
      hint: 'Give this dataset the plans that the model was trained with: "nnunet move-plans SOURCE TARGET", then train with --plans.',
      cause: error,
    });
  }
}

function firstConvolution(network: NetworkDescription): string {
  return networkTensors(network).tensors[0]!.name;
}

function firstHead(network: NetworkDescription): string {
  return networkTensors(network).tensors.find(({ name }) => isHeadName(name))!.name;
}

/** A head's weights, (classes, features, 1, …), or biases, (classes). */
function headOf(source: TensorSource, outputs: readonly number[], shape: number[], normal: () => number): TensorSource {
  const row = shape.slice(1).reduce((product, size) => product * size, 1);
  // As torch's initialisation of a convolution before a LeakyReLU of slope 0.01; biases begin with 0.
  const deviation = shape.length > 1 ? Math.sqrt(2 / (1 + 0.01 ** 2)) / Math.sqrt(row) : 0;
  return made(source, shape, (from, to) => {
    for (const [output, place] of outputs.entries()) {
      const target = to.subarray(output * row, (output + 1) * row);
      if (place >= 0) target.set(from.subarray(place * row, (place + 1) * row));
      else target.forEach((_, index) => (target[index] = deviation === 0 ? 0 : deviation * normal()));
    }
  });
}

/** The first convolution's weights, (features, channels, kernel). */
function withInputs(
  source: TensorSource,
  inputs: StartingPlaces['inputs'],
  images: number,
  shape: number[],
): TensorSource {
  const kernel = shape.slice(2).reduce((product, size) => product * size, 1);
  const channels = source.shape[1]!;
  return made(source, shape, (from, to) => {
    for (let feature = 0; feature < shape[0]!; feature++) {
      const planeOf = (channel: number) => from.subarray((feature * channels + channel) * kernel).subarray(0, kernel);
      for (const [input, place] of inputs.entries()) {
        const start = (feature * inputs.length + input) * kernel;
        const target = to.subarray(start, start + kernel);
        if (typeof place === 'number') target.set(planeOf(place));
        else if (place === 'mean') target.set(meanOf(Array.from({ length: images }, (_, one) => planeOf(one))));
      }
    }
  });
}

function meanOf(planes: readonly Float32Array[]): Float32Array {
  return planes[0]!.map((_, index) => planes.reduce((sum, plane) => sum + plane[index]!, 0) / planes.length);
}

/** A tensor that is computed from another one when it is written. */
function made(
  source: TensorSource,
  shape: number[],
  fill: (from: Float32Array, to: Float32Array) => void,
): TensorSource {
  const result = { dtype: 'float32', shape } as const;
  return {
    ...result,
    read: async () => {
      if (source.dtype !== 'float32') {
        throw new EngineError('checkpoint-mismatch', `The checkpoint's weights are ${source.dtype}, not float32`, {
          hint: 'Start from a checkpoint of a training.',
        });
      }
      const bytes = (await source.read()).slice();
      const to = new Float32Array(tensorBytes(result) / 4);
      fill(new Float32Array(bytes.buffer), to);
      return new Uint8Array(to.buffer);
    },
  };
}
