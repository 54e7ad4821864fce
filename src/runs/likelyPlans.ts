/** What nnU-Net will probably plan for a dataset, from the headers of its images alone: in a second, for an estimate of time and memory. */
import type { Vector3 } from '../geometry/types';
import { mapConcurrently } from '../storage/mapConcurrently';
import { readRawDataset } from '../dataset/rawDataset';
import type { DatasetReference } from '../dataset/references';
import { readHeader } from '../images/header';
import { channelNames, type DatasetJson } from '../method/datasetJson';
import { planExperiment } from '../method/planner/planExperiment';
import type { Plans } from '../method/plans';
import { plannerOf } from '../pipeline/plan';

/**
 * Measuring also crops and looks at intensities: then patches may become smaller.
 * @param mostHeaders  read evenly from the list of cases: medians of some dozens are close to those of all
 * @returns undefined where there is no planner of this name
 */
export async function likelyPlans(
  dataset: DatasetReference,
  plansName: string,
  mostHeaders: number,
): Promise<{ plans: Plans; datasetJson: DatasetJson } | undefined> {
  const planner = plannerOf(plansName);
  if (!planner) return undefined;
  const { cases, datasetJson } = await readRawDataset(dataset.raw);
  const step = Math.max(1, cases.length / mostHeaders);
  const sample = Array.from({ length: Math.min(cases.length, mostHeaders) }, (_, i) => cases[Math.floor(i * step)]!);
  const headers = await mapConcurrently(sample, 8, ({ images }) => readHeader(images[0]!));
  const intensities = { mean: 0, median: 0, std: 1, min: 0, max: 1, percentile_00_5: 0, percentile_99_5: 1 };
  const plans = planExperiment({
    fingerprint: {
      spacings: headers.map(({ spacing }): Vector3 => [...spacing]),
      shapes_after_crop: headers.map(({ shape }): Vector3 => [...shape]),
      foreground_intensity_properties_per_channel: Object.fromEntries(
        channelNames(datasetJson).map((_, index) => [String(index), intensities]),
      ),
      median_relative_size_after_cropping: 1,
    },
    datasetJson,
    planner,
    datasetName: dataset.folderName,
    imageReaderWriter: 'SimpleITKIO',
  });
  return { plans, datasetJson };
}
