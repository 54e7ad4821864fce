/** Reads every label file of an import once and decides what its values become. */
import { basename } from 'node:path';
import { mapConcurrently } from '../../storage/mapConcurrently';
import { readScan } from '../scans';
import type { ExaminedCase } from './examineCases';
import { type LabelMapping, type PartSurvey, addSurvey, mapLabels } from './labelMapping';
import { type LabelSurvey, surveyLabel } from './labelSurvey';
import type { ImportContext, RefusedCase } from './plan';
import { importableEnding } from './sourceFiles';

/** Values this close to a whole number are rounding errors of a float file, not probabilities. */
export const integerTolerance = 1e-3;

interface LabelExamination {
  mapping: LabelMapping;
  /** Cases whose labels can be used. */
  cases: ExaminedCase[];
  refused: RefusedCase[];
  /** Label files that must be rewritten although their values stay: stored as floating point. */
  floatFiles: Set<string>;
}

export async function examineLabels(
  examined: readonly ExaminedCase[],
  declared: ReadonlyMap<number, string> | undefined,
  words: readonly string[],
  { signal, progress }: ImportContext,
): Promise<LabelExamination> {
  const refused: RefusedCase[] = [];
  const floatFiles = new Set<string>();
  let done = 0;
  const surveys = await mapConcurrently(examined, 3, async (one) => {
    const files: { part: string; survey: LabelSurvey }[] = [];
    for (const { file, part } of one.labels) {
      signal?.throwIfAborted();
      try {
        const scan = await readScan(file, 'label');
        const survey = surveyLabel(scan.data, scan.header.channels, scan.header.shape, isLossy(file));
        const why = problemOf(survey, basename(file));
        if (why) return { code: 'label-values' as const, why };
        if (scan.header.storedType.startsWith('float') || scan.header.scaling || survey.fraction > 0)
          floatFiles.add(file);
        files.push({ part, survey });
      } catch (error) {
        if (signal?.aborted) throw error;
        return {
          code: 'label-unreadable' as const,
          why: `${basename(file)} cannot be read: ${(error as Error).message}`,
        };
      }
    }
    progress?.({ done: ++done, total: examined.length, message: `Reading labels: ${one.id}` });
    return files;
  });
  const parts = new Map<string, PartSurvey>();
  const cases = examined.filter((one, i) => {
    const result = surveys[i]!;
    if (!Array.isArray(result)) {
      refused.push({ case: one.id, ...result });
      return false;
    }
    for (const { part, survey } of result) addSurvey(parts, part, survey);
    return true;
  });
  return { mapping: mapLabels([...parts.values()], declared, words), cases, refused, floatFiles };
}

export function isLossy(file: string): boolean {
  return /^\.jpe?g$/.test(importableEnding(file) ?? '');
}

function problemOf(survey: LabelSurvey, name: string): string | undefined {
  if (survey.nonFinite > 0) return `${name} has ${survey.nonFinite} voxels that are not numbers (NaN or infinite).`;
  if (survey.fraction > integerTolerance) return `${name} has values that are not whole numbers: it is no label map.`;
  if (survey.tooManyValues) return `${name} has thousands of different values: it is no label map.`;
  const lowest = Math.min(...survey.counts.keys());
  if (lowest < -integerTolerance) return `${name} has negative values (${lowest}).`;
  if (!survey.colour && Math.max(...survey.counts.keys()) > 65535) return `${name} has values above 65535.`;
  return undefined;
}
