/** What may a task of type `nnunet` in tasks.json say, and what does it mean of a training? */
import type { Fold } from '../../dataset/results';
import type { ProviderChoice } from '../../inference/providers';
import { UsageError } from '../../method/errors';
import type { TrainOptions } from '../../jobs/runFolder';
import { parseLength, type TrainingLength } from '../../runs/trainingChoices';

const taskKinds = ['check', 'preprocess', 'train', 'predict', 'evaluate'] as const;
export type TaskKind = (typeof taskKinds)[number];

/** Mirrors taskDefinitions in package.json. */
export interface NnunetTask {
  type: 'nnunet';
  task: TaskKind;
  dataset?: string;
  configuration?: string;
  plans?: string;
  /** train: one number, "all", or a list for several runs. predict: those to use. */
  folds?: string | number | (string | number)[];
  /** "300 epochs", "100 epochs of 50" (iterations), "1h30m". */
  length?: string | number;
  device?: string;
  precision?: string;
  iterationsPerEpoch?: number;
  resume?: boolean;
  model?: string;
  images?: string | string[];
  output?: string;
  mirroring?: boolean;
  /** Of ONNX Runtime. */
  provider?: ProviderChoice;
  reference?: string;
  prediction?: string;
  datasetJson?: string;
}

export function isTaskKind(value: unknown): value is TaskKind {
  return taskKinds.includes(value as TaskKind);
}

export function taskName(task: NnunetTask): string {
  switch (task.task) {
    case 'check':
      return `check ${datasetName(task)}`;
    case 'preprocess':
      return `preprocess ${datasetName(task)} ${task.configuration}`;
    case 'train': {
      const folds = foldsOf(task);
      const which = folds.length > 1 ? `folds ${folds.join(' ')}` : `fold ${folds[0]}`;
      return `train ${datasetName(task)} ${task.configuration} ${which}`;
    }
    case 'predict':
      return `predict ${task.images ?? ''} with ${task.model?.split(/[\\/]/).slice(-2).join('/') ?? `the best model of ${datasetName(task)}`}`;
    case 'evaluate':
      return `evaluate ${task.prediction ?? ''}`;
  }
}

/** A dataset that is named by its folder is called by its name. */
function datasetName({ dataset }: NnunetTask): string {
  return String(dataset).split(/[\\/]/).at(-1)!;
}

/** @throws UsageError `bad-fold` */
export function foldsOf({ folds }: Pick<NnunetTask, 'folds'>, otherwise: Fold[] = [0]): Fold[] {
  if (folds === undefined) return otherwise;
  const words = [folds]
    .flat()
    .flatMap((word) => String(word).split(/[\s,]+/))
    .filter((word) => word !== '');
  const parsed = words.map((word): Fold => {
    if (word === 'all') return 'all';
    if (/^\d{1,5}$/.test(word)) return Number(word);
    throw new UsageError('bad-fold', `"${word}" is not a fold`, {
      hint: 'Give 0 to 4, a list of them, or "all" for training on every case.',
    });
  });
  return parsed.length > 0 ? [...new Set(parsed)] : otherwise;
}

/** @throws UsageError `missing-option`, `bad-duration`, `bad-fold` */
export function trainingAnswers(task: NnunetTask): {
  dataset: string;
  configuration: string;
  plans?: string;
  folds: Fold[];
  length: TrainingLength;
  options: Partial<TrainOptions>;
} {
  const { device, precision, iterationsPerEpoch, resume } = task;
  return {
    dataset: required(task, 'dataset'),
    configuration: required(task, 'configuration'),
    plans: task.plans,
    folds: foldsOf(task),
    length: task.length === undefined ? { epochs: 1000 } : parseLength(String(task.length)),
    options: {
      ...(device !== undefined && { device }),
      ...(precision !== undefined && { precision }),
      ...(iterationsPerEpoch !== undefined && { iterationsPerEpoch }),
      ...(resume !== undefined && { resume }),
    },
  };
}

/** @throws UsageError `missing-option` */
export function required<K extends keyof NnunetTask>(task: NnunetTask, key: K): NonNullable<NnunetTask[K]> {
  const value = task[key];
  if (value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0)) {
    return value as NonNullable<NnunetTask[K]>;
  }
  throw new UsageError('missing-option', `The nnU-Net task "${task.task}" needs "${key}"`, {
    hint: 'Add it in tasks.json; completion lists what a task may say.',
  });
}
