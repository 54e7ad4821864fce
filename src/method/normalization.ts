/** Which normalization each input channel gets. */

export type NormalizationScheme =
  'CTNormalization' | 'NoNormalization' | 'ZScoreNormalization' | 'RescaleTo01Normalization' | 'RGBTo01Normalization';

/** Statistics of the foreground voxels of one channel over all training cases, in the image's own units. */
export interface IntensityProperties {
  mean: number;
  median: number;
  std: number;
  min: number;
  max: number;
  percentile_99_5: number;
  percentile_00_5: number;
}

const schemesByName: Record<string, NormalizationScheme> = {
  ct: 'CTNormalization',
  nonorm: 'NoNormalization',
  zscore: 'ZScoreNormalization',
  rescale_to_0_1: 'RescaleTo01Normalization',
  rgb_to_0_1: 'RGBTo01Normalization',
};

/** Scheme for a channel name, by exact name without regard to case; any other name ("MRI", "T1") means z-score. */
export function normalizationScheme(channelName: string): NormalizationScheme {
  const key = channelName.toLowerCase();
  return Object.hasOwn(schemesByName, key) ? schemesByName[key]! : 'ZScoreNormalization';
}

/**
 * Whether normalization looks at the inside of the nonzero mask only: where cropping to nonzero removed more than a
 * quarter of the median image, for z-scored channels.
 */
export function usesMaskForNormalization(
  scheme: NormalizationScheme,
  medianRelativeSizeAfterCropping: number,
): boolean {
  return scheme === 'ZScoreNormalization' && medianRelativeSizeAfterCropping < 3 / 4;
}

/** Whether CTNormalization with these statistics gives numbers: in single precision, in which images are normalised. */
export function isUsableForCt({
  mean,
  std,
  percentile_00_5,
  percentile_99_5,
}: Pick<IntensityProperties, 'mean' | 'std' | 'percentile_00_5' | 'percentile_99_5'>): boolean {
  return [mean, std * std, percentile_00_5, percentile_99_5].every((value) => Number.isFinite(Math.fround(value)));
}
