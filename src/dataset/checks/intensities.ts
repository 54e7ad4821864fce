/** Which intensities of one image can't be used? By the rules by which planning refuses them, in its words. */
import type { VoxelArray } from '../../geometry/types';
import { countedAre } from '../../words/counted';
import type { NormalizationScheme } from '../../method/normalization';
import type { Finding } from '../findings';
import { notFiniteHint, overflowHint, overflowWords, voxelWords } from '../intensityWords';
import type { Scan } from '../scans';
import { isExtreme } from './extremeVoxels';

type Report = (code: string, severity: Finding['severity'], message: string) => void;

/**
 * @param schemes  of the file's channels
 * @returns index of the greatest value of each channel that holds an extreme one and was not reported
 */
export function checkIntensities(
  { data, header }: Scan,
  schemes: readonly NormalizationScheme[],
  report: Report,
): { channel: number; greatest: number }[] {
  const bad = notFinite(data);
  const words = (index: number): string => voxelWords(data, [header.channels, ...header.shape], index);
  if (bad.count > 0) {
    const which =
      bad.count === 1 ? 'One voxel is no number' : `${countedAre(bad.count, 'voxel')} no numbers, the first`;
    report('not-finite', 'error', `${which}: ${words(bad.first)}. ${notFiniteHint}`);
    return [];
  }
  if (data.every((value) => value === data[0])) {
    report('constant-image', 'warning', `All voxels of this image have the same value, ${data[0]}`);
    return [];
  }
  const length = data.length / header.channels;
  const found: { channel: number; greatest: number }[] = [];
  for (let channel = 0; channel < header.channels; channel += 1) {
    const scheme = schemes[channel];
    // Integers are never too large to be normalised; colours may still be.
    if (!isFloat(data) && scheme !== 'RGBTo01Normalization') continue;
    const values = data.subarray(channel * length, (channel + 1) * length);
    const { least, most } = extremesOf(values);
    const [low, high] = [values[least]!, values[most]!];
    const greatest = channel * length + (Math.abs(low) > Math.abs(high) ? least : most);
    if (scheme === 'RGBTo01Normalization' && (low < 0 || high > 255)) {
      const message = `RGB images must have values from 0 to 255; ${words(channel * length + (low < 0 ? least : most))}`;
      report('rgb-out-of-range', 'error', message);
    } else if (overflows(values, scheme, { low, high })) {
      report('intensities-overflow', 'error', `${overflowWords('This image', words(greatest))}. ${overflowHint}`);
    } else if (isExtreme(data[greatest]!)) found.push({ channel, greatest });
  }
  return found;
}

function isFloat(data: VoxelArray): boolean {
  return data instanceof Float32Array || data instanceof Float64Array;
}

/** Files may store double precision, images are read in single. */
function notFinite(data: VoxelArray): { count: number; first: number } {
  let [count, first] = [0, -1];
  if (!isFloat(data)) return { count, first };
  for (let at = 0; at < data.length; at += 1) {
    if (Number.isFinite(Math.fround(data[at]!))) continue;
    if (count === 0) first = at;
    count += 1;
  }
  return { count, first };
}

function extremesOf(values: VoxelArray): { least: number; most: number } {
  let [least, most] = [0, 0];
  for (let at = 1; at < values.length; at += 1) {
    if (values[at]! < values[least]!) least = at;
    else if (values[at]! > values[most]!) most = at;
  }
  return { least, most };
}

/** Whether a channel that is normalised by itself becomes infinite, or nothing. */
function overflows(
  values: VoxelArray,
  scheme: NormalizationScheme | undefined,
  { low, high }: { low: number; high: number },
): boolean {
  if (scheme === 'RescaleTo01Normalization') return !Number.isFinite(Math.fround(high - low));
  return scheme === 'ZScoreNormalization' && (isExtreme(low) || isExtreme(high)) && squaresOverflow(values);
}

/** Whether a deviation of these values is beyond single precision. */
function squaresOverflow(values: VoxelArray): boolean {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return !Number.isFinite(Math.fround(squares));
}
