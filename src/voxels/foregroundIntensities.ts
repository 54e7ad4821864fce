/** Intensities of the labelled voxels: drawn per case, summarized over the dataset. */
import type { Shape4 } from '../geometry/types';
import type { IntensityProperties } from '../method/normalization';
import { runNative } from './load';
import type { NativeSample } from './native';
import type { NativeOptions } from './types';

/**
 * What one case adds to one channel's statistics: as many draws as asked for, but held as the foreground and the state of
 * the random generator where that is smaller. Plain data, may be sent between threads.
 */
export type ForegroundSample = NativeSample;

/**
 * One sample per channel. @param samplesPerCase  draws with replacement: floor(1e8 / number of cases)
 * Source: nnU-Net 2.8 collect_foreground_intensities, RandomState(1234) per case.
 */
export function sampleForeground(
  data: Float32Array,
  shape: Readonly<Shape4>,
  segmentation: Int16Array,
  samplesPerCase: number,
  options?: NativeOptions,
): Promise<ForegroundSample[]> {
  return runNative(options, (voxels, run) => voxels.sampleForeground(data, shape, segmentation, samplesPerCase, run));
}

/** Statistics per channel, keyed "0", "1", … @param perCase  per case, in order, what `sampleForeground` gave */
export async function intensityStatistics(
  perCase: readonly (readonly ForegroundSample[])[],
  options?: NativeOptions,
): Promise<Record<string, IntensityProperties>> {
  const channels = perCase[0]?.map((_, channel) => channel) ?? [];
  const statistics = await Promise.all(
    channels.map((channel) =>
      runNative(options, (voxels, run) =>
        voxels.intensityStatistics(
          perCase.map((samples) => samples[channel]!),
          run,
        ),
      ),
    ),
  );
  return Object.fromEntries(statistics.map((properties, channel) => [String(channel), properties]));
}
