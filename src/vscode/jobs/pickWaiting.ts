/** Which of the jobs that wait is a command meant for? Those that are selected, or the one that is picked. */
import * as vscode from 'vscode';
import type { WaitingJob } from '../../jobs/waiting';
import { offer } from '../messages';
import type { Services } from '../services';
import type { GivenJobs, JobArgument } from '../tasks/pickJob';
import { oneOf } from '../wizard/list';
import { askOnly } from '../wizard/questions';
import { waitingLines, linesBelow, type Line } from './jobList';

/** What a row of the view stands for, if that waits. */
export function waitingOf(argument: unknown): WaitingJob | undefined {
  if (Array.isArray(argument)) return argument.map(waitingOf).find((one) => one !== undefined);
  const line = argument as Partial<Line> | undefined;
  return typeof line === 'object' && line.kind === 'waiting' ? line.entry : undefined;
}

/** @param title  the command */
export async function pickWaiting(
  { runs }: Services,
  title: string,
  [clicked, selected]: GivenJobs,
): Promise<WaitingJob[]> {
  const given = (Array.isArray(selected) && selected.length > 0 ? selected : [clicked]) as JobArgument[];
  if (given.some((one) => one !== undefined)) return given.flatMap((one) => waitingOf(one) ?? []);
  const deep = (line: Line): Line[] => [line, ...linesBelow(line, runs).flatMap(deep)];
  const lines = waitingLines(runs)
    .flatMap(deep)
    .filter((line) => line.kind === 'waiting');
  const items = lines.map(({ label, description, entry }) => ({ label, description, key: entry.job.id, value: entry }));
  const empty = (): void => offer('information', vscode.l10n.t('No job waits.'));
  const question = oneOf({ placeholder: vscode.l10n.t('Which one?'), items: () => items, empty });
  const picked = await askOnly({ id: `which waits ${title}`, title }, (asker) => asker.ask('job', question));
  return picked ? [picked] : [];
}
