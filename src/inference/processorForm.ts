/** Models exported here, turned into the form that processors compute faster when one is opened. */
import { withFile } from '../storage/fileBytes';
import { memoryState } from '../engine/machine';
import { readGraph } from './export/decodeModel';
import { onnxBytes } from './export/encodeModel';
import type { Graph } from './export/graph';
import { operatorSet } from './export/onnxSchema';
import { ProtobufFile } from './export/protobufFile';
import { withSliceLayers } from './export/sliceLayers';

/** Of the file's bytes, while the runtime opens the model: it holds the kernels before and after their transform. */
const openingFactor = 9;
/** Feature maps of the first layer's size that a run holds at once. */
const featureMaps = 11;

/**
 * @param file   of a model that says it was exported here
 * @param patch  sizes of everything that will be predicted with it
 * @param models  that are held at once, as large as this one: each keeps the memory of its runs
 * @returns the bytes of another model with the same logits; undefined where there is no such form, or little memory
 */
export async function inProcessorForm(
  file: string,
  patch: readonly number[],
  models = 1,
): Promise<Uint8Array | undefined> {
  if (patch.length !== 3) return undefined;
  return withFile(file, async (handle, bytes) => {
    try {
      const graph = await readGraph(new ProtobufFile(handle, bytes));
      const sliced = graph && withSliceLayers(graph, patch);
      if (!sliced) return undefined;
      const needed = openingFactor * bytes + models * runBytes(graph, patch);
      return needed < memoryState().availableBytes ? await onnxBytes({ operatorSet }, sliced) : undefined;
    } catch {
      return undefined; // It is not what it says; the runtime, which gets it as it is, says why.
    }
  });
}

function runBytes({ nodes, weights }: Graph, patch: readonly number[]): number {
  const kernels = nodes.find(({ operator }) => operator === 'Conv')?.inputs[1];
  const stored = nodes.find(({ operator, outputs }) => operator === 'Cast' && outputs[0] === kernels)?.inputs[0];
  const channels = weights.find(({ name }) => name === (stored ?? kernels))?.shape[0] ?? 1;
  return featureMaps * patch.reduce((product, size) => product * size, channels) * 4;
}
