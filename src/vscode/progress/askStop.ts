/** Ends jobs, or takes them off the list, once the person has said how. Nothing else in the extension ends one. */
import { t } from '@vscode/l10n';
import { askOr } from '../notify';
import type { Services } from '../services';
import { endQuestion, stopQuestion } from './stopQuestion';

/** @param folders  of jobs; those that have ended in the meantime are left alone */
export async function askStop({ runs }: Services, folders: readonly string[]): Promise<void> {
  const isRunning = (folder: string): boolean => runs.look(folder)?.status.state === 'running';
  const going = folders.flatMap((folder) => (isRunning(folder) ? (runs.job(folder) ?? []) : []));
  if (going.length === 0) return;
  const others = going.filter(({ training }) => !training);
  const { question, detail, ways } =
    others.length === going.length
      ? endQuestion(
          going.map(({ title }) => title),
          going[0]!.kind,
        )
      : stopQuestion(
          going.filter(({ training }) => training).map(({ status }) => status),
          others.length,
        );
  const titles = ways.map(({ title }) => title);
  const refusal = others.length === 0 ? t('Keep Training') : t('Let It Run');
  const choice = await askOr(refusal, 'information', question, detail, ...titles);
  const way = ways.find(({ title }) => title === choice);
  if (!way) return;
  const { title: _, ...options } = way;
  for (const { folder, training } of going) {
    // While the question was open it may have ended.
    if (isRunning(folder)) runs.stop(folder, training ? options : { validate: false });
  }
}

export async function askRemoval({ runs }: Services, folder: string): Promise<void> {
  const remove = t('Remove from List');
  const choice = await askOr(
    t('Keep Waiting'),
    'information',
    t('Take this training off the list?'),
    t('It has not begun.'),
    remove,
  );
  if (choice !== remove) return;
  await runs.removeFromQueue(runs.queue.filter((one) => one.folder === folder).map(({ job }) => job.id));
}
