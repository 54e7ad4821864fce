/** The optimizer's state: tensors by parameter name in our checkpoints, by parameter index in torch's. */
import { EngineError } from '../method/errors';
import type { OptimizerName } from '../method/trainerVariants';
import type { CheckpointState } from './checkpointState';
import { isHeadName } from './parameterNames';
import { PickleFloat, TensorReference, tuple, type PickleValue } from './pickleValues';
import { tensorBytes, type TensorSource } from './safetensors';

const prefix = 'optimizer.';
const moments = ['exp_avg', 'exp_avg_sq'] as const;
const buffers: Readonly<Record<OptimizerName, readonly string[]>> = {
  sgd: ['momentum_buffer'],
  adam: moments,
  adamw: moments,
  amsgrad: [...moments, 'max_exp_avg_sq'],
};

/** Name of a state tensor in our checkpoints. */
function stateTensorName(buffer: string, parameter: string): string {
  return `${prefix}${buffer}.${parameter}`;
}

export function isStateTensor(name: string): boolean {
  return name.startsWith(prefix);
}

/**
 * `optimizer.state_dict()` of the optimizer that nnU-Net continues with. One can't take another's state: where the training had
 * another, it is as before the first step, and the training's own state stays in our checkpoint.
 * @param parameters  names in the order of the network's parameters, whose place is torch's index
 * @param store  makes a storage of a tensor and returns the reference to it
 * @param continuedWith  the optimizer of nnU-Net's trainer class
 */
export function optimizerForPython(
  state: CheckpointState,
  parameters: readonly string[],
  tensors: ReadonlyMap<string, TensorSource>,
  store: (source: TensorSource) => TensorReference,
  continuedWith: OptimizerName = 'sgd',
): PickleValue {
  const goesOn = state.optimizer === continuedWith;
  const entries: [PickleValue, PickleValue][] = [];
  for (const [index, parameter] of goesOn ? parameters.entries() : []) {
    // The lowest head has weight 0 in the loss, so torch never makes a state for it.
    if (isHeadName(parameter) && parameter.startsWith('decoder.seg_layers.0.') && hasSeveralHeads(parameters)) continue;
    const found = buffers[continuedWith]
      .map((name): [string, TensorSource | undefined] => [name, tensors.get(stateTensorName(name, parameter))])
      .filter((entry): entry is [string, TensorSource] => entry[1] !== undefined);
    if (found.length === 0) continue;
    const kept = found.map(([name, source]): [PickleValue, PickleValue] => [name, store(source)]);
    entries.push([index, new Map([...(continuedWith === 'sgd' ? [] : [stepsTaken(state, store)]), ...kept])]);
  }
  const { initialLearningRate, ...settings } = goesOn ? state : nnunetSgd;
  const group: [PickleValue, PickleValue][] = [
    ...(continuedWith === 'sgd' ? sgdSettings(settings) : adamSettings(settings, continuedWith)),
    ['initial_lr', new PickleFloat(initialLearningRate)],
    ['params', [...parameters.keys()]],
  ];
  return new Map<PickleValue, PickleValue>([
    ['state', new Map(entries)],
    ['param_groups', [new Map(group)]],
  ]);
}

function hasSeveralHeads(parameters: readonly string[]): boolean {
  return parameters.some((name) => name.startsWith('decoder.seg_layers.1.'));
}

/** What nnU-Net's trainer starts with. Source: nnU-Net 2.8.1 nnUNetTrainer. */
const nnunetSgd = { learningRate: 0.01, initialLearningRate: 0.01, momentum: 0.99, weightDecay: 3e-5 };

/** As nnU-Net's trainer makes it. */
function sgdSettings(
  state: Pick<CheckpointState, 'learningRate' | 'momentum' | 'weightDecay'>,
): [PickleValue, PickleValue][] {
  return [
    ['lr', new PickleFloat(state.learningRate)],
    ['momentum', new PickleFloat(state.momentum)],
    ['dampening', 0],
    ['weight_decay', new PickleFloat(state.weightDecay)],
    ['nesterov', true],
    ...switches('maximize', 'foreach', 'differentiable', 'fused'),
  ];
}

/** As torch's Adam and AdamW of nnU-Net's variants have them. */
function adamSettings(
  state: Pick<CheckpointState, 'learningRate' | 'weightDecay'>,
  optimizer: Exclude<OptimizerName, 'sgd'>,
): [PickleValue, PickleValue][] {
  return [
    ['lr', new PickleFloat(state.learningRate)],
    ['betas', tuple(new PickleFloat(0.9), new PickleFloat(0.999))],
    ['eps', new PickleFloat(1e-8)],
    ['weight_decay', new PickleFloat(state.weightDecay)],
    ['amsgrad', optimizer === 'amsgrad'],
    ...switches('maximize', 'foreach', 'capturable', 'differentiable', 'fused'),
    ['decoupled_weight_decay', optimizer !== 'adam'],
  ];
}

/** The same for every parameter; torch keeps it as a tensor of one number. */
function stepsTaken(
  { adamStep }: CheckpointState,
  store: (source: TensorSource) => TensorReference,
): [PickleValue, PickleValue] {
  const read = () => Promise.resolve(new Uint8Array(new Float32Array([adamStep]).buffer));
  return ['step', store({ dtype: 'float32', shape: [], read })];
}

/** Off, or left to torch. */
function switches(...names: string[]): [PickleValue, PickleValue][] {
  return names.map((name) => [name, name === 'foreach' || name === 'fused' ? null : false]);
}

interface ReadOptimizer {
  /** null: the checkpoint has no state of an optimizer that is known here. */
  kind: OptimizerName | null;
  learningRate: number;
  initialLearningRate: number;
  momentum: number;
  weightDecay: number;
  adamStep: number;
  /** By our names. */
  tensors: Map<string, TensorSource>;
}

/**
 * Reads torch's state; parameters without an entry (the lowest head) are left out.
 * @param parameters  canonical names and tensors in the order of the network's parameters
 */
export async function optimizerFromPython(
  value: PickleValue,
  parameters: readonly (readonly [string, TensorSource])[],
  read: (tensor: TensorReference) => TensorSource,
): Promise<ReadOptimizer> {
  const groups = value instanceof Map ? value.get('param_groups') : undefined;
  const group = Array.isArray(groups) ? groups[0] : undefined;
  const setting = (name: string, otherwise: number): number => {
    const found = group instanceof Map ? group.get(name) : undefined;
    return typeof found === 'number' ? found : otherwise;
  };
  const result: ReadOptimizer = {
    kind: null,
    learningRate: setting('lr', 0.01),
    initialLearningRate: setting('initial_lr', setting('lr', 0.01)),
    momentum: setting('momentum', 0.99),
    weightDecay: setting('weight_decay', 3e-5),
    adamStep: 0,
    tensors: new Map(),
  };
  const states = value instanceof Map ? value.get('state') : undefined;
  if (!(states instanceof Map)) return result;
  for (const [index, entry] of states) {
    const [parameter, weight] = (typeof index === 'number' && parameters[index]) || [];
    if (!parameter || !weight) throw mismatch(`an entry for parameter ${String(index)} of ${parameters.length}`);
    if (!(entry instanceof Map)) throw mismatch(`an entry for ${parameter} that is no dictionary`);
    const kind = entry.has('exp_avg_sq') ? adamKind(group, entry) : entry.has('momentum_buffer') ? 'sgd' : null;
    if (kind === null || entry.has('exp_avg_diff')) return { ...result, tensors: new Map() };
    result.kind = kind;
    for (const name of buffers[kind]) {
      const tensor = entry.get(name);
      if (!(tensor instanceof TensorReference)) continue;
      const problem = unlike(tensor, weight);
      if (problem) throw mismatch(`${problem} for ${parameter}`);
      result.tensors.set(stateTensorName(name, parameter), read(tensor));
    }
    if (kind !== 'sgd' && result.adamStep === 0) result.adamStep = await stepOf(entry.get('step'), read);
  }
  return result;
}

type Dictionary = ReadonlyMap<PickleValue, PickleValue>;

/** Which of the optimizers with two moments; null for Adam with the largest second moment, which is not known here. */
function adamKind(group: PickleValue | undefined, entry: Dictionary): OptimizerName | null {
  const isAdam = group instanceof Map && group.get('decoupled_weight_decay') === false;
  if (entry.has('max_exp_avg_sq')) return isAdam ? null : 'amsgrad';
  return isAdam ? 'adam' : 'adamw';
}

/**
 * Refuses optimizer state in our checkpoint that is not of its weights: the core copies it as it is.
 * @throws EngineError `bad-checkpoint`
 */
export function requireOptimizerFits(tensors: ReadonlyMap<string, TensorSource>, where: string): void {
  const known = new Set<string>(Object.values(buffers).flat());
  for (const [name, tensor] of tensors) {
    if (!isStateTensor(name)) continue;
    const [buffer = '', ...rest] = name.slice(prefix.length).split('.');
    const parameter = rest.join('.');
    const weight = tensors.get(parameter);
    const problem = !known.has(buffer) || !weight ? 'a tensor of nothing that is known' : unlike(tensor, weight);
    if (problem) throw mismatch(`${problem} for ${parameter || name}`, where);
  }
}

/** What is wrong with a state tensor of this weight; undefined where nothing is. */
function unlike(tensor: Pick<TensorSource, 'shape' | 'dtype'>, weight: TensorSource): string | undefined {
  if (tensor.shape.join() !== weight.shape.join())
    return `the shape (${tensor.shape.join(', ')}) instead of (${weight.shape.join(', ')})`;
  return tensor.dtype === 'float32' ? undefined : `the type ${tensor.dtype} instead of float32`;
}

async function stepOf(step: PickleValue | undefined, read: (tensor: TensorReference) => TensorSource): Promise<number> {
  if (!(step instanceof TensorReference)) return typeof step === 'number' ? step : 0;
  const source = read(step);
  if (source.dtype !== 'float32' || tensorBytes(source) !== 4) throw mismatch('a step count that is no number');
  const bytes = await source.read();
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat32(0, true);
}

function mismatch(what: string, where?: string): EngineError {
  return new EngineError('bad-checkpoint', `The checkpoint's optimizer state has ${what}`, {
    where,
    hint: 'Use its weights only: start a new training with --from.',
  });
}
