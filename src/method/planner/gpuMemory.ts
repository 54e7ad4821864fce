/** How much GPU memory does training a configuration take, by the estimate that nnU-Net plans with? */
import { networkClassOf } from '../networkPlan';
import type { Configuration, Plans } from '../plans';
import { referenceBatchSize } from './configuration';
import { featureMapVoxels } from './memoryEstimate';
import { plannerPresets, type PlannerPreset } from './presets';

/** The planner whose constants the plans were made with; for one that is not known, that of the same network. */
export function presetOf(
  { experiment_planner_used: used }: Plans,
  { architecture }: Configuration,
): PlannerPreset | undefined {
  const presets = Object.values(plannerPresets);
  const network = networkClassOf(architecture);
  return (
    presets.find(({ plannerClass }) => plannerClass === used) ?? presets.find((one) => one.architecture === network)
  );
}

/**
 * @param numClasses  entries of `labels`, the background included
 * @returns GB; undefined for networks that are not nnU-Net's own
 */
export function trainingGigabytes(
  configuration: Configuration,
  { architecture: network, reference, gpuMemoryGb }: PlannerPreset,
  numClasses: number,
): number | undefined {
  const { architecture, patch_size: patch, batch_size: batch } = configuration;
  const kwargs = architecture.arch_kwargs;
  const depths = kwargs.n_conv_per_stage ?? kwargs.n_blocks_per_stage;
  if (networkClassOf(architecture) !== network || !depths) return undefined;
  const size = {
    architecture: network,
    features: kwargs.features_per_stage,
    strides: kwargs.strides,
    encoderDepths: depths,
    decoderDepth: kwargs.n_conv_per_stage_decoder[0] ?? 1,
    numClasses,
  };
  const dims = patch.length as 2 | 3;
  const share = featureMapVoxels(size, patch) / reference[dims];
  return share * gpuMemoryGb * (batch / referenceBatchSize[dims]);
}
