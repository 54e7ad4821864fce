/** Of which dataset are masks that were evaluated? Its name stands in their path, or in that of what they were compared with. */
import { dirname } from 'node:path';
import { parseDatasetName } from '../../dataset/names';
import type { ScoredCase } from '../../pipeline/scoredCases';

/** @param folder  of the masks */
export function datasetNameOf(folder: string, scored: Pick<ScoredCase, 'reference'> | undefined): string | undefined {
  const parts = [folder, dirname(scored?.reference ?? '')].flatMap((path) => path.split(/[\\/]/).reverse());
  return parts.find((part) => parseDatasetName(part) !== undefined);
}
