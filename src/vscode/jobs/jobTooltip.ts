/** What is said of a job where there is room: state, remedy, curve, time, and where its files are. Markdown. */
import { t } from '@vscode/l10n';
import type { Waiting } from '../../jobs/job';
import type { KnownJob, StoreProblem } from '../../jobs/knownJob';
import type { WaitingJob } from '../../jobs/waiting';
import { lengthText, statusLine } from '../../runs/describe';
import { formatDuration } from '../../runs/duration';
import { sparkline } from '../../runs/sparkline';
import { failureText, waitingText } from '../../runs/waitingWords';
import { escapeMarkdown, markdownCode } from '../plainWords';
import { capitalised, clockOrDay, secondsOf } from './jobWords';

export function problemTooltip({ where, message }: StoreProblem): string {
  return `${escapeMarkdown(message)}\n\n${markdownCode(where)}`;
}

export function jobTooltip(job: KnownJob, now = new Date()): string {
  const { title, status, training, folder } = job;
  const curve = sparkline(training?.diceCurve ?? []);
  return paragraphs(
    `**${escapeMarkdown(title)}**`,
    escapeMarkdown(statusLine(status)),
    ...remedyOf(job),
    curve && `Dice \`${curve}\` ${diceRange(training!.diceCurve)}`,
    escapeMarkdown(timeText(job, now)),
    escapeMarkdown(whereText(job)),
    markdownCode(folder),
  );
}

export function waitingTooltip(
  { job, failure, host, folder }: WaitingJob,
  why: Waiting,
  titleOf: (id: string) => string,
  now = new Date(),
): string {
  const length = job.kind === 'train' ? lengthText(job.request.options) : '';
  const when = clockOrDay(new Date(job.createdAt), now);
  const asked = t('Asked for {0} on {1}', when, job.createdBy?.host ?? host);
  const place = job.launcher === 'slurm' ? t('It runs on the cluster') : '';
  return paragraphs(
    `**${escapeMarkdown(job.title)}**`,
    escapeMarkdown(capitalised(failure ? failureText(failure) : waitingText(why, titleOf))),
    failure ? escapeMarkdown(capitalised(failure.hint)) : '',
    afterText(job.after, why, titleOf),
    escapeMarkdown([asked, length].filter(Boolean).join(', ')),
    place,
    markdownCode(failure?.where ?? folder),
  );
}

/** All that it waits for, where the sentence names only the first. */
function afterText(after: WaitingJob['job']['after'], why: Waiting, titleOf: (id: string) => string): string {
  if (why.for !== 'jobs' || why.ids.length < 2) return '';
  const pending = after.filter(({ id }) => why.ids.includes(id));
  return pending.map(({ id }) => `- ${escapeMarkdown(titleOf(id))}`).join('\n');
}

function remedyOf({ status }: KnownJob): string[] {
  if (status.state !== 'failed' || !status.error) return [];
  const { hint, where } = status.error;
  return [escapeMarkdown(hint), where === undefined ? '' : markdownCode(where)];
}

function timeText({ status, training }: KnownJob, now: Date): string {
  const { state, startedAt, updatedAt } = status;
  if (startedAt === undefined) return '';
  const began = t('Began {0}', clockOrDay(new Date(startedAt), now));
  if (state === 'running') return began;
  const seconds = training ? training.seconds : secondsOf(status);
  const took = formatDuration(seconds);
  const ended = updatedAt === undefined ? '' : t('ended {0}', clockOrDay(new Date(updatedAt), now));
  const long = seconds === 0 ? '' : training ? t('{0} of training', took) : took;
  return [began, ended, long].filter(Boolean).join(', ');
}

function whereText({ status, job }: KnownJob): string {
  if (status.state !== 'running' || !status.host) return '';
  const { pid = '', host } = status;
  return job?.launcher === 'slurm'
    ? t('Process {0} on {1} of the cluster', pid, host)
    : t('Process {0} on {1}', pid, host);
}

function diceRange(values: readonly (number | null)[]): string {
  const known = values.filter((value): value is number => value !== null);
  return `${known[0]!.toFixed(3)} → ${known.at(-1)!.toFixed(3)}`;
}

function paragraphs(...all: string[]): string {
  return all.filter(Boolean).join('\n\n');
}
