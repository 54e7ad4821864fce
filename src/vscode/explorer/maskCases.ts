/** Over which case of its dataset is a mask shown, where a training and a test case may have one name? */
import { channelExpectation } from '../../dataset/channelFiles';
import { caseOfMask, type MaskOrigin } from '../../dataset/maskOrigin';
import type { RawCase } from '../../dataset/rawDataset';
import { imageEndings, splitEnding } from '../../images/endings';
import type { DatasetJson } from '../../method/datasetJson';
import { firstImages, listPredictable } from '../../dataset/predictable';
import type { RawContents } from '../catalog/rawContents';
import type { ScoredCase } from '../../pipeline/scoredCases';
import { exists } from '../../storage/exists';

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

/** By case, the first of the images that were predicted, where they lie in no dataset; none where they are gone. */
export async function imagesOfInput(
  { input = [] }: MaskOrigin,
  datasetJson: Pick<DatasetJson, 'channel_names'> | undefined,
): Promise<Map<string, string>> {
  const isImage = (path: string): boolean => imageEndings.includes(splitEnding(path).ending.toLowerCase());
  const files = await Promise.all(
    input.map(async (path) => {
      if (!isImage(path)) return listPredictable(path).catch(() => []);
      return (await exists(path)) ? [path] : [];
    }),
  );
  return firstImages(files.flat(), datasetJson ? channelExpectation(datasetJson) : { count: 1 });
}
