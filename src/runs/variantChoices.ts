/** What the wizard offers of how a network is trained: the settings behind nnU-Net's trainer classes, in groups of which one holds. */
import { t } from '@vscode/l10n';
import { settingKeys, type TrainerSettings } from '../method/trainerVariants';

interface VariantChoice {
  label: string;
  description: string;
  settings: TrainerSettings;
}

interface VariantGroup {
  /** What the choices are about; of each group one can be chosen. */
  title: string;
  choices: VariantChoice[];
}

export function variantGroups(): VariantGroup[] {
  return [
    {
      title: t('Loss'),
      choices: [
        { label: t('Dice only'), description: t('without cross entropy'), settings: { loss: 'dice' } },
        { label: t('Cross entropy only'), description: t('without Dice'), settings: { loss: 'ce' } },
        {
          label: t('Dice and cross entropy without smoothing'),
          description: t('for structures of few voxels'),
          settings: { loss: 'dice-ce-no-smooth' },
        },
        {
          label: t('Hardest tenth of the voxels'),
          description: t('cross entropy of the voxels that are worst'),
          settings: { loss: 'topk' },
        },
        {
          label: t('Dice and hardest tenth of the voxels'),
          description: t('both together'),
          settings: { loss: 'dice-topk' },
        },
      ],
    },
    {
      title: t('Mirroring'),
      choices: [
        {
          label: t('No mirroring'),
          description: t('where left and right are different labels; predicts faster, too'),
          settings: { mirroring: 'none' },
        },
        {
          label: t('Mirror the first two axes only'),
          description: t('in slices the first one'),
          settings: { mirroring: 'first-two' },
        },
      ],
    },
    {
      title: t('Augmentation'),
      choices: [
        {
          label: t('Stronger augmentation'),
          description: t('for few cases, or scans that differ much from one another; slower'),
          settings: { augmentation: 'strong' },
        },
        {
          label: t('No augmentation'),
          description: t('patches as they are: to compare, or to look for mistakes'),
          settings: { augmentation: 'none' },
        },
        {
          label: t('Nearest labels when turned'),
          description: t('faster where there are many labels'),
          settings: { augmentation: 'nearest-labels' },
        },
      ],
    },
    {
      title: t('Samples'),
      choices: [
        {
          label: t('Foreground by probability'),
          description: t('each sample for itself, instead of a third of every batch'),
          settings: { oversampling: 'as-planned' },
        },
      ],
    },
    {
      title: t('Learning'),
      choices: [
        { label: 'AdamW', description: t('instead of SGD'), settings: { optimizer: 'adamw' } },
        { label: t('Cosine'), description: t('how the learning rate falls'), settings: { policy: 'cosine' } },
      ],
    },
    {
      title: t('Warm-up'),
      choices: [
        {
          label: t('Warm-up of 10 epochs'),
          description: t('the learning rate rises first: for fine-tuning'),
          settings: { warmupEpochs: 10 },
        },
        { label: t('Warm-up of 50 epochs'), description: t('for long trainings'), settings: { warmupEpochs: 50 } },
      ],
    },
    {
      title: t('Network'),
      choices: [
        {
          label: t('Batch normalization'),
          description: t('instead of instance normalization; needs large batches'),
          settings: { normalization: 'batch' },
        },
        {
          label: t('No deep supervision'),
          description: t('only the full resolution is compared with the labels'),
          settings: { deepSupervision: false },
        },
      ],
    },
  ];
}

/** @returns the settings together, and the name of one that was chosen twice */
export function joinedSettings(chosen: readonly TrainerSettings[]): { settings: TrainerSettings; twice?: string } {
  const twice = settingKeys.find((key) => chosen.filter((one) => one[key] !== undefined).length > 1);
  const group = variantGroups().find(({ choices }) => choices.some(({ settings }) => twice && twice in settings));
  return { settings: Object.assign({}, ...chosen) as TrainerSettings, ...(group && { twice: group.title }) };
}
