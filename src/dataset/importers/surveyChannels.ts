/** Looks into the images of a few cases, to see what kind of intensities each channel has. */
import { readScan } from '../scans';
import type { ChannelSurvey } from './channelNames';
import type { ExaminedCase } from './examineCases';
import { isPicture } from './formats';
import type { ImportContext } from './plan';
import { importableEnding } from './sourceFiles';

const casesToOpen = 3;

/** @returns one survey per image file of a case (volumes of a split 4D file count as files) */
export async function surveyChannels(
  cases: readonly ExaminedCase[],
  { signal, progress }: ImportContext,
): Promise<ChannelSurvey[]> {
  const surveys: ChannelSurvey[] = [];
  const chosen = evenlySpread(cases, casesToOpen);
  for (const [n, one] of chosen.entries()) {
    signal?.throwIfAborted();
    progress?.({ done: n, total: chosen.length, message: `Looking at intensities: ${one.id}` });
    for (const [channel, { file, volume }] of one.images.entries()) {
      const { data, header } = await readScan(file);
      const size = header.shape[0] * header.shape[1] * header.shape[2];
      const part = volume === undefined ? data : data.subarray(volume * size, (volume + 1) * size);
      const known = surveys[channel];
      const seen = surveyIntensities(part);
      surveys[channel] = {
        min: Math.min(seen.min, known?.min ?? Infinity),
        max: Math.max(seen.max, known?.max ?? -Infinity),
        whole: seen.whole && (known?.whole ?? true),
        components: one.components[channel]!,
        isPicture: isPicture(importableEnding(file) ?? ''),
      };
    }
  }
  return surveys;
}

function surveyIntensities(data: ArrayLike<number>): { min: number; max: number; whole: boolean } {
  let min = Infinity;
  let max = -Infinity;
  let whole = true;
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (!Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
    if (whole && !Number.isInteger(value)) whole = false;
  }
  return { min, max, whole };
}

function evenlySpread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, i) => items[Math.floor((i * (items.length - 1)) / (count - 1))]!);
}
