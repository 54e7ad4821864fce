/** How slices become a volume: in which order, on which grid, and what is wrong with their places. Pure; positions are LPS mm. */
import { length3, normalized } from '../../geometry/matrix';
import type { Geometry, Vector3 } from '../../geometry/types';
import { counted } from '../../words/counted';
import type { FrameFacts } from './imageFacts';

type StackFindingCode = 'gantry-tilt' | 'missing-slices' | 'uneven-slices' | 'doubled-slices' | 'localizer-in-series';

/** What was done about the slices of a series that do not lie as a volume's should. */
export interface StackFinding {
  code: StackFindingCode;
  message: string;
}

export interface Stack {
  /** Ascending along the normal. Several volumes: volume after volume. */
  frames: FrameFacts[];
  /** Of the frames, mm along the normal from the first. */
  depths: number[];
  /** Of the volume, evenly spaced and upright. Without a place in space: undefined directions are the identity. */
  geometry: Geometry;
  /** Every slice of the volume is one of the frames. */
  isEven: boolean;
  /** Slices of the volume: more than frames where some are missing. */
  slices: number;
  /** How far each further frame is shifted within its plane, voxels (column, row) per frame; zero but for tilted gantries. */
  shifts: [number, number][];
  /** What tells volumes at one place apart: "echo time 4.9", "echo time 9.8"; one entry of no name usually. */
  volumes: string[];
  findings: StackFinding[];
}

/** Why slices can't be put together. */
interface StackProblem {
  code: 'no-position' | 'many-slices-missing' | 'time-points-differ';
  message: string;
  hint: string;
}

/** As ITK: places that agree to this share of the slice distance are evenly spaced. */
const unevenShare = 0.02;
/** Places that are nearer than this are the same, mm. */
const samePlace = 1e-3;
const tiltMm = 0.1;

const dot = (a: readonly number[], b: readonly number[]): number => a[0]! * b[0]! + a[1]! * b[1]! + a[2]! * b[2]!;

const cross = (a: readonly number[], b: readonly number[]): Vector3 => [
  a[1]! * b[2]! - a[2]! * b[1]!,
  a[2]! * b[0]! - a[0]! * b[2]!,
  a[0]! * b[1]! - a[1]! * b[0]!,
];

export function stackFrames(all: readonly FrameFacts[]): Stack | StackProblem {
  const findings: StackFinding[] = [];
  const frames = withoutCopies(all, findings);
  const [first] = frames as [FrameFacts, ...FrameFacts[]];
  const single = frames.length === 1;
  if (!single && frames.some(({ position, orientation }) => !position || !orientation)) {
    return {
      code: 'no-position',
      message: `${counted(frames.length, 'slice')} of this series do not say where they lie in the body`,
      hint: 'Such pictures (ultrasound, screen captures, secondary captures) are no volume: leave the series out.',
    };
  }
  const { orientation = [1, 0, 0, 0, 1, 0] } = first;
  const row = normalized(orientation.slice(0, 3) as Vector3);
  const column = normalized(orientation.slice(3) as Vector3);
  const normal = normalized(cross(row, column));
  const depthOf = ({ position }: FrameFacts): number => dot(position ?? [0, 0, 0], normal);
  const ordered = frames
    .map((frame, i) => ({ frame, depth: depthOf(frame), i }))
    .sort((a, b) => a.depth - b.depth || a.frame.image.instanceNumber - b.frame.image.instanceNumber || a.i - b.i);
  const places: (typeof ordered)[] = [];
  for (const one of ordered) {
    const last = places.at(-1);
    if (last && one.depth - last[0]!.depth < samePlace) last.push(one);
    else places.push([one]);
  }
  const volumes = splitVolumes(places, findings);
  if ('code' in volumes) return volumes;
  const depths = places.map(([one]) => one!.depth - places[0]![0]!.depth);
  const origin = places[0]![0]!.frame.position ?? [0, 0, 0];
  const [rowStep = 1, columnStep = 1] = first.pixelSpacing ?? [];
  const spacing = sliceSpacing(depths, first);
  const uneven = evenness(depths, spacing, findings);
  if (typeof uneven !== 'number') return uneven;
  const shifts = places.map(([one], i): [number, number] => {
    const offset = (one!.frame.position ?? origin).map((value, axis) => value - origin[axis]!);
    const along = offset.map((value, axis) => value - normal[axis]! * depths[i]!);
    return [dot(along, row) / columnStep, dot(along, column) / rowStep];
  });
  const isTilted = shifts.some(([x, y]) => Math.abs(x) * columnStep > tiltMm || Math.abs(y) * rowStep > tiltMm);
  if (isTilted) {
    const [x, y] = shifts.at(-1)!;
    const degrees = (Math.atan2(length3([x * columnStep, y * rowStep, 0]), depths.at(-1)!) * 180) / Math.PI;
    findings.push({
      code: 'gantry-tilt',
      message: `The gantry was tilted by ${degrees.toFixed(1)}°: slices were shifted within their planes so that the volume is upright.`,
    });
  }
  return {
    frames: volumes.order.flat(),
    depths,
    geometry: {
      spacing: [columnStep, rowStep, spacing],
      origin: [...origin],
      direction: [0, 1, 2].flatMap((axis) => [row[axis]!, column[axis]!, normal[axis]!]),
    },
    isEven: areEven(depths, spacing),
    slices: uneven,
    shifts: isTilted ? shifts : shifts.map(() => [0, 0]),
    volumes: volumes.names,
    findings,
  };
}

/** One file that was copied twice, or a frame that is listed twice. */
function withoutCopies(all: readonly FrameFacts[], findings: StackFinding[]): FrameFacts[] {
  const known = new Set<string>();
  const frames = all.filter(({ image, index }) => {
    const key = `${image.sopInstance} ${index}`;
    if (known.has(key) && image.sopInstance !== '') return false;
    known.add(key);
    return true;
  });
  const copies = all.length - frames.length;
  if (copies > 0)
    findings.push({
      code: 'doubled-slices',
      message: `${counted(copies, 'slice')} came twice (the same file copied): each was taken once.`,
    });
  return frames;
}

type Place = { frame: FrameFacts; depth: number }[];

/** Several slices at each place are several volumes: over time, of several echoes … */
function splitVolumes(
  places: Place[],
  findings: StackFinding[],
): { order: FrameFacts[][]; names: string[] } | StackProblem {
  const most = Math.max(...places.map((place) => place.length));
  if (most === 1) return { order: [places.map(([one]) => one!.frame)], names: [''] };
  const full = places.filter((place) => place.length === most).length;
  if (full < places.length / 2 || places.length === 1) {
    const doubled = places.reduce((sum, place) => sum + place.length - 1, 0);
    if (places.length > 1) {
      findings.push({
        code: 'doubled-slices',
        message: `${counted(doubled, 'slice')} lie where another one does: of each place the first in the order of their numbers was taken.`,
      });
      return { order: [places.map(([one]) => one!.frame)], names: [''] };
    }
  }
  if (full < places.length) {
    return {
      code: 'time-points-differ',
      message: `This series holds up to ${most} slices at one place, but not at every one (${places.length - full} of ${places.length} places have fewer)`,
      hint: 'Its volumes (time points, echoes) are not complete: get the series again, or split it.',
    };
  }
  const key = momentThatDiffers(places[0]!);
  const sorted = places.map((place) => {
    if (key === undefined) return place;
    return [...place].sort((a, b) => compareTexts(a.frame.moments[key] ?? '', b.frame.moments[key] ?? ''));
  });
  const order = Array.from({ length: most }, (_, volume) => sorted.map((place) => place[volume]!.frame));
  const names = sorted[0]!.map(({ frame }, i) =>
    key === undefined ? `volume ${i + 1}` : `${key} ${frame.moments[key]}`,
  );
  return { order, names };
}

function momentThatDiffers(place: Place): string | undefined {
  const keys = Object.keys(place[0]!.frame.moments);
  return keys.find((key) => new Set(place.map(({ frame }) => frame.moments[key])).size === place.length);
}

function compareTexts(a: string, b: string): number {
  const difference = Number(a) - Number(b);
  return Number.isNaN(difference) ? (a < b ? -1 : a > b ? 1 : 0) : difference;
}

/** The usual step: the median, so that a gap does not change it; of even slices the mean, as ITK takes it. */
function sliceSpacing(depths: readonly number[], { image }: FrameFacts): number {
  if (depths.length < 2) return image.spacingBetweenSlices || image.sliceThickness || 1;
  const steps = depths.slice(1).map((depth, i) => depth - depths[i]!);
  const mean = depths.at(-1)! / (depths.length - 1);
  if (steps.every((step) => Math.abs(step - mean) <= unevenShare * mean)) return mean;
  return steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)]!;
}

const areEven = (depths: readonly number[], spacing: number): boolean =>
  depths.every((depth, i) => Math.abs(depth - i * spacing) <= unevenShare * spacing * Math.max(1, i));

/** How many slices the volume has; or why there is none. */
function evenness(depths: readonly number[], spacing: number, findings: StackFinding[]): number | StackProblem {
  const last = depths.at(-1)!;
  if (areEven(depths, spacing)) return depths.length;
  const slices = Math.round(last / spacing) + 1;
  const steps = depths.slice(1).map((depth, i) => (depth - depths[i]!) / spacing);
  const areMultiples = steps.every((step) => Math.abs(step - Math.round(step)) <= 0.1);
  const missing = slices - depths.length;
  if (missing > slices / 2) {
    return {
      code: 'many-slices-missing',
      message: `Of ${counted(slices, 'slice')} that this volume should have (one every ${round(spacing)} mm), ${missing} are missing`,
      hint: 'Most of it would be made up: get the series again.',
    };
  }
  const places = steps.flatMap((step, i) => (step > 1.5 ? [`${round(depths[i]!)}`] : []));
  if (areMultiples && missing > 0) {
    findings.push({
      code: 'missing-slices',
      message: `${counted(missing, 'slice')} of ${slices} ${missing === 1 ? 'is' : 'are'} missing (after ${places.slice(0, 5).join(', ')} mm): filled in from the neighbours, linearly.`,
    });
  } else {
    const range = [Math.min(...steps), Math.max(...steps)].map((step) => round(step * spacing));
    findings.push({
      code: 'uneven-slices',
      message: `The slices lie ${range.join(' to ')} mm apart: resampled along the normal to one every ${round(spacing)} mm, linearly.`,
    });
  }
  return slices;
}

const round = (mm: number): number => Number(mm.toPrecision(4));
