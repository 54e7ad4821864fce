/** Which residual encoders can be trained, and does this machine's memory do for them? */
import { t } from '@vscode/l10n';
import type { DatasetReference } from '../dataset/references';
import { gpuMemoryBytes } from '../engine/gpuMemory';
import { memoryState } from '../engine/machine';
import { plannerPresets } from '../method/planner/presets';
import { gigabytes } from '../pipeline/resources';
import { trainsOnProcessor } from './configurationChoices';
import { configurationFacts } from './configurationFacts';

interface ResidualChoice {
  /** "M", "L", "XL" */
  size: string;
  plans: string;
  /** Of the GPU that nnU-Net plans it for. */
  plannedGigabytes: number;
  /** What training 3d_fullres takes on a processor; absent where the images tell nothing. */
  memoryBytes?: number;
}

/** Where trainings run. */
interface TrainingDevice {
  isProcessor: boolean;
  /** Absent where nobody tells. */
  memoryBytes?: number;
}

export async function trainingDevice(device: string): Promise<TrainingDevice> {
  if (await trainsOnProcessor(device)) return { isProcessor: true, memoryBytes: memoryState().totalBytes };
  return { isProcessor: false, memoryBytes: await gpuMemoryBytes() };
}

export async function residualChoices(dataset: DatasetReference): Promise<ResidualChoice[]> {
  const sizes = ['resenc-m', 'resenc-l', 'resenc-xl'] as const;
  return Promise.all(
    sizes.map(async (planner) => {
      const { plansName: plans, gpuMemoryGb: plannedGigabytes } = plannerPresets[planner];
      // What is wrong with the plans is told once they are chosen.
      const facts = await configurationFacts(dataset, plans).catch(() => []);
      const memoryBytes = (facts.find(({ name }) => name === '3d_fullres') ?? facts[0])?.memoryBytes;
      return { size: planner.replace('resenc-', '').toUpperCase(), plans, plannedGigabytes, memoryBytes };
    }),
  );
}

/** "needs about 30 GB of memory; this machine has 16 GB: too little" */
export function residualNeeds(
  { plannedGigabytes, memoryBytes }: Pick<ResidualChoice, 'plannedGigabytes' | 'memoryBytes'>,
  device: TrainingDevice,
): string {
  const needed = device.isProcessor ? memoryBytes : plannedGigabytes * 2 ** 30;
  const planned = t('planned for a GPU with {0} GB', plannedGigabytes);
  if (needed === undefined || device.memoryBytes === undefined) return planned;
  // A card that is sold with so many gigabytes has somewhat less.
  const isEnough = device.memoryBytes >= needed * (device.isProcessor ? 1 : 0.95);
  const has = gigabytes(device.memoryBytes);
  if (!device.isProcessor)
    return isEnough
      ? t('{0}; the one here has {1}', planned, has)
      : t('{0}; the one here has {1}: too little', planned, has);
  const needs = t('needs about {0} of memory', gigabytes(needed));
  return isEnough ? t('{0}; this machine has {1}', needs, has) : t('{0}; this machine has {1}: too little', needs, has);
}
