/** What a checkpoint knows about its training besides tensors, and the two forms that has: our metadata and nnU-Net's dict. */
import { EngineError } from '../method/errors';
import { parseJson } from '../method/jsonReader';
import { isObject } from '../method/jsonShape';
import type { TrainedWith } from '../method/trainedWith';
import type { OptimizerName } from '../method/trainerVariants';
import { PickleFloat, type PickleValue } from './pickleValues';

/** Lists of one value per finished epoch, under nnU-Net's names; NaN where a value does not exist. */
interface TrainingHistory {
  mean_fg_dice: number[];
  ema_fg_dice: number[];
  /** Per epoch, one value per class or region. */
  dice_per_class_or_region: number[][];
  train_losses: number[];
  val_losses: number[];
  lrs: number[];
  /** Seconds since 1970. */
  epoch_start_timestamps: number[];
  epoch_end_timestamps: number[];
}

/** State of torch's GradScaler, under its names. */
type GradScalerState = Record<string, number>;

/** JSON of the metadata entry "nnunet" of our checkpoints. */
export interface CheckpointState {
  format: 1;
  /** Finished epochs. */
  epoch: number;
  history: TrainingHistory;
  bestEma: number | null;
  learningRate: number;
  initialLearningRate: number;
  optimizer: OptimizerName;
  momentum: number;
  weightDecay: number;
  /** Steps taken, which Adam and AdamW need; 0 for SGD. */
  adamStep: number;
  /** Only of half-precision training on a GPU. */
  gradScaler: GradScalerState | null;
  seed: number | null;
  rng: unknown;
  schedule: unknown;
  /** What of plans and labels the weights depend on; older checkpoints and converted ones lack it. */
  trainedWith?: TrainedWith | null;
  elapsedSeconds: number;
}

const historyLists = [
  'mean_fg_dice',
  'ema_fg_dice',
  'dice_per_class_or_region',
  'train_losses',
  'val_losses',
  'lrs',
  'epoch_start_timestamps',
  'epoch_end_timestamps',
] as const;

export const stateKey = 'nnunet';

/** The state in the metadata of a .safetensors file. */
export function readState(metadata: Readonly<Record<string, string>>, file: string): CheckpointState {
  const text = metadata[stateKey];
  const value = text === undefined ? undefined : parseJson(text, file);
  if (!isObject(value) || value.format !== 1 || !Number.isInteger(value.epoch)) {
    throw new EngineError('bad-checkpoint', 'The checkpoint holds weights but no training state', {
      where: file,
      hint: 'Use a checkpoint that this program wrote.',
    });
  }
  return { ...(value as unknown as CheckpointState), history: historyOf(value.history) };
}

/** Strict JSON: what is not finite becomes null, as the core writes it too. */
export function stateText(state: CheckpointState): string {
  return JSON.stringify(state);
}

/** Lists from JSON or a pickle; null and other non-numbers become NaN, missing lists stay empty. */
function historyOf(value: unknown): TrainingHistory {
  const number = (item: unknown): number => (typeof item === 'number' ? item : NaN);
  const list = (items: unknown): unknown[] => (Array.isArray(items) ? Array.from(items as unknown[]) : []);
  const source =
    value instanceof Map ? (Object.fromEntries(value) as Record<string, unknown>) : isObject(value) ? value : {};
  return Object.fromEntries(
    historyLists.map((name) => {
      const items = list(source[name]);
      return [
        name,
        name === 'dice_per_class_or_region' ? items.map((item) => list(item).map(number)) : items.map(number),
      ];
    }),
  ) as unknown as TrainingHistory;
}

/** nnU-Net's `logging`: all floats. */
export function historyForPython(history: TrainingHistory): PickleValue {
  const floats = (value: number | number[]): PickleValue =>
    Array.isArray(value) ? value.map(floats) : new PickleFloat(value ?? NaN);
  return new Map(
    historyLists.map((name): [string, PickleValue] => [name, (history[name] as (number | number[])[]).map(floats)]),
  );
}

/** nnU-Net's `logging` -> lists. */
export function historyFromPython(value: PickleValue): TrainingHistory {
  return historyOf(value);
}

/** `grad_scaler_state`: the factors are floats, the counts ints. */
export function gradScalerForPython(state: GradScalerState | null): PickleValue {
  if (!state) return null;
  const isFloat = (name: string) => ['scale', 'growth_factor', 'backoff_factor'].includes(name);
  return new Map(Object.entries(state).map(([name, value]) => [name, isFloat(name) ? new PickleFloat(value) : value]));
}

export function gradScalerFromPython(value: PickleValue): GradScalerState | null {
  if (!(value instanceof Map)) return null;
  const entries = [...value].filter(([, item]) => typeof item === 'number');
  return entries.length > 0 ? (Object.fromEntries(entries) as GradScalerState) : null;
}
