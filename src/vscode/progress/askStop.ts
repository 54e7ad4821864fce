/** Ends trainings, or takes them off the queue, once the person has said how. Nothing else in the extension ends one. */
import * as vscode from 'vscode';
import { runStatus } from '../../jobs/jobLog';
import { askOr } from '../notify';
import type { Services } from '../services';
import { stopQuestion } from './stopQuestion';

const { t } = vscode.l10n;

/** @param folders  fold folders; those that have ended in the meantime are left alone */
export async function askStop({ runs }: Services, folders: readonly string[]): Promise<void> {
  const statusOf = (folder: string) => runs.get(folder)?.status ?? runStatus(folder);
  const going = folders.filter((folder) => statusOf(folder)?.state === 'running');
  if (going.length === 0) return;
  const { question, detail, ways } = stopQuestion(going.map((folder) => statusOf(folder)!));
  const titles = ways.map(({ title }) => title);
  const choice = await askOr(t('Keep Training'), 'information', question, detail, ...titles);
  const way = ways.find(({ title }) => title === choice);
  if (!way) return;
  for (const folder of going) {
    // While the question was open it may have ended.
    if (runStatus(folder)?.state === 'running') runs.stop(folder, { validate: way.validate });
  }
}

export async function askRemoval({ runs }: Services, folder: string): Promise<void> {
  const remove = t('Remove from Queue');
  const choice = await askOr(
    t('Keep Waiting'),
    'information',
    t('Take this training off the queue?'),
    t('It has not begun.'),
    remove,
  );
  if (choice !== remove) return;
  await runs.removeFromQueue(runs.queue.filter((one) => one.folder === folder).map(({ job }) => job.id));
}
