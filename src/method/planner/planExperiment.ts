/** Plans an experiment: from the fingerprint of a dataset to every configuration that is worth training on it. */
import type { Vector3 } from '../../geometry/types';
import { channelNames, type TrainingDatasetJson } from '../datasetJson';
import { PlansError } from '../errors';
import { requireUsableIntensities, type Fingerprint } from '../fingerprint';
import type { JsonObject } from '../jsonShape';
import { LabelManager } from '../labels';
import { architectureFor, type Architecture } from '../networkPlan';
import { normalizationScheme, usesMaskForNormalization } from '../normalization';
import type { Configuration, Plans } from '../plans';
import { product, roundHalfEven } from '../rounding';
import { planConfiguration, type PlannedConfiguration } from './configuration';
import { plannerPresets, type PlannerName, type PlannerPreset } from './presets';
import { medianResampledShape, originalMedians, targetSpacing, transposed, transposition } from './targetSpacing';

export interface PlanRequest {
  fingerprint: Fingerprint;
  datasetJson: TrainingDatasetJson;
  planner: PlannerName;
  /** GPU memory to plan for, GB; default: the planner's own (8, 24 or 40). */
  gpuMemoryGb?: number;
  /** mm, array order (z, y, x), instead of the spacing found from the data. */
  overwriteTargetSpacing?: readonly number[];
  /** E.g. "Dataset004_Hippocampus". */
  datasetName: string;
  /** Name of the reader class that reads this dataset's images. */
  imageReaderWriter: string;
  /** Default: the planner's own name, e.g. "nnUNetPlans". */
  plansName?: string;
  /** The plans of the same name that exist already: configurations that are not planned anew are kept. */
  existing?: Plans;
}

const lowresThreshold = 0.25;
const lowresStep = 1.03;

/**
 * nnU-Net's experiment planning.
 * @throws PlansError no-foreground, intensities-overflow, gpu-memory-invalid, gpu-memory-too-small, spacing-invalid, spacing-too-coarse
 * Source: nnU-Net 2.8.1, ExperimentPlanner.plan_experiment.
 */
export function planExperiment(request: PlanRequest): Plans {
  requireUsableIntensities(request.fingerprint, channelNames(request.datasetJson));
  const planning = new Planning(request);
  const configurations = planning.configurations();
  const existing = Object.entries(request.existing?.configurations ?? {});
  const kept = existing.filter(([name]) => !Object.hasOwn(configurations, name));
  const original = originalMedians(request.fingerprint);
  const { forward, backward } = planning.transposition;
  return {
    dataset_name: request.datasetName,
    plans_name: planning.plansName,
    original_median_spacing_after_transp: transposed(original.spacing, forward),
    original_median_shape_after_transp: transposed(original.shape, forward),
    image_reader_writer: request.imageReaderWriter,
    transpose_forward: forward,
    transpose_backward: backward,
    configurations: { ...configurations, ...Object.fromEntries(kept) },
    experiment_planner_used: planning.preset.plannerClass,
    label_manager: 'LabelManager',
    foreground_intensity_properties_per_channel: request.fingerprint.foreground_intensity_properties_per_channel,
  };
}

class Planning {
  readonly preset: PlannerPreset;
  readonly plansName: string;
  readonly transposition: { forward: Vector3; backward: Vector3 };
  private readonly gpuMemoryGb: number;
  private readonly numClasses: number;
  /** Transposed; mm and voxels (halves can occur). */
  private readonly spacing: Vector3;
  private readonly medianShape: Vector3;

  constructor(private readonly request: PlanRequest) {
    this.preset = plannerPresets[request.planner];
    this.plansName = request.plansName ?? this.preset.plansName;
    this.gpuMemoryGb = request.gpuMemoryGb ?? this.preset.gpuMemoryGb;
    if (!(this.gpuMemoryGb > 0 && Number.isFinite(this.gpuMemoryGb))) {
      throw new PlansError('gpu-memory-invalid', `GPU memory must be above 0 GB, but it is ${this.gpuMemoryGb}`);
    }
    this.numClasses = new LabelManager(request.datasetJson).numDeclaredLabels;
    const target = checkedSpacing(request.overwriteTargetSpacing) ?? targetSpacing(request.fingerprint);
    this.transposition = transposition(target);
    this.spacing = transposed(target, this.transposition.forward);
    this.medianShape = transposed(medianResampledShape(request.fingerprint, target), this.transposition.forward);
    if (this.medianShape.some((size) => size === 0)) {
      const message = `At the target spacing ${target.join(' x ')} mm, the median case has no voxel left`;
      throw new PlansError('spacing-too-coarse', message, { hint: 'Give a finer target spacing.' });
    }
  }

  /** @throws PlansError `volumes-too-small` where no configuration has a network that can be trained */
  configurations(): Record<string, JsonObject> {
    const all = this.allConfigurations();
    const stages = Object.values(all).map(
      ({ architecture }) => (architecture as Architecture | undefined)?.arch_kwargs,
    );
    if (stages.every((kwargs) => !kwargs || kwargs.n_stages === 1)) throw volumesTooSmall(this.medianShape);
    return all;
  }

  /** In the order in which nnU-Net writes them. */
  private allConfigurations(): Record<string, JsonObject> {
    const configurations: Record<string, JsonObject> = {};
    configurations['2d'] = this.configuration('2d', this.spacing.slice(1), this.medianShape.slice(1), true);
    // One slice: the data are 2D images.
    if (this.medianShape[0] === 1) return configurations;

    const fullresPatch = this.plan(this.spacing, this.medianShape).patchSize;
    const lowres = this.lowres(fullresPatch);
    if (lowres) configurations['3d_lowres'] = { ...lowres, next_stage: '3d_cascade_fullres' };
    configurations['3d_fullres'] = this.configuration(
      '3d_fullres',
      this.spacing,
      this.medianShape,
      lowres !== undefined,
    );
    if (lowres) {
      configurations['3d_cascade_fullres'] = { inherits_from: '3d_fullres', previous_stage: '3d_lowres' };
    }
    return configurations;
  }

  /**
   * Coarsens the spacing until the patch sees a quarter of the median case. There is no such configuration if the patch
   * of full resolution does already, or if the case would not even halve.
   */
  private lowres(fullresPatch: readonly number[]): Configuration | undefined {
    const fullVoxels = product(this.medianShape);
    const spacing: Vector3 = [...this.spacing];
    let voxels = fullVoxels;
    let patchSize = fullresPatch;
    let shape: number[] = [];
    while (product(patchSize) / voxels < lowresThreshold) {
      const coarsest = Math.max(...spacing);
      const finer = [0, 1, 2].filter((axis) => coarsest / spacing[axis]! > 2);
      for (const axis of finer.length > 0 ? finer : [0, 1, 2]) spacing[axis]! *= lowresStep;
      const exact = this.medianShape.map((size, axis) => (this.spacing[axis]! / spacing[axis]!) * size);
      voxels = product(exact);
      // At least one voxel: images of one slice along a finer axis must not vanish.
      shape = exact.map((size) => Math.max(1, roundHalfEven(size)));
      patchSize = this.plan(spacing, shape, voxels).patchSize;
    }
    if (fullVoxels / voxels < 2) return undefined;
    return this.configuration('3d_lowres', spacing, shape, false, voxels);
  }

  private plan(spacing: readonly number[], medianShape: readonly number[], caseVoxels?: number): PlannedConfiguration {
    const { preset, gpuMemoryGb, numClasses } = this;
    // The 2D configuration too counts the voxels of the whole volumes.
    const datasetVoxels = (caseVoxels ?? product(this.medianShape)) * this.request.datasetJson.numTraining;
    return planConfiguration({ preset, gpuMemoryGb, numClasses, spacing, medianShape, datasetVoxels });
  }

  private configuration(
    name: string,
    spacing: readonly number[],
    medianShape: readonly number[],
    batchDice: boolean,
    caseVoxels?: number,
  ): Configuration {
    const planned = this.plan(spacing, medianShape, caseVoxels);
    const schemes = channelNames(this.request.datasetJson).map(normalizationScheme);
    const relativeSize = this.request.fingerprint.median_relative_size_after_cropping;
    return {
      data_identifier: this.dataIdentifier(name),
      preprocessor_name: 'DefaultPreprocessor',
      batch_size: planned.batchSize,
      patch_size: planned.patchSize,
      median_image_size_in_voxels: [...medianShape],
      spacing: [...spacing],
      normalization_schemes: schemes,
      use_mask_for_norm: schemes.map((scheme) => usesMaskForNormalization(scheme, relativeSize)),
      ...resampling(),
      architecture: architectureFor({
        networkClass: this.preset.architecture,
        features: planned.features,
        kernelSizes: planned.topology.kernelSizes,
        strides: planned.topology.strides,
        encoderDepths: planned.encoderDepths,
        decoderDepths: planned.decoderDepths,
      }),
      batch_dice: batchDice,
    };
  }

  /** Folder of preprocessed cases. ResEnc plans share the default planner's where the cases are the same. */
  private dataIdentifier(name: string): string {
    const shares = this.preset.architecture === 'ResidualEncoderUNet' && name !== '3d_lowres';
    return `${shares ? plannerPresets.default.plansName : this.plansName}_${name}`;
  }
}

function volumesTooSmall(shape: readonly number[]): PlansError {
  const size = shape.map((voxels) => Math.round(voxels)).join('x');
  const message = `The images are too small for a U-Net, which halves them at least once: the median has ${size} voxels`;
  return new PlansError('volumes-too-small', message, {
    hint: 'It takes 8 voxels along two axes, or 12 along one: give images of a larger region, or of finer spacing.',
  });
}

function resampling() {
  const name = 'resample_data_or_seg_to_shape';
  const kwargs = (isSegmentation: boolean, order: number) => {
    return { is_seg: isSegmentation, order, order_z: 0, force_separate_z: null };
  };
  return {
    resampling_fn_data: name,
    resampling_fn_seg: name,
    resampling_fn_data_kwargs: kwargs(false, 3),
    resampling_fn_seg_kwargs: kwargs(true, 1),
    resampling_fn_probabilities: name,
    resampling_fn_probabilities_kwargs: kwargs(false, 1),
  };
}

function checkedSpacing(spacing: readonly number[] | undefined): Vector3 | undefined {
  if (spacing === undefined) return undefined;
  if (spacing.length === 3 && spacing.every((mm) => mm > 0 && Number.isFinite(mm))) return [...spacing] as Vector3;
  const message = `The target spacing must be three lengths above 0 mm, but it is ${spacing.join(' ')}`;
  throw new PlansError('spacing-invalid', message, { hint: 'Give it in the order z y x.' });
}
