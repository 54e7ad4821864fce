/** Whether the folds that people wrote can be trained: each fold's mistakes and doubts, before hours are spent. */
import { readFile } from 'node:fs/promises';
import { NnunetError } from '../../method/errors';
import { parseJson } from '../../method/jsonReader';
import type { Split } from '../../method/splits';
import { requireTrainable, validateSplits, warningsAbout } from '../../method/splitsFile';
import type { Finding } from '../findings';
import { shownPath } from './files';

/** @param files  those that are not there are passed over */
export async function checkSplits(
  folder: string,
  files: readonly (string | undefined)[],
  caseIds: readonly string[],
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const file of new Set(files)) {
    const text = file === undefined ? undefined : await textOf(file);
    if (file === undefined || text === undefined) continue;
    const add = (code: string, severity: Finding['severity'], message: string): void => {
      findings.push({ file: shownPath(folder, file), code, severity, message });
    };
    const addError = (error: unknown): void => {
      if (!(error instanceof NnunetError)) throw error;
      const place = /:(\d+:\d+)$/.exec(error.where ?? '')?.[1];
      add(error.code, 'error', `${place ? `${place}: ` : ''}${error.message}. ${error.hint}`.trim());
    };
    let splits: Split[];
    try {
      splits = validateSplits(parseJson(text, file), file);
    } catch (error) {
      addError(error);
      continue;
    }
    splits.forEach((split, fold) => {
      try {
        requireTrainable(split, fold, caseIds);
      } catch (error) {
        addError(error);
      }
      for (const { code, message } of warningsAbout(splits, fold, split)) add(code, 'warning', message);
    });
    const named = new Set(splits.flatMap(({ train, val }) => [...train, ...val]));
    const unused = caseIds.filter((id) => !named.has(id));
    if (unused.length > 0 && unused.length < caseIds.length) {
      const shown = unused.length > 5 ? `${unused.slice(0, 5).join(', ')}, …` : unused.join(', ');
      add(
        'split-unused',
        'warning',
        `No fold has ${unused.length} of the cases: ${shown}. They are neither trained nor validated on`,
      );
    }
  }
  return findings;
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
