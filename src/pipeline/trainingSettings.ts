/** What can be chosen about a training besides its length, under which option, and from what? One list for command line, wizard and jobs. */
import {
  augmentationNames,
  lossNames,
  mirroringNames,
  normalizationNames,
  optimizerNames,
  policyNames,
  type TrainerSettings,
} from '../method/trainerVariants';

interface TrainingSetting {
  key: keyof TrainerSettings;
  /** Name of the option, without dashes. */
  option: string;
  /** `off`: an option without a value, which switches it off. */
  kind: 'text' | 'number' | 'integer' | 'off';
  choices?: readonly string[];
  /** Also a probability. */
  isShare?: boolean;
  value?: string;
  min?: number;
  exclusiveMin?: boolean;
  max?: number;
  description: string;
}

export const trainingSettings: readonly TrainingSetting[] = [
  {
    key: 'optimizer',
    option: 'optimizer',
    kind: 'text',
    choices: optimizerNames,
    description: "nnU-Net's SGD, AdamW, AdamW with AMSGrad, or Adam (default: sgd; adamw for budgets under two hours)",
  },
  {
    key: 'learningRate',
    option: 'learning-rate',
    kind: 'number',
    value: 'R',
    min: 0,
    exclusiveMin: true,
    max: 10,
    description: 'at the start, or after the warm-up (default 0.01; 0.001 for Adam and AdamW)',
  },
  {
    key: 'policy',
    option: 'decay',
    kind: 'text',
    choices: policyNames,
    description: "how the learning rate falls to zero (default poly, as nnU-Net's)",
  },
  {
    key: 'warmupEpochs',
    option: 'warmup',
    kind: 'integer',
    value: 'N',
    min: 0,
    max: 100000,
    description: 'epochs over which the learning rate rises first (default 0)',
  },
  {
    key: 'loss',
    option: 'loss',
    kind: 'text',
    choices: lossNames,
    description:
      'what is minimised: Dice and cross entropy (default dice-ce), one of them, without smoothing in the Dice, or the cross entropy of the tenth of the voxels that is hardest (topk), also with label smoothing (topk-smoothed) or with Dice (dice-topk)',
  },
  {
    key: 'mirroring',
    option: 'mirroring',
    kind: 'text',
    choices: mirroringNames,
    description:
      'along which axes training and prediction mirror (default all); "none" or "first-two" where left and right must not be confused',
  },
  {
    key: 'augmentation',
    option: 'augmentation',
    kind: 'text',
    choices: augmentationNames,
    description:
      "none: patches as they are; strong: nnU-Net's stronger one (DA5); nearest-labels: turned label maps take the nearest label; no-dummy-2d: thin patches are turned in 3D, too",
  },
  {
    key: 'oversampling',
    option: 'oversample',
    kind: 'text',
    choices: ['as-planned'],
    isShare: true,
    value: 'P',
    description:
      'each sample shows a structure with this probability, instead of a third of every batch; as-planned: with that of the third',
  },
  {
    key: 'deepSupervision',
    option: 'no-deep-supervision',
    kind: 'off',
    description: 'only the full resolution is compared with the labels',
  },
  {
    key: 'normalization',
    option: 'normalization',
    kind: 'text',
    choices: normalizationNames,
    description: 'of the network: instance (default) or batch',
  },
];

/** A setting from an option's text; the text was checked before. */
export function settingOf({ kind, isShare }: TrainingSetting, text: string | number): string | number {
  if (kind !== 'text' || !isShare || typeof text === 'number') return text;
  return /^[\d.]/.test(text) ? Number(text) : text;
}

/** What an option has to say for these settings; undefined: it is left out. */
export function optionValues(settings: TrainerSettings): Record<string, string | number | boolean | undefined> {
  return Object.fromEntries(
    trainingSettings.map(({ key, option, kind }) => [
      option,
      kind === 'off' ? settings[key] === false : (settings[key] as string | number),
    ]),
  );
}
