/** Checkpoints pass between our .safetensors and nnU-Net's .pth, in both directions and without loss of tensors or state. */
import type { DatasetJson } from '../method/datasetJson';
import { EngineError } from '../method/errors';
import type { Plans } from '../method/plans';
import { trainerClass, type OptimizerName } from '../method/trainerVariants';
import { networkOf, requireFit, type TensorShapes } from './checkpointFit';
import {
  gradScalerForPython,
  gradScalerFromPython,
  historyForPython,
  historyFromPython,
  readState,
  stateKey,
  stateText,
  type CheckpointState,
} from './checkpointState';
import { jsonForPython } from './jsonPickle';
import { isStateTensor, optimizerForPython, optimizerFromPython } from './optimizerState';
import { canonicalName, hasBatchNorm, isBufferName, networkTensors } from './parameterNames';
import {
  contiguousStrides,
  OrderedDict,
  PickleFloat,
  StorageReference,
  TensorReference,
  TorchDevice,
  toPlain,
  tuple,
  type PickleValue,
} from './pickleValues';
import { PthFile } from './pth';
import { writePth } from './pthWriter';
import { SafetensorsFile, writeSafetensors, type TensorSource } from './safetensors';

/** What nnU-Net's checkpoint holds besides the training's state. */
export interface ModelIdentity {
  /** As in the plans.json and dataset.json beside it, parsed by `parseJson` so that floats stay floats. */
  plans: Plans;
  datasetJson: DatasetJson;
  configuration: string;
  fold: number | 'all';
  /** nnU-Net looks for a trainer class of this name. */
  trainerName: string;
  /** Spatial axes that prediction may mirror; null: none. */
  mirroringAxes: number[] | null;
}

/**
 * Writes nnU-Net's checkpoint from ours.
 * @throws EngineError `checkpoint-mismatch` when the weights are not those of the plans' network
 */
export async function safetensorsToPth(source: string, target: string, identity: ModelIdentity): Promise<void> {
  const checkpoint = await SafetensorsFile.open(source);
  try {
    const state = readState(checkpoint.metadata, source);
    const network = networkOf(identity.plans, identity.datasetJson, identity.configuration);
    const weights = [...checkpoint.tensors].filter(([name]) => !isStateTensor(name));
    requireFit(network, shapesOf(weights), source);
    const storages: TensorSource[] = [];
    const store = (tensor: TensorSource): TensorReference => {
      const elements = tensor.shape.reduce((product, size) => product * size, 1);
      const storage = new StorageReference(String(storages.push(tensor) - 1), tensor.dtype, elements);
      return new TensorReference(storage, 0, tensor.shape, contiguousStrides(tensor.shape));
    };
    const { tensors, keys } = networkTensors(network);
    const references = new Map(tensors.map(({ name }) => [name, store(checkpoint.tensors.get(name)!)]));
    const parameters = tensors.filter(({ isParameter }) => isParameter).map(({ name }) => name);
    const value = new Map<PickleValue, PickleValue>([
      ['network_weights', new OrderedDict(keys.map(([key, name]) => [key, references.get(name)!]))],
      [
        'optimizer_state',
        optimizerForPython(state, parameters, checkpoint.tensors, store, optimizerOf(identity.trainerName)),
      ],
      ['grad_scaler_state', gradScalerForPython(state.gradScaler)],
      ['logging', historyForPython(state.history)],
      ['_best_ema', state.bestEma === null ? null : new PickleFloat(state.bestEma)],
      ['current_epoch', state.epoch],
      ['init_args', initArgs(identity)],
      ['trainer_name', identity.trainerName],
      ['inference_allowed_mirroring_axes', identity.mirroringAxes && tuple(...identity.mirroringAxes)],
    ]);
    await writePth(target, value, storages);
  } finally {
    await checkpoint.close();
  }
}

/** The optimizer that nnU-Net's class continues with. */
function optimizerOf(trainerName: string): OptimizerName {
  return trainerClass(trainerName)?.settings.optimizer ?? 'sgd';
}

function initArgs({ plans, configuration, fold, datasetJson }: ModelIdentity): PickleValue {
  return new Map<PickleValue, PickleValue>([
    ['plans', jsonForPython(plans)],
    ['configuration', configuration],
    ['fold', fold],
    ['dataset_json', jsonForPython(datasetJson)],
    ['device', new TorchDevice('cpu')],
  ]);
}

/** What a .pth says about itself. */
interface PthDescription {
  trainerName: string;
  configuration: string;
  fold: number | 'all' | null;
  mirroringAxes: number[] | null;
  /** Finished epochs. */
  epoch: number;
  /** Of which optimizer the state is kept; null: training starts with a fresh one. */
  optimizer: OptimizerName | null;
  /** Canonical names and shapes of the weights, for `requireFit`. */
  shapes: TensorShapes;
}

/** Writes our checkpoint from nnU-Net's, tensor by tensor. Also takes names that a wrapped network left (`module.`). */
export async function pthToSafetensors(source: string, target: string): Promise<PthDescription> {
  const pth = await PthFile.open(source);
  try {
    const checkpoint = dictionary(pth.value, source);
    const weights = weightsOf(checkpoint.get('network_weights'), pth, source);
    const parameters = [...weights].filter(([name]) => !isBufferName(name));
    const read = (tensor: TensorReference) => pth.tensor(tensor);
    const optimizer = await optimizerFromPython(checkpoint.get('optimizer_state') ?? null, parameters, read);
    const description = describe(checkpoint, weights, optimizer.kind, source);
    const best = checkpoint.get('_best_ema');
    const state: CheckpointState = {
      format: 1,
      epoch: description.epoch,
      history: historyFromPython(checkpoint.get('logging') ?? null),
      bestEma: typeof best === 'number' ? best : null,
      learningRate: optimizer.learningRate,
      initialLearningRate: optimizer.initialLearningRate,
      optimizer: optimizer.kind ?? 'sgd',
      momentum: optimizer.momentum,
      weightDecay: optimizer.weightDecay,
      adamStep: optimizer.adamStep,
      gradScaler: gradScalerFromPython(checkpoint.get('grad_scaler_state') ?? null),
      seed: null,
      rng: null,
      schedule: null,
      elapsedSeconds: 0,
    };
    await writeSafetensors(target, { [stateKey]: stateText(state) }, new Map([...weights, ...optimizer.tensors]));
    return description;
  } finally {
    await pth.close();
  }
}

/** What a .pth says about itself, without its tensors. */
export async function inspectPth(file: string): Promise<PthDescription> {
  const pth = await PthFile.open(file);
  try {
    const checkpoint = dictionary(pth.value, file);
    const weights = weightsOf(checkpoint.get('network_weights'), pth, file);
    const parameters = [...weights].filter(([name]) => !isBufferName(name));
    const { kind } = await optimizerFromPython(checkpoint.get('optimizer_state') ?? null, parameters, (tensor) =>
      pth.tensor(tensor),
    );
    return describe(checkpoint, weights, kind, file);
  } finally {
    await pth.close();
  }
}

/** The plans and dataset.json that a .pth was trained with, as they were then; undefined for what it doesn't hold. */
export async function trainingOfPth(
  file: string,
): Promise<{ configuration: string; plans: unknown; datasetJson: unknown; usesBatchNorm: boolean } | undefined> {
  const pth = await PthFile.open(file);
  try {
    const checkpoint = dictionary(pth.value, file);
    const args = checkpoint.get('init_args');
    const configuration = args instanceof Map ? args.get('configuration') : undefined;
    if (!(args instanceof Map) || typeof configuration !== 'string') return undefined;
    const [plans, datasetJson] = ['plans', 'dataset_json'].map((key) => toPlain(args.get(key) ?? null));
    const weights = checkpoint.get('network_weights');
    const names = weights instanceof Map ? [...weights.keys()].map(String) : [];
    return { configuration, plans, datasetJson, usesBatchNorm: hasBatchNorm(names) };
  } finally {
    await pth.close();
  }
}

type Dictionary = ReadonlyMap<PickleValue, PickleValue>;

function dictionary(value: PickleValue | undefined, file: string): Dictionary {
  if (value instanceof Map) return value;
  throw foreign(file);
}

function foreign(file: string): EngineError {
  return new EngineError('foreign-checkpoint', 'This is no checkpoint of nnU-Net v2', {
    where: file,
    hint: 'Choose a checkpoint_final.pth or checkpoint_best.pth from a fold folder.',
  });
}

/** Weights by canonical name in the order of the parameters; of aliases that differ the last counts, as for torch. */
function weightsOf(value: PickleValue | undefined, pth: PthFile, file: string): Map<string, TensorSource> {
  const weights = new Map<string, TensorSource>();
  for (const [key, tensor] of dictionary(value, file)) {
    if (typeof key !== 'string' || !(tensor instanceof TensorReference)) throw foreign(file);
    weights.set(canonicalName(key), pth.tensor(tensor));
  }
  if (weights.size === 0) throw foreign(file);
  return weights;
}

function describe(
  checkpoint: Dictionary,
  weights: ReadonlyMap<string, TensorSource>,
  optimizer: OptimizerName | null,
  file: string,
): PthDescription {
  const args = dictionary(checkpoint.get('init_args'), file);
  const [trainerName, configuration, fold] = [
    checkpoint.get('trainer_name'),
    args.get('configuration'),
    args.get('fold'),
  ];
  if (typeof trainerName !== 'string' || typeof configuration !== 'string') throw foreign(file);
  const epoch = checkpoint.get('current_epoch');
  const axes = checkpoint.get('inference_allowed_mirroring_axes');
  return {
    trainerName,
    configuration,
    fold: typeof fold === 'number' || fold === 'all' ? fold : null,
    mirroringAxes: Array.isArray(axes) ? Array.from(axes, Number) : null,
    epoch: typeof epoch === 'number' ? epoch : 0,
    optimizer,
    shapes: shapesOf([...weights]),
  };
}

function shapesOf(tensors: readonly [string, TensorSource][]): TensorShapes {
  return new Map(tensors.map(([name, { shape }]) => [name, shape]));
}
