/** Whether a resumed training goes on with other data than it began with. */
import { readFile, stat } from 'node:fs/promises';
import { preprocessedCaseFiles } from '../dataset/preprocessed';
import { foldPaths } from '../dataset/results';
import { counted } from '../words/counted';
import { NnunetError } from '../method/errors';
import { parseJson } from '../method/jsonReader';
import { isObject, isStringList } from '../method/jsonShape';
import type { Split } from '../method/splits';
import { exists } from '../storage/exists';
import type { StageContext } from './progress';

interface ResumedData extends Pick<StageContext, 'warn'> {
  foldFolder: string;
  dataFolder: string;
  split: Split;
  checkpoint: string;
}

export async function warnOfChangedData({
  foldFolder,
  dataFolder,
  split,
  checkpoint,
  warn,
}: ResumedData): Promise<void> {
  const changed = await newerThan(checkpoint, dataFolder, [...new Set([...split.train, ...split.val])]);
  if (changed.length > 0) {
    warn(
      'data-changed',
      `${some(changed)} ${changed.length === 1 ? 'was' : 'were'} preprocessed anew since the checkpoint was written: the training goes on with the data as it is now.`,
    );
  }
  const before = await casesBefore(foldFolder);
  const leaked = before ? split.val.filter((id) => before.has(id) && !split.train.includes(id)) : [];
  if (leaked.length > 0) {
    warn(
      'validated-on-training-cases',
      `The folds have changed: ${some(leaked)} ${leaked.length === 1 ? 'was' : 'were'} trained on before and ${leaked.length === 1 ? 'is' : 'are'} validated on now, which makes the validation look better than it is.`,
    );
  }
}

function some(ids: readonly string[]): string {
  const shown = ids.slice(0, 3).join(', ');
  return ids.length > 3
    ? `${counted(ids.length, 'case')} (${shown}, …)`
    : `${ids.length === 1 ? 'Case' : 'Cases'} ${shown}`;
}

async function newerThan(checkpoint: string, dataFolder: string, ids: readonly string[]): Promise<string[]> {
  const { mtimeMs: written } = await stat(checkpoint);
  const changed: string[] = [];
  for (const id of ids) {
    const info = await stat(preprocessedCaseFiles(dataFolder, id).properties).catch(() => undefined);
    if (info && info.mtimeMs > written) changed.push(id);
  }
  return changed;
}

/** The cases that were trained on, as the last start of the training noted them. */
async function casesBefore(foldFolder: string): Promise<Set<string> | undefined> {
  const file = foldPaths(foldFolder).debug;
  if (!(await exists(file))) return undefined;
  try {
    const facts = parseJson(await readFile(file, 'utf8'), file);
    // nnU-Net's own file of this name holds no such list.
    const text = isObject(facts) ? facts.training_cases : undefined;
    const cases: unknown = typeof text === 'string' ? parseJson(text, file) : undefined;
    return isStringList(cases) ? new Set(cases) : undefined;
  } catch (error) {
    // Damaged notes are written anew; nothing but this warning depends on them.
    if (error instanceof NnunetError) return undefined;
    throw error;
  }
}
