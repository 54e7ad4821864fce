/** Checks a raw dataset: everything that would stop or spoil a training, said per case before hours are spent. */
import { resolve } from 'node:path';
import { withOneCount } from './checks/count';
import { checkDatasetJson } from './checks/datasetJson';
import { findDuplicates } from './checks/duplicates';
import { judgeExtremes } from './checks/extremeVoxels';
import { checkSplits } from './checks/splits';
import { checkFiles } from './checks/files';
import { findAbsentLabels } from './checks/occurrence';
import { type CaseCheck, checkCase } from './checks/volumes';
import type { Finding } from './findings';
import { mapConcurrently } from '../storage/mapConcurrently';
import { rawPaths } from './rawDataset';

interface CheckOptions {
  signal?: AbortSignal | undefined;
  progress?: ((done: number, total: number, message: string) => void) | undefined;
  /** Cases that are read at the same time; default 2. Each holds one case's images in memory. */
  workers?: number | undefined;
  /** The splits_final.json in use, where there is one; one beside the raw data is looked at anyway. */
  splitsFile?: string | undefined;
  /** Only what dataset.json and the names of files tell: at once, however many cases there are. */
  withoutImages?: boolean | undefined;
}

export interface CheckResult {
  /** Number of training cases. */
  cases: number;
  /** dataset.json first, then by case. */
  findings: Finding[];
}

/** Reads every training image and label once, unless told otherwise. Never changes anything; see fixDataset.ts for that. */
export async function checkDataset(datasetFolder: string, options: CheckOptions = {}): Promise<CheckResult> {
  const folder = resolve(datasetFolder);
  const { signal, progress, workers = 2, withoutImages = false } = options;
  const description = await checkDatasetJson(folder);
  if (!description.datasetJson) return { cases: 0, findings: description.findings };
  const files = await checkFiles(folder, description.datasetJson);
  const ids = files.cases.map(({ id }) => id);
  const splits = await checkSplits(folder, [rawPaths(folder).splits, options.splitsFile], ids);
  const byNames = withOneCount(description.findings, files.findings);
  if (withoutImages) return { cases: files.caseCount, findings: [...byNames, ...splits] };
  let done = 0;
  const checks = await mapConcurrently(files.cases, workers, async (one): Promise<CaseCheck> => {
    signal?.throwIfAborted();
    const check = await checkCase(folder, one, description);
    progress?.(++done, files.cases.length, one.id);
    return check;
  });
  return {
    cases: files.caseCount,
    findings: [
      ...byNames,
      ...(checks.length === files.caseCount ? findAbsentLabels(description, checks) : []),
      ...checks.flatMap((check) => check.findings),
      ...judgeExtremes(checks),
      ...findDuplicates(checks),
      ...splits,
    ],
  };
}
