/** Which series of a DICOM source make a case, and which segmentations are its label? */
import { gridOfStack } from '../../images/dicom/assemble';
import type { DrawnStructures } from '../../images/dicom/segments';
import { counted } from '../../words/counted';
import { safeName } from '../names';
import type { ChosenChannels } from './dicomChannels';
import type { DicomSource, FoundSeries } from './dicomSource';
import type { RefusedCase } from './plan';

export interface DicomCase {
  id: string;
  /** By channel. */
  series: FoundSeries[];
  /** Empty for test images. */
  drawn: DrawnStructures[];
}

/** The series that each SEG and RTSTRUCT was drawn on, as far as it is there. */
export function drawnOnSeries({ series, drawn }: DicomSource): {
  drawnOn: Map<FoundSeries, DrawnStructures[]>;
  lost: DrawnStructures[];
} {
  const drawnOn = new Map<FoundSeries, DrawnStructures[]>();
  const lost: DrawnStructures[] = [];
  const usable = series.filter(({ stack }) => stack);
  const byInstance = new Map(usable.flatMap((one) => one.images.map(({ sopInstance }) => [sopInstance, one] as const)));
  for (const one of drawn) {
    const named = usable.find(({ uid }) => one.series.includes(uid));
    const referred = [...one.instances].flatMap((instance) => byInstance.get(instance) ?? [])[0];
    const inFrame = usable.filter(
      (found) =>
        one.frameOfReference !== '' && found.frameOfReference === one.frameOfReference && found.study === one.study,
    );
    const target = named ?? referred ?? (inFrame.length === 1 ? inFrame[0] : undefined);
    if (target) drawnOn.set(target, [...(drawnOn.get(target) ?? []), one]);
    else lost.push(one);
  }
  return { drawnOn, lost };
}

/**
 * One channel: every series is a case. Several: those of one visit are, one of each, on one grid.
 * @param keepIdentifiers  names after the patient's number instead of case_001, case_002 …
 */
export function casesOf(
  found: DicomSource,
  { names, channelOf }: ChosenChannels,
  drawnOn: ReadonlyMap<FoundSeries, DrawnStructures[]>,
  keepIdentifiers: boolean,
): { cases: DicomCase[]; refused: RefusedCase[] } {
  const groups = new Map<string, FoundSeries[]>();
  for (const series of found.series) {
    if (!series.stack || channelOf(series) === undefined) continue;
    const key = names.length === 1 ? `${series.study}\0${series.uid}` : series.study;
    groups.set(key, [...(groups.get(key) ?? []), series]);
  }
  const digits = Math.max(3, String(groups.size).length);
  const used = new Map<string, number>();
  const cases: DicomCase[] = [];
  const refused: RefusedCase[] = [];
  [...groups.values()].forEach((all, i) => {
    const id = keepIdentifiers ? identified(all[0]!, used) : `case_${String(i + 1).padStart(digits, '0')}`;
    const byChannel = names.map((_, channel) => all.filter((series) => channelOf(series) === channel));
    const why = problemOf(names, byChannel);
    if (why) refused.push({ case: id, ...why });
    else {
      const series = byChannel.map(([one]) => one!);
      cases.push({ id, series, drawn: series.flatMap((one) => drawnOn.get(one) ?? []) });
    }
  });
  return { cases, refused };
}

function identified({ patient }: FoundSeries, used: Map<string, number>): string {
  const [number = ''] = patient.split('\0');
  const name = safeName(number) || 'patient';
  const times = (used.get(name) ?? 0) + 1;
  used.set(name, times);
  return times === 1 ? name : `${name}_${times}`;
}

function problemOf(
  names: readonly string[],
  byChannel: readonly FoundSeries[][],
): Omit<RefusedCase, 'case'> | undefined {
  const missing = names.filter((_, i) => byChannel[i]!.length === 0);
  if (missing.length > 0) return { code: 'channel-count', why: `It has no series for ${missing.join(' and ')}.` };
  const several = byChannel.findIndex((series) => series.length > 1);
  if (several >= 0) {
    const count = counted(byChannel[several]!.length, 'series', 'series');
    return {
      code: 'channel-count',
      why: `${count} of this visit could be ${names[several]}: choose by a narrower pattern.`,
    };
  }
  const grids = byChannel.map(([one]) => gridOfStack(one!.stack!));
  const [first] = grids;
  const other = grids.findIndex(
    ({ shape, geometry }) =>
      shape.join() !== first!.shape.join() ||
      geometry.origin.some((mm, i) => Math.abs(mm - first!.geometry.origin[i]!) > 0.1) ||
      geometry.spacing.some((mm, i) => Math.abs(mm - first!.geometry.spacing[i]!) > 1e-3) ||
      geometry.direction.some((cosine, i) => Math.abs(cosine - first!.geometry.direction[i]!) > 1e-3),
  );
  if (other < 0) return undefined;
  return {
    code: 'shape-mismatch',
    why: `${names[other]} lies on another grid than ${names[0]} (${[...grids[other]!.shape].reverse().join('x')} and ${[...first!.shape].reverse().join('x')} voxels): resample them to one first.`,
  };
}
