/** Models exported here, turned into the form that processors compute faster when one is opened. */
import { withFile } from '../engine/fileBytes';
import { memoryState } from '../engine/machine';
import { readGraph } from './export/decodeModel';
import { onnxBytes } from './export/encodeModel';
import { operatorSet } from './export/onnxSchema';
import { ProtobufFile } from './export/protobufFile';
import { withSliceLayers } from './export/sliceLayers';

/** Of the file's bytes: the new model, the runtime's copy, and its kernels before and after their transform. */
const memoryFactor = 6;

/**
 * @param file   of a model that says it was exported here
 * @param patch  sizes of everything that will be predicted with it
 * @returns the bytes of another model with the same logits; undefined where there is no such form, or little memory
 */
export async function inProcessorForm(file: string, patch: readonly number[]): Promise<Uint8Array | undefined> {
  if (patch.length !== 3) return undefined;
  return withFile(file, async (handle, bytes) => {
    if (memoryFactor * bytes > memoryState().availableBytes) return undefined;
    try {
      const graph = await readGraph(new ProtobufFile(handle, bytes));
      const sliced = graph && withSliceLayers(graph, patch);
      return sliced && (await onnxBytes({ operatorSet }, sliced));
    } catch {
      return undefined; // It is not what it says; the runtime, which gets it as it is, says why.
    }
  });
}
