/** Which of the jobs that wait is a command meant for? Those that are selected, or the one that is picked. */
import * as vscode from 'vscode';
import type { WaitingJob } from '../../jobs/waiting';
import { offer } from '../messages';
import { choose } from '../notify';
import type { Services } from '../services';
import type { GivenJobs, JobArgument } from '../tasks/pickJob';
import { waitingLines, linesBelow, type Line } from './jobList';

/** What a row of the view stands for, if that waits. */
export function waitingOf(argument: unknown): WaitingJob | undefined {
  if (Array.isArray(argument)) return argument.map(waitingOf).find((one) => one !== undefined);
  const line = argument as Partial<Line> | undefined;
  return typeof line === 'object' && line.kind === 'waiting' ? line.entry : undefined;
}

export async function pickWaiting({ runs }: Services, [clicked, selected]: GivenJobs): Promise<WaitingJob[]> {
  const given = (Array.isArray(selected) && selected.length > 0 ? selected : [clicked]) as JobArgument[];
  if (given.some((one) => one !== undefined)) return given.flatMap((one) => waitingOf(one) ?? []);
  const deep = (line: Line): Line[] => [line, ...linesBelow(line, runs).flatMap(deep)];
  const lines = waitingLines(runs)
    .flatMap(deep)
    .filter((line) => line.kind === 'waiting');
  if (lines.length === 0) {
    offer('information', vscode.l10n.t('No job waits.'));
    return [];
  }
  const items = lines.map(({ label, description, entry }) => ({ label, description, entry }));
  const choice = await choose(items, { title: vscode.l10n.t('Jobs'), placeHolder: vscode.l10n.t('Which one?') });
  return choice ? [choice.entry] : [];
}
