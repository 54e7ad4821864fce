/** Why does the network see patches of this size, and so many at once? */
import { t } from '@vscode/l10n';
import type { Configuration } from '../../method/plans';
import { planConfiguration, minimumBatchSize, type PlannedConfiguration } from '../../method/planner/configuration';
import { presetOf } from '../../method/planner/gpuMemory';
import type { PlannerPreset } from '../../method/planner/presets';
import { LabelManager } from '../../method/labels';
import { NnunetError } from '../../method/errors';
import { patchDivisor } from '../../method/planValidation';
import { product, roundHalfEven } from '../../method/rounding';
import type { Choice, Explained } from './explained';
import { inImageOrder, sizeText } from './imageOrder';

/** As for its file: of 2D the two axes of a slice. */
export function medianSize({ median_image_size_in_voxels: median, patch_size: patch }: Configuration): number[] {
  return median.slice(-patch.length);
}

/** 0 … 1 of the median image. */
export function shareSeen(configuration: Configuration): number {
  const median = medianSize(configuration);
  return product(configuration.patch_size.map((voxels, axis) => Math.min(1, voxels / median[axis]!)));
}

export function explainPatch(one: Explained): Choice {
  const { configuration, plans } = one;
  const { patch_size: patch, spacing } = configuration;
  const mm = inImageOrder(patch, plans).map((voxels, axis) =>
    Math.round(voxels * inImageOrder(spacing.slice(-patch.length), plans)[axis]!),
  );
  const divisor = patchDivisor(configuration.architecture.arch_kwargs.strides);
  return {
    topic: t('Patch'),
    choice: t('{0} voxels ({1} mm)', sizeText(inImageOrder(patch, plans)), sizeText(mm)),
    why: [
      coverage(one),
      ...memoryReason(one),
      t('Its edges are multiples of {0}: so often the network halves them.', sizeText(inImageOrder(divisor, plans))),
    ],
  };
}

function coverage({ configuration, plans }: Explained): string {
  const median = sizeText(inImageOrder(medianSize(configuration), plans).map(Math.round));
  const share = shareSeen(configuration);
  if (share >= 1) return t('The median image, {0} voxels, fits into it as a whole.', median);
  return t('Of the median image, {0} voxels, the network sees {1} % at once.', median, (share * 100).toPrecision(2));
}

function memoryReason(one: Explained): string[] {
  const planned = plannedAgain(one);
  if (!planned) return [];
  const { patch_size: patch } = one.configuration;
  if (String(planned.result.patchSize) !== String(patch)) {
    return [
      t(
        'Chosen by a person: for {0} GB of GPU memory the planner would make {1} voxels.',
        planned.gpuMemoryGb,
        sizeText(inImageOrder(planned.result.patchSize, one.plans)),
      ),
    ];
  }
  if (shareSeen(one.configuration) >= 1) return [];
  return [
    t(
      'It has the proportions of the images, and was made smaller along the axis that it covers best until a batch fits into {0} GB of GPU memory.',
      planned.gpuMemoryGb,
    ),
  ];
}

export function explainBatch(one: Explained): Choice {
  const { batch_size: batch } = one.configuration;
  return { topic: t('Batch'), choice: String(batch), why: batchReasons(one) };
}

function batchReasons(one: Explained): string[] {
  const planned = plannedAgain(one);
  if (!planned) return [];
  const { batch_size: batch, patch_size: patch } = one.configuration;
  if (String(planned.result.patchSize) !== String(patch)) return [];
  if (planned.result.batchSize !== batch) {
    return [t('Chosen by a person: the planner would take {0}.', planned.result.batchSize)];
  }
  const covering = roundHalfEven((planned.datasetVoxels * planned.preset.maxDatasetCovered) / product(patch));
  const percent = planned.preset.maxDatasetCovered * 100;
  if (covering < batch) {
    return [t('The least. It has more than {0} % of the voxels of all training cases already.', percent)];
  }
  if (batch === covering) {
    return [
      t('A batch has no more than {0} % of the voxels of all training cases, though memory would allow more.', percent),
    ];
  }
  if (batch === minimumBatchSize) return [t('The least: the memory went into the patch.')];
  return [t('What memory the patch leaves of {0} GB goes into the batch.', planned.gpuMemoryGb)];
}

interface PlannedAgain {
  result: PlannedConfiguration;
  preset: PlannerPreset;
  gpuMemoryGb: number;
  datasetVoxels: number;
}

/** What the planner makes of the same numbers. @returns undefined where they are not all there */
function plannedAgain({ plans, configuration, datasetJson, gpuMemoryGb: wanted }: Explained): PlannedAgain | undefined {
  const preset = presetOf(plans, configuration);
  if (!preset || !datasetJson?.numTraining) return undefined;
  const { spacing } = configuration;
  const medianShape = medianSize(configuration);
  const gpuMemoryGb = wanted ?? preset.gpuMemoryGb;
  const datasetVoxels = wholeImage(plans.configurations, configuration) * datasetJson.numTraining;
  try {
    const result = planConfiguration({
      preset,
      gpuMemoryGb,
      numClasses: new LabelManager(datasetJson).numDeclaredLabels,
      spacing: spacing.slice(-medianShape.length),
      medianShape,
      datasetVoxels,
    });
    return { result, preset, gpuMemoryGb, datasetVoxels };
  } catch (error) {
    if (error instanceof NnunetError) return undefined;
    throw error;
  }
}

/** Voxels of the median image; of 2D with all its slices, which only a 3D configuration tells. */
function wholeImage(
  configurations: Readonly<Record<string, { median_image_size_in_voxels?: unknown }>>,
  configuration: Configuration,
): number {
  const slices = configurations['3d_fullres']?.median_image_size_in_voxels;
  const isTold = configuration.patch_size.length === 2 && Array.isArray(slices) && typeof slices[0] === 'number';
  return product(medianSize(configuration)) * (isTold ? (slices[0] as number) : 1);
}
