/** Adds to plans a configuration that inherits from another one: what a person changes stands in it, and what follows is planned anew. */
import { PlansError } from './errors';
import { isWholeNumber, type JsonObject } from './jsonShape';
import { architectureFor } from './networkPlan';
import { presetOf } from './planner/gpuMemory';
import { encoderDepths, featuresPerStage } from './planner/presets';
import { planTopology } from './planner/topology';
import { patchDivisor } from './planValidation';
import { getConfiguration, type Configuration, type Plans } from './plans';
import { roundHalfEven } from './rounding';

/** In the order of the file; what is absent stays. */
export interface ConfigurationChanges {
  /** Voxels. */
  patchSize?: readonly number[];
  batchSize?: number;
  /** mm. */
  spacing?: readonly number[];
}

interface Addition {
  name: string;
  /** The configuration that it inherits from. */
  from: string;
  changes: ConfigurationChanges;
}

/** Planning anew would write over these. */
const plannedNames = ['2d', '3d_fullres', '3d_lowres', '3d_cascade_fullres'];

/**
 * @returns the plans with it, checked as every configuration is
 * @throws PlansError `configuration-name`, `configuration-unchanged`, `configuration-cascade`, `spacing-too-coarse`, and what
 *   `getConfiguration` throws
 */
export function addConfiguration(plans: Plans, { name, from, changes }: Addition): Plans {
  requireFreeName(plans, name);
  const parent = getConfiguration(plans, from);
  requireNoCascade(parent, from);
  const own = changedKeys(plans, parent, name, changes);
  if (Object.keys(own).length === 0) {
    throw new PlansError('configuration-unchanged', `Nothing of ${from} was changed`, {
      hint: 'Give another patch size, batch size or spacing.',
    });
  }
  const configurations = {
    ...plans.configurations,
    [name]: { inherits_from: from, ...own, ...(parent.next_stage !== undefined && { next_stage: null }) },
  };
  const added = { ...plans, configurations };
  getConfiguration(added, name);
  return added;
}

/** What is wrong with a name for a new configuration; undefined: nothing. */
export function problemOfName(plans: Plans, name: string): string | undefined {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name) || name.includes('__')) {
    return 'A name has letters, digits, "_", "-" and ".", and nowhere "__", which separates names of folders';
  }
  if (plannedNames.includes(name)) return `"${name}" is what nnU-Net plans under this name`;
  return Object.hasOwn(plans.configurations, name) ? `There is a configuration "${name}" already` : undefined;
}

function requireFreeName(plans: Plans, name: string): void {
  const problem = problemOfName(plans, name);
  if (problem === undefined) return;
  throw new PlansError('configuration-name', problem, { hint: 'Choose another name, like 3d_fullres_large.' });
}

/** Its first stage prepares masks only for the one that the plans name. */
function requireNoCascade({ previous_stage: previous }: Configuration, name: string): void {
  if (previous === undefined || previous === null) return;
  throw new PlansError(
    'configuration-cascade',
    `${name} is the second stage of a cascade: it can't be inherited from`,
    {
      hint: `Inherit from a configuration without an earlier stage, or edit the plans by hand (${previous} needs to name it as its next_stage).`,
    },
  );
}

function changedKeys(plans: Plans, parent: Configuration, name: string, changes: ConfigurationChanges): JsonObject {
  const { batchSize } = changes;
  const spacing = differing(changes.spacing, parent.spacing);
  const patch = differing(changes.patchSize, parent.patch_size);
  return {
    ...(spacing && resampledKeys(plans, parent, name, spacing)),
    ...((patch || spacing) && networkKeys(plans, parent, patch ?? parent.patch_size, spacing)),
    ...(batchSize !== undefined && batchSize !== parent.batch_size && { batch_size: batchSize }),
  };
}

/** Cases at another spacing are others: they get a folder of their own. */
function resampledKeys(plans: Plans, parent: Configuration, name: string, spacing: readonly number[]): JsonObject {
  const median = parent.median_image_size_in_voxels.map((voxels, axis) => {
    return roundHalfEven((voxels * parent.spacing[axis]!) / spacing[axis]!);
  });
  if (median.includes(0)) {
    const message = `At a spacing of ${spacing.join(' x ')} mm, the median case has no voxel left`;
    throw new PlansError('spacing-too-coarse', message, { hint: 'Give a finer spacing.' });
  }
  return {
    data_identifier: `${plans.plans_name}_${name}`,
    spacing: [...spacing],
    median_image_size_in_voxels: median,
  };
}

/** The parent's network where the patch suits it; else the one that the planner makes for this patch. */
function networkKeys(
  plans: Plans,
  parent: Configuration,
  patch: readonly number[],
  spacing: readonly number[] | undefined,
): JsonObject {
  const preset = presetOf(plans, parent);
  const { strides } = parent.architecture.arch_kwargs;
  const isUsable =
    patch.length === parent.patch_size.length && patch.every((voxels) => isWholeNumber(voxels) && voxels > 0);
  const fits = isUsable && patchDivisor(strides).every((divisor, axis) => patch[axis]! % divisor === 0);
  // What can't be planned is refused with the reason by the check of the whole configuration.
  if (!isUsable || !preset || (fits && !spacing)) return { patch_size: [...patch] };
  const topology = planTopology(spacing ?? parent.spacing, patch);
  const stages = topology.strides.length;
  return {
    patch_size: topology.patchSize,
    architecture: architectureFor({
      networkClass: preset.architecture,
      features: featuresPerStage(stages, patch.length as 2 | 3),
      kernelSizes: topology.kernelSizes,
      strides: topology.strides,
      encoderDepths: encoderDepths(preset, stages),
      decoderDepths: Array.from({ length: stages - 1 }, () => preset.decoderDepth),
    }) as unknown as JsonObject,
  };
}

function differing(values: readonly number[] | undefined, before: readonly number[]): readonly number[] | undefined {
  return values && String(values) !== String(before) ? values : undefined;
}
