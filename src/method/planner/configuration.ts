/** Chooses patch size, batch size and network topology for one configuration, so that training fits the GPU memory asked for. */
import { PlansError } from '../errors';
import { argMax, product, roundHalfEven } from '../rounding';
import { featureMapVoxels } from './memoryEstimate';
import { encoderDepths, featuresPerStage, type PlannerPreset } from './presets';
import { planTopology, type Topology } from './topology';

interface ConfigurationRequest {
  preset: PlannerPreset;
  /** GPU memory to plan for, GB. */
  gpuMemoryGb: number;
  /** Number of label entries in dataset.json, background included: channels of the output in the memory estimate. */
  numClasses: number;
  /** mm per axis, transposed; two entries for 2D. */
  spacing: readonly number[];
  /** Median voxels per axis after resampling, same order; halves can occur. */
  medianShape: readonly number[];
  /** Voxels of all training cases together. */
  datasetVoxels: number;
}

export interface PlannedConfiguration {
  topology: Topology;
  patchSize: number[];
  batchSize: number;
  features: number[];
  encoderDepths: number[];
  decoderDepths: number[];
}

/** Of which the planners' estimates of memory are. */
export const referenceBatchSize = { 2: 12, 3: 2 };
export const minimumBatchSize = 2;
/** Edge of the isotropic patch that the search starts from, voxels. */
const initialEdge = { 2: 2048, 3: 256 };

/**
 * Starts from a large patch with the proportions of the data and shrinks its most generous axis until training fits;
 * what memory is left goes into the batch.
 * @throws PlansError gpu-memory-too-small when no patch fits
 * Source: nnU-Net 2.8.1, ExperimentPlanner and ResEncUNetPlanner, get_plans_for_configuration.
 */
export function planConfiguration(request: ConfigurationRequest): PlannedConfiguration {
  const { preset, spacing, medianShape } = request;
  const dims = spacing.length as 2 | 3;
  const reference = preset.reference[dims] * (request.gpuMemoryGb / preset.gpuMemoryGb);

  let topology = planTopology(spacing, initialPatch(spacing, medianShape));
  let estimate = estimateFor(request, topology);
  while (isTooLarge(estimate, reference, dims, preset)) {
    const patch = [...topology.patchSize];
    const axis = axisToShrink(patch, medianShape);
    const trial = patch.map((voxels, other) => (other === axis ? voxels - topology.divisibleBy[axis]! : voxels));
    // The smaller patch may pool less often, and then a smaller step is enough.
    patch[axis]! -= planTopology(spacing, trial).divisibleBy[axis]!;
    if (patch[axis]! <= 0) throw memoryTooSmall(request.gpuMemoryGb);
    topology = planTopology(spacing, patch);
    estimate = estimateFor(request, topology);
  }

  const { patchSize } = topology;
  const stages = topology.strides.length;
  const fitting = roundHalfEven((reference / estimate) * referenceBatchSize[dims]);
  const covering = roundHalfEven((request.datasetVoxels * preset.maxDatasetCovered) / product(patchSize));
  return {
    topology,
    patchSize,
    batchSize: Math.max(Math.min(fitting, covering), minimumBatchSize),
    features: featuresPerStage(stages, dims),
    encoderDepths: encoderDepths(preset, stages),
    decoderDepths: Array.from({ length: stages - 1 }, () => preset.decoderDepth),
  };
}

/** A patch of the initial volume with equal edges in mm, but no larger than the median case. */
function initialPatch(spacing: readonly number[], medianShape: readonly number[]): number[] {
  const dims = spacing.length as 2 | 3;
  const perMm = spacing.map((mm) => 1 / mm);
  const scale = (initialEdge[dims] ** dims / product(perMm)) ** (1 / dims);
  return perMm.map((voxels, axis) => Math.min(roundHalfEven(voxels * scale), medianShape[axis]!));
}

function estimateFor(request: ConfigurationRequest, topology: Topology): number {
  const { preset, numClasses, spacing } = request;
  const stages = topology.strides.length;
  const network = {
    architecture: preset.architecture,
    features: featuresPerStage(stages, spacing.length as 2 | 3),
    strides: topology.strides,
    encoderDepths: encoderDepths(preset, stages),
    decoderDepth: preset.decoderDepth,
    numClasses,
  };
  return featureMapVoxels(network, topology.patchSize);
}

function isTooLarge(estimate: number, reference: number, dims: 2 | 3, preset: PlannerPreset): boolean {
  if (!preset.shrinksToMinimumBatch) return estimate > reference;
  return (estimate / referenceBatchSize[dims]) * minimumBatchSize > reference;
}

/** The axis along which the patch covers most of the median case; the last of equals. */
function axisToShrink(patch: readonly number[], medianShape: readonly number[]): number {
  const coverage = patch.map((voxels, axis) => voxels / medianShape[axis]!);
  return coverage.length - 1 - argMax([...coverage].reverse());
}

function memoryTooSmall(gpuMemoryGb: number): PlansError {
  const message = `No patch is small enough for ${gpuMemoryGb} GB of GPU memory`;
  return new PlansError('gpu-memory-too-small', message, { hint: 'Plan for more memory.' });
}
