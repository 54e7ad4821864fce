/** One graph from one or several trained folds of a configuration: a shared input, and the mean of their logits. */
import type { NetworkDescription } from '../../engine/parameterNames';
import { bytesOf, GraphBuilder, type Graph } from './graph';
import { addUNet, type TrainedTensors } from './unet';

export interface TrainedNetwork {
  network: NetworkDescription;
  tensors: TrainedTensors;
}

const spatialNames = ['z', 'y', 'x'];

/** @param folds  by a name that is used in the graph, such as "fold_0" */
export function modelGraph(name: string, folds: readonly (TrainedNetwork & { name: string })[]): Graph {
  const builder = new GraphBuilder();
  const { network } = folds[0]!;
  const spatial = spatialNames.slice(3 - network.archKwargs.strides[0]!.length);
  const logits = folds.map((fold) =>
    addUNet(builder, fold.network, fold.tensors, 'image', folds.length > 1 ? `${fold.name}.` : ''),
  );
  nameOutput(builder, logits);
  return {
    name,
    nodes: builder.nodes,
    weights: builder.weights,
    input: { name: 'image', shape: ['batch', network.inputChannels, ...spatial] },
    output: { name: 'logits', shape: ['batch', network.outputChannels, ...spatial] },
  };
}

function nameOutput(builder: GraphBuilder, logits: readonly string[]): void {
  if (logits.length === 1) {
    builder.nodes.at(-1)!.outputs = ['logits'];
    return;
  }
  const sum = logits.reduce((before, next, index) => builder.node('Add', `mean.add.${index}`, [before, next]));
  const share = builder.weight('mean.share', [], async () => bytesOf(Float32Array.of(1 / logits.length)));
  builder.node('Mul', 'mean', [sum, share], {}, 'logits');
}
