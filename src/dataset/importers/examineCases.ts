/** Opens the headers of every planned case: splits 4D files into channels, and refuses cases whose files don't fit together. */
import { basename } from 'node:path';
import { gridDistance, sameSpacing, turnOnto } from '../../geometry/grids';
import { isIdentity, type Reorientation } from '../../geometry/reorientation';
import { type ScanHeader, readScanHeader } from '../scans';
import { mapConcurrently } from '../../storage/mapConcurrently';
import type { ImportCase, ImportContext, RefusedCase } from './plan';
import { importableEnding } from './sourceFiles';
import { counted } from '../../words/counted';

/** Voxels between two grids from which on they are not the same place with other rounding. */
const farAway = 0.5;

export interface ExaminedCase extends ImportCase {
  /** Header of the first image. */
  header: ScanHeader;
  /** Components (colours, vector entries) of each image file that are kept in it. */
  components: number[];
  /** The label has no geometry of its own (or none worth keeping): it gets the image's. */
  labelTakesImageGeometry: boolean;
  /** Label files that are stored along other axes than their image, and how they are turned onto its grid. */
  turns: Map<string, Reorientation>;
  /** How far files of this size lie from the first image, in voxels; those that lie elsewhere only. */
  elsewhere: { file: string; voxels: number }[];
}

interface Examination {
  cases: ExaminedCase[];
  refused: RefusedCase[];
  /** Channel files per case were made from 4D files. */
  splitsVolumes: boolean;
}

/**
 * @param channelNames  how many channels the source says there are, if it says so
 * @param wanted  channels that each case must have; otherwise as many as most have
 */
export async function examineCases(
  planned: readonly ImportCase[],
  channelNames: readonly string[] | undefined,
  { signal, progress }: ImportContext,
  wanted?: number,
): Promise<Examination> {
  const refused: RefusedCase[] = [];
  let splitsVolumes = false;
  let done = 0;
  const results = await mapConcurrently(planned, 4, async (one) => {
    signal?.throwIfAborted();
    const result = await examine(one, channelNames?.length);
    progress?.({ done: ++done, total: planned.length, message: `Reading headers: ${one.id}` });
    return result;
  });
  let cases: ExaminedCase[] = [];
  for (const result of results) {
    if ('why' in result) refused.push(result);
    else {
      cases.push(result.examined);
      splitsVolumes ||= result.split;
    }
  }
  const usual = wanted ?? mostFrequent(cases.map(channelCount));
  cases = cases.filter((one) => {
    if (channelCount(one) === usual) return true;
    const why = `It has ${counted(channelCount(one), 'channel')}, the others have ${usual}.`;
    refused.push({ case: one.id, code: 'channel-count', why });
    return false;
  });
  return { cases, refused, splitsVolumes };
}

export function channelCount({ components }: Pick<ExaminedCase, 'components'>): number {
  return components.reduce((sum, count) => sum + count, 0);
}

type Outcome = { examined: ExaminedCase; split: boolean } | RefusedCase;

async function examine(one: ImportCase, channels: number | undefined): Promise<Outcome> {
  const refuse = (code: RefusedCase['code'], why: string): RefusedCase => ({ case: one.id, code, why });
  const headers: ScanHeader[] = [];
  for (const [i, { file }] of [...one.images, ...one.labels].entries()) {
    try {
      headers.push(await readScanHeader(file, i < one.images.length ? 'image' : 'label'));
    } catch (error) {
      return refuse('unreadable', `${basename(file)} cannot be read: ${(error as Error).message}`);
    }
  }
  const [first] = headers as [ScanHeader, ...ScanHeader[]];
  const turns = new Map<string, Reorientation>();
  for (const [i, { file }] of one.labels.entries()) {
    const turn = turnOnto(first, headers[one.images.length + i]!);
    if (turn && !isIdentity(turn)) turns.set(file, turn);
  }
  const imageHeaders = headers.slice(0, one.images.length);
  const labelHeaders = headers.slice(one.images.length);
  for (const [i, header] of headers.entries()) {
    const { file } = [...one.images, ...one.labels][i]!;
    if (header.shape.join() !== first.shape.join() && !turns.has(file)) {
      const sizes = `${sizeText(header)} voxels, ${basename(one.images[0]!.file)} has ${sizeText(first)}`;
      return refuse('shape-mismatch', `${basename(file)} has ${sizes}.`);
    }
  }
  const other = imageHeaders.findIndex((header) => !sameSpacing(header.spacing, first.spacing));
  if (other >= 0) {
    return refuse(
      'spacing-mismatch',
      `${basename(one.images[other]!.file)} has the spacing ${spacingText(imageHeaders[other]!)}, not ${spacingText(first)}.`,
    );
  }
  let labelTakesImageGeometry = turns.size > 0;
  for (const [i, header] of labelHeaders.entries()) {
    if (turns.has(one.labels[i]!.file) || sameSpacing(header.spacing, first.spacing)) continue;
    const saysNothing = header.spacing.every((mm) => mm === 1);
    if (!saysNothing) {
      return refuse(
        'spacing-mismatch',
        `${basename(one.labels[i]!.file)} has the spacing ${spacingText(header)}, its image has ${spacingText(first)}.`,
      );
    }
    labelTakesImageGeometry = true;
  }
  const split = imageHeaders.length === 1 && isSplittable(first, one.images[0]!.file, channels);
  const images = split
    ? Array.from({ length: first.channels }, (_, volume) => ({ ...one.images[0]!, volume }))
    : one.images;
  const components = split ? images.map(() => 1) : imageHeaders.map((header) => header.channels);
  const elsewhere = [...one.images, ...one.labels].flatMap(({ file }, i) => {
    const saysNothing = labelTakesImageGeometry && i >= one.images.length;
    const voxels = saysNothing ? 0 : gridDistance(headers[i]!, first);
    return voxels > farAway ? [{ file, voxels }] : [];
  });
  return { examined: { ...one, images, header: first, components, labelTakesImageGeometry, turns, elsewhere }, split };
}

/** A 4D NIfTI file whose volumes are channels; vector and colour images stay whole. */
function isSplittable(header: ScanHeader, file: string, channels: number | undefined): boolean {
  if (header.channels < 2 || header.fileShape.length !== 4 || !/^\.nii/.test(importableEnding(file) ?? ''))
    return false;
  return channels === undefined || channels === header.channels;
}

function sizeText({ shape }: ScanHeader): string {
  const [z, y, x] = shape;
  return z === 1 ? `${x}x${y}` : `${x}x${y}x${z}`;
}

function spacingText({ spacing }: ScanHeader): string {
  return [...spacing]
    .reverse()
    .map((mm) => Number(mm.toPrecision(6)))
    .join('x');
}

function mostFrequent(numbers: readonly number[]): number | undefined {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}
