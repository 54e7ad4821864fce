/** The planners to choose from: which network, for how much GPU memory. */

export type PlannerName = 'default' | 'resenc' | 'resenc-m' | 'resenc-l' | 'resenc-xl';

/** Constants of one planner. Source: nnU-Net 2.8.1, ExperimentPlanner and the ResEnc presets. */
export interface PlannerPreset {
  /** nnU-Net's class name, as written into plans. */
  plannerClass: string;
  /** Default name of the plans, which is also the file's name. */
  plansName: string;
  architecture: 'PlainConvUNet' | 'ResidualEncoderUNet';
  /** GPU memory that the reference estimates below correspond to, GB; also the default target. */
  gpuMemoryGb: number;
  /** Feature map voxels of a training step that fills this memory, at batch size 2 (3D) and 12 (2D). */
  reference: { 2: number; 3: number };
  /** Share of all voxels of the dataset that one batch may cover. */
  maxDatasetCovered: number;
  /** True: the patch shrinks until batch size 2 fits the memory. False: until the reference batch size fits. */
  shrinksToMinimumBatch: boolean;
  /** Convolutions (plain) or residual blocks of encoder stage s; the last entry repeats. */
  encoderDepth: readonly number[];
  /** Convolutions of each decoder stage. */
  decoderDepth: number;
}

const residual = {
  architecture: 'ResidualEncoderUNet',
  maxDatasetCovered: 1,
  shrinksToMinimumBatch: false,
  encoderDepth: [1, 3, 4, 6],
  decoderDepth: 1,
} as const;

export const plannerPresets: Readonly<Record<PlannerName, PlannerPreset>> = {
  default: {
    plannerClass: 'ExperimentPlanner',
    plansName: 'nnUNetPlans',
    architecture: 'PlainConvUNet',
    gpuMemoryGb: 8,
    reference: { 2: 85_000_000, 3: 560_000_000 },
    maxDatasetCovered: 0.05,
    shrinksToMinimumBatch: true,
    encoderDepth: [2],
    decoderDepth: 2,
  },
  resenc: {
    ...residual,
    plannerClass: 'ResEncUNetPlanner',
    plansName: 'nnUNetResEncUNetPlans',
    gpuMemoryGb: 8,
    reference: { 2: 135_000_000, 3: 680_000_000 },
    maxDatasetCovered: 0.05,
  },
  'resenc-m': {
    ...residual,
    plannerClass: 'nnUNetPlannerResEncM',
    plansName: 'nnUNetResEncUNetMPlans',
    gpuMemoryGb: 8,
    reference: { 2: 135_000_000, 3: 680_000_000 },
  },
  'resenc-l': {
    ...residual,
    plannerClass: 'nnUNetPlannerResEncL',
    plansName: 'nnUNetResEncUNetLPlans',
    gpuMemoryGb: 24,
    reference: { 2: 380_000_000, 3: 2_100_000_000 },
  },
  'resenc-xl': {
    ...residual,
    plannerClass: 'nnUNetPlannerResEncXL',
    plansName: 'nnUNetResEncUNetXLPlans',
    gpuMemoryGb: 40,
    reference: { 2: 560_000_000, 3: 3_600_000_000 },
  },
};

/** Depth of each of the first `stages` encoder stages. */
export function encoderDepths(preset: PlannerPreset, stages: number): number[] {
  const { encoderDepth } = preset;
  return Array.from({ length: stages }, (_, stage) => encoderDepth[Math.min(stage, encoderDepth.length - 1)]!);
}

const baseFeatures = 32;
const maximumFeatures = { 2: 512, 3: 320 };

/** Feature channels of each of the first `stages` stages: doubling from 32 up to 512 (2D) or 320 (3D). */
export function featuresPerStage(stages: number, dims: 2 | 3): number[] {
  return Array.from({ length: stages }, (_, stage) => Math.min(maximumFeatures[dims], baseFeatures * 2 ** stage));
}
