/** From which checkpoint a training goes on: a question only where the one trained longest can't be used. */
import { t } from '@vscode/l10n';
import { NnunetError } from '../../../method/errors';
import { resumePoint, usableCheckpoints } from '../../../pipeline/resumePoint';
import { oneOf } from '../../wizard/list';
import type { Asker } from '../../wizard/walk';

/** @returns undefined: the one trained longest */
export async function askCheckpoint(asker: Asker, foldFolder: string): Promise<string | undefined> {
  const found = await asker.once(`checkpoints of ${foldFolder}`, () => otherCheckpoints(foldFolder));
  if (!found) return undefined;
  const items = found.usable.map(({ choice, epoch }) => ({
    label: choice,
    description: t('after epoch {0}', epoch),
    value: choice,
  }));
  const placeholder = t('{0}. From which checkpoint shall it go on?', found.why.replace(/\.$/, ''));
  return asker.ask(`checkpoint of ${foldFolder}`, oneOf({ placeholder, items: () => items }));
}

/** Where the one trained longest can't be used: why, and which can. @throws as `resumePoint` where none can */
async function otherCheckpoints(
  foldFolder: string,
): Promise<{ why: string; usable: Awaited<ReturnType<typeof usableCheckpoints>> } | undefined> {
  try {
    await resumePoint(foldFolder);
    return undefined;
  } catch (error) {
    if (!(error instanceof NnunetError)) throw error;
    const usable = await usableCheckpoints(foldFolder);
    if (usable.length === 0) throw error;
    return { why: error.message, usable };
  }
}
