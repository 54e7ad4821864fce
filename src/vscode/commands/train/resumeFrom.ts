/** From which checkpoint a training goes on: a question only where the one trained longest can't be used. */
import { t } from '@vscode/l10n';
import { choose } from '../../notify';
import { NnunetError } from '../../../method/errors';
import { resumePoint, usableCheckpoints } from '../../../pipeline/resumePoint';

/** @returns undefined where the person thinks better of it */
export async function resumeFrom(foldFolder: string): Promise<{ checkpoint?: string } | undefined> {
  try {
    await resumePoint(foldFolder);
    return {};
  } catch (error) {
    if (!(error instanceof NnunetError)) throw error;
    const usable = await usableCheckpoints(foldFolder);
    if (usable.length === 0) throw error;
    const items = usable.map(({ choice, epoch }) => ({
      label: choice,
      description: t('after epoch {0}', epoch),
      choice,
    }));
    const picked = await choose(items, {
      title: t('Go On from Another Checkpoint'),
      placeHolder: error.message,
      ignoreFocusOut: true,
    });
    return picked && { checkpoint: picked.choice };
  }
}
