/** Over which case of its dataset is a mask shown, where a training and a test case may have one name? */
import { caseOfMask, type MaskOrigin } from '../../dataset/maskOrigin';
import type { RawCase } from '../../dataset/rawDataset';
import type { RawContents } from './rawContents';
import type { ScoredCase } from './validation';

type Cases = Pick<RawContents, 'cases' | 'testCases'>;

/** @param record  what is written beside the mask */
export function caseOfScored(
  { id, reference }: Pick<ScoredCase, 'id' | 'reference'>,
  record: MaskOrigin,
  raw: Cases | undefined,
): RawCase | undefined {
  return caseOfMask({ input: record.input, reference }, casesNamed(id, raw));
}

export function casesNamed(id: string, raw: Cases | undefined): RawCase[] {
  return [...(raw?.testCases ?? []), ...(raw?.cases ?? [])].filter((one) => one.id === id);
}
