/** Does a voxel that no scan has spoil a training, or is it clipped, or does it not count? Only all cases together tell. */
import type { VoxelArray } from '../../geometry/types';
import { isUsableForCt, type NormalizationScheme } from '../../method/normalization';
import type { Finding } from '../findings';
import { overflowHint, overflowWords, voxelWords } from '../intensityWords';
import type { Scan } from '../scans';

/** A voxel that is not refused for its image's sake alone. */
export interface ExtremeVoxel {
  /** Of the case. */
  channel: number;
  /** As findings show it. */
  file: string;
  /** "voxel (1, 2, 3) is 3.4e+38" */
  words: string;
  /** What a CT's statistics get from this case, where the voxel is foreground. */
  foreground?: ForegroundMoments;
}

interface ForegroundMoments {
  mean: number;
  meanSquare: number;
}

/** The squares of a thousand million smaller values stay within single precision. */
const smallestExtreme = 1e14;

export function isExtreme(value: number): boolean {
  return Math.abs(value) >= smallestExtreme;
}

/** The greatest voxel of one channel of a file. */
export interface Candidate {
  scan: Scan;
  file: string;
  /** Of the file, and of the case. */
  channelOfFile: number;
  channel: number;
  scheme: NormalizationScheme | undefined;
  /** Index in the file's voxels. */
  greatest: number;
}

/** @param labels  of the case, on the image's grid; undefined where there are none to go by */
export function examineCandidate(candidate: Candidate, labels: VoxelArray | undefined): ExtremeVoxel {
  const { scan, file, channel, channelOfFile, scheme, greatest } = candidate;
  const { data, header } = scan;
  const length = data.length / header.channels;
  const words = (index: number): string => voxelWords(data, [header.channels, ...header.shape], index);
  const found =
    scheme === 'CTNormalization' && labels?.length === length
      ? extremeForeground(data.subarray(channelOfFile * length, (channelOfFile + 1) * length), labels)
      : undefined;
  if (!found) return { channel, file, words: words(greatest) };
  const { greatest: at, ...foreground } = found;
  return { channel, file, words: words(channelOfFile * length + at), foreground };
}

/** The value farthest from zero where something is labelled; undefined where nothing extreme is. */
function extremeForeground(
  values: VoxelArray,
  labels: VoxelArray,
): ({ greatest: number } & ForegroundMoments) | undefined {
  let [count, sum, squares, greatest] = [0, 0, 0, -1];
  for (let at = 0; at < labels.length; at += 1) {
    if (Math.round(labels[at]!) <= 0) continue;
    const value = values[at]!;
    count += 1;
    sum += value;
    squares += value * value;
    if (greatest < 0 || Math.abs(value) > Math.abs(values[greatest]!)) greatest = at;
  }
  if (greatest < 0 || !isExtreme(values[greatest]!)) return undefined;
  return { greatest, mean: sum / count, meanSquare: squares / count };
}

/**
 * What is wrong with extreme voxels once all cases are known: a CT is normalised by the foreground of all of them, to
 * which every case with any contributes as much.
 */
export function judgeExtremes(
  cases: readonly { id: string; extremes: readonly ExtremeVoxel[]; values?: readonly number[] }[],
): Finding[] {
  const contributing = cases.filter(({ values }) => values?.some((value) => value > 0)).length;
  const all = cases.flatMap(({ id, extremes }) => extremes.map((extreme) => ({ id, ...extreme })));
  return all.map(({ id, file, words, channel, foreground }): Finding => {
    const moments = all.flatMap((one) => (one.channel === channel && one.foreground ? [one.foreground] : []));
    if (foreground && !areUsable(moments, contributing) && isToBlame(foreground, moments, contributing)) {
      const message = `${overflowWords('This image', words)}. ${overflowHint}`;
      return { case: id, file, code: 'intensities-overflow', severity: 'error', message };
    }
    const message = `No scan has such an intensity: ${words}. Is it a placeholder for "no data"? Better is the intensity of the background.`;
    return { case: id, file, code: 'extreme-intensity', severity: 'warning', message };
  });
}

/** It is enough to spoil the statistics, or no other is and it is the greatest. */
function isToBlame(one: ForegroundMoments, all: readonly ForegroundMoments[], contributing: number): boolean {
  if (!areUsable([one], contributing)) return true;
  const alone = all.some((other) => !areUsable([other], contributing));
  return !alone && all.every(({ meanSquare }) => meanSquare <= one.meanSquare);
}

/** Other cases add too little to be looked at. */
function areUsable(moments: readonly ForegroundMoments[], contributing: number): boolean {
  const mean = moments.reduce((sum, one) => sum + one.mean, 0) / contributing;
  const meanSquare = moments.reduce((sum, one) => sum + one.meanSquare, 0) / contributing;
  const std = Math.sqrt(Math.max(0, meanSquare - mean * mean));
  return isUsableForCt({ mean, std, percentile_00_5: mean, percentile_99_5: mean });
}
