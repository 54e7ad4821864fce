/** What would a new configuration be, and what would it cost beside the one that it comes from? Nothing is written. */
import { addConfiguration, type ConfigurationChanges } from '../../method/addedConfiguration';
import { UsageError } from '../../method/errors';
import { LabelManager } from '../../method/labels';
import { getConfiguration, type Configuration, type Plans } from '../../method/plans';
import { trainingCost, type TrainingCost } from '../../pipeline/trainingCost';
import { shareSeen } from './explainPatch';
import { inFileOrder, inImageOrder } from './imageOrder';
import type { PlansMaterial } from './plansMaterial';

/** As a person gives it: sizes in the image's order. */
interface WantedConfiguration {
  name: string;
  from: string;
  patchSize?: readonly number[];
  batchSize?: number;
  spacing?: readonly number[];
}

export interface ForeseenConfiguration {
  /** With the configuration in them. */
  plans: Plans;
  configuration: Configuration;
  /** Absent where there is no dataset.json. */
  cost?: { before: TrainingCost; after: TrainingCost };
  /** The patch that was asked for could not be halved as often as the network does: it was made larger. */
  grownPatch?: number[];
  /** The patch is larger than the median image along every axis. */
  isLargerThanImages: boolean;
  /** Cases are preprocessed again, into a folder of their own. */
  isResampled: boolean;
}

/** @throws PlansError as `addConfiguration` */
export function foreseeConfiguration(
  { plans, datasetJson }: PlansMaterial,
  { name, from, patchSize, batchSize, spacing }: WantedConfiguration,
  cores: number,
): ForeseenConfiguration {
  const parent = getConfiguration(plans, from);
  const changes: ConfigurationChanges = {
    ...(patchSize && { patchSize: ordered(patchSize, parent, plans, 'patch_size') }),
    ...(batchSize !== undefined && { batchSize }),
    ...(spacing && { spacing: ordered(spacing, parent, plans, 'spacing') }),
  };
  const added = addConfiguration(plans, { name, from, changes });
  const configuration = getConfiguration(added, name);
  const labels = datasetJson && new LabelManager(datasetJson);
  const hasGrown = changes.patchSize && String(changes.patchSize) !== String(configuration.patch_size);
  return {
    plans: added,
    configuration,
    ...(labels && {
      cost: {
        before: trainingCost(plans, { configuration: parent, labels }, cores),
        after: trainingCost(added, { configuration, labels }, cores),
      },
    }),
    ...(hasGrown && { grownPatch: inImageOrder(configuration.patch_size, plans) }),
    isLargerThanImages: shareSeen(configuration) >= 1 && shareSeen(parent) < 1,
    isResampled: configuration.data_identifier !== parent.data_identifier,
  };
}

/** @throws UsageError `bad-size` */
function ordered(
  values: readonly number[],
  { patch_size: patch }: Configuration,
  plans: Plans,
  what: 'patch_size' | 'spacing',
): number[] {
  if (values.length === patch.length) return inFileOrder(values, plans);
  throw new UsageError('bad-size', `A ${what} of ${patch.length} numbers is needed, but there are ${values.length}`, {
    hint: patch.length === 2 ? 'Give the two of a slice.' : 'Give x, y and z.',
  });
}

/** "96 x 96 x 64", "96, 96, 64", "96×96×64". @returns undefined where anything else stands there */
export function parseSizes(text: string): number[] | undefined {
  const parts = text
    .trim()
    .split(/\s*[x×,;]\s*|\s+/i)
    .filter(Boolean);
  const values = parts.map(Number);
  return values.length > 0 && values.every((value) => Number.isFinite(value) && value > 0) ? values : undefined;
}
