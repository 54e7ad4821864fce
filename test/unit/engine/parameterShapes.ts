import { networkTensors, type NetworkDescription } from '../../../src/engine/parameterNames';

/** Canonical names of the trained tensors and their shapes. */
export function parameterShapes(network: NetworkDescription): Map<string, number[]> {
  const parameters = networkTensors(network).tensors.filter(({ isParameter }) => isParameter);
  return new Map(parameters.map(({ name, shape }) => [name, shape]));
}
