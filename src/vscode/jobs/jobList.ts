/** What do the view of jobs and the list behind the status bar show? What runs, what waits for what, what ended today, and earlier. */
import { t } from '@vscode/l10n';
import { basename } from 'node:path';
import { shortTitle } from '../../jobs/shortTitle';
import type { JobKind, Waiting } from '../../jobs/job';
import type { KnownJob, StoreProblem } from '../../jobs/knownJob';
import type { RunState } from '../../jobs/status';
import type { WaitingJob } from '../../jobs/waiting';
import { lengthText, rowLine, statusLine } from '../../runs/describe';
import { failureText, waitingText } from '../../runs/waitingWords';
import type { RunCenter } from '../services';
import { jobTooltip, problemTooltip, waitingTooltip } from './jobTooltip';
import { capitalised, clockOrDay, isSameDay, secondsOf } from './jobWords';
import { childrenOf, withoutParent } from './waitingGraph';

/** What is known of jobs. */
export type ListedJobs = Pick<RunCenter, 'jobs' | 'queue' | 'problems' | 'why' | 'titleOf'>;

interface LineText {
  id: string;
  label: string;
  /** In full: what is read aloud. */
  description: string;
  /** The description where there is little room. */
  short: string;
  /** Markdown, made when the mouse rests on it. */
  tooltip(): string;
  icon?: string;
  colour?: string;
  /** For menus: "job.train.running", "job.check.failed.known", "waiting.train", … */
  context: string;
}

type Section = 'running' | 'waiting' | 'today' | 'earlier';

interface SectionLine extends LineText {
  kind: 'section';
  section: Section;
}

interface JobLine extends LineText {
  kind: 'job';
  job: KnownJob;
  folder: string;
}

interface WaitingLine extends LineText {
  kind: 'waiting';
  entry: WaitingJob;
  hasChildren: boolean;
}

/** What can't be read, so that jobs may be missing. */
interface ProblemLine extends LineText {
  kind: 'problem';
}

export type Line = SectionLine | JobLine | WaitingLine | ProblemLine;

const icons: Record<RunState, { icon: string; colour?: string }> = {
  running: { icon: 'sync~spin', colour: 'charts.blue' },
  finished: { icon: 'pass', colour: 'testing.iconPassed' },
  stopped: { icon: 'debug-stop', colour: 'list.warningForeground' },
  failed: { icon: 'error', colour: 'testing.iconFailed' },
  interrupted: { icon: 'debug-disconnect', colour: 'list.warningForeground' },
};

const sections: readonly Section[] = ['running', 'waiting', 'today', 'earlier'];

function sectionTitle(section: Section): string {
  const titles = { running: t('Running'), waiting: t('Waiting'), today: t('Ended Today'), earlier: t('Earlier') };
  return titles[section];
}

/** What can't be read, and the sections that hold something. Those that nobody has opened cost nothing but counting. */
export function topLines(listed: ListedJobs, now = new Date()): Line[] {
  const shown = sections.flatMap((section): SectionLine[] => {
    const count = section === 'waiting' ? listed.queue.length : jobsIn(section, listed.jobs, now).length;
    return count > 0 ? [sectionLine(section, count, listed)] : [];
  });
  return [...listed.problems.map(problemLine), ...shown];
}

export function linesBelow(line: Line, listed: ListedJobs, now = new Date()): Line[] {
  if (line.kind === 'waiting') return childrenOf(line.entry, listed.queue).map((entry) => waitingLine(entry, listed));
  if (line.kind !== 'section') return [];
  return line.section === 'waiting'
    ? waitingLines(listed)
    : jobsIn(line.section, listed.jobs, now).map((job) => jobLine(job, now));
}

/** Those at the top: what others wait for stands above them. */
export function waitingLines(listed: Pick<ListedJobs, 'queue' | 'why' | 'titleOf'>): WaitingLine[] {
  return withoutParent(listed.queue).map((entry) => waitingLine(entry, listed));
}

/** Everything in one list, for those who choose from it. */
export function allLines(listed: ListedJobs, now = new Date()): Line[] {
  const deep = (line: Line): Line[] => [line, ...linesBelow(line, listed, now).flatMap(deep)];
  return topLines(listed, now).flatMap(deep);
}

function jobsIn(section: Exclude<Section, 'waiting'>, jobs: readonly KnownJob[], now: Date): KnownJob[] {
  const wanted = jobs.filter((job) => sectionOf(job, now) === section);
  return section === 'running' ? wanted : wanted.sort(latestFirst);
}

function sectionOf({ status, job }: KnownJob, now: Date): Section | undefined {
  if (status.state === 'running') return 'running';
  // A question that was answered leaves nothing to be looked for later.
  if (status.state === 'finished' && job && 'isDryRun' in job.request && job.request.isDryRun) return undefined;
  return status.updatedAt !== undefined && isSameDay(new Date(status.updatedAt), now) ? 'today' : 'earlier';
}

function latestFirst({ status: a }: KnownJob, { status: b }: KnownJob): number {
  return (b.updatedAt ?? '').localeCompare(a.updatedAt ?? '');
}

function sectionLine(section: Section, count: number, { queue }: ListedJobs): SectionLine {
  const failed = section === 'waiting' ? queue.filter(({ failure }) => failure).length : 0;
  const short = failed > 0 ? t('{0}, of which {1} could not start', count, failed) : String(count);
  const label = sectionTitle(section);
  return {
    ...{ kind: 'section', section, id: `section ${section}`, label, description: short, short },
    ...{ tooltip: () => '', context: `section.${section}` },
  };
}

function problemLine(problem: StoreProblem): ProblemLine {
  const { where, message } = problem;
  return {
    kind: 'problem',
    id: `problem ${where}`,
    label: basename(where),
    description: t('cannot be read: {0}', message),
    short: t('cannot be read'),
    tooltip: () => problemTooltip(problem),
    icon: 'error',
    colour: 'testing.iconFailed',
    context: 'problem',
  };
}

export function jobLine(job: KnownJob, now = new Date()): JobLine {
  const { what, about = '' } = shortTitle(job);
  const common = { kind: 'job' as const, id: `job ${job.folder}`, label: what, job, folder: job.folder };
  if (job.problem !== undefined) {
    const { icon, colour, short, description, tooltip } = problemLine({ where: job.folder, message: job.problem });
    return { ...common, icon, colour, short, description, tooltip, context: `job.${job.kind}.unreadable` };
  }
  const { state, meanDice, updatedAt } = job.status;
  const ended = state === 'running' || updatedAt === undefined ? '' : clockOrDay(new Date(updatedAt), now);
  const isValidated = job.kind === 'train' && typeof meanDice === 'number';
  return {
    ...common,
    description: joined(about, statusLine(job.status), ended),
    short: joined(about, rowLine(job.status, job.training ? 0 : secondsOf(job.status)), ended),
    tooltip: () => jobTooltip(job, now),
    ...icons[state],
    context: ['job', job.kind, state, ...(isValidated ? ['validated'] : []), ...(job.job ? ['known'] : [])].join('.'),
  };
}

function waitingLine(entry: WaitingJob, listed: Pick<ListedJobs, 'queue' | 'why' | 'titleOf'>): WaitingLine {
  const { job, failure } = entry;
  const titleOf = (id: string): string => listed.titleOf(id);
  const { what, about = '' } = shortTitle({ kind: job.kind, title: job.title, job });
  const text = failure ? failureText(failure) : waitingText(whyOf(entry, listed), titleOf);
  const length = !failure && job.kind === 'train' ? lengthText(job.request.options) : '';
  return {
    kind: 'waiting',
    id: `waiting ${job.id}`,
    label: what,
    description: joined(about, capitalised(text), length),
    short: joined(about, text, length),
    tooltip: () => waitingTooltip(entry, whyOf(entry, listed), titleOf),
    icon: failure ? 'error' : 'clock',
    colour: failure ? 'testing.iconFailed' : undefined,
    context: ['waiting', job.kind, ...(failure ? ['failed'] : [])].join('.'),
    entry,
    hasChildren: childrenOf(entry, listed.queue).length > 0,
  };
}

/** Until the machine was looked at, as far as the list itself tells. */
function whyOf({ job, handedOver }: WaitingJob, listed: Pick<ListedJobs, 'queue' | 'why'>): Waiting {
  if (handedOver) return { for: 'scheduler', reason: handedOver.reason };
  const ids = job.after.map(({ id }) => id).filter((id) => listed.queue.some((other) => other.job.id === id));
  return ids.length > 0 ? { for: 'jobs', ids } : (listed.why(job.id) ?? { for: 'turn' });
}

function joined(...words: string[]): string {
  return words.filter(Boolean).join(' · ');
}

/** Which commands a line takes, the most likely first: what its menu has, and the list behind the status bar. */
export function commandsOf({ context }: Pick<Line, 'context'>): string[] {
  const [what, kind, state] = context.split('.') as [string, JobKind, string | undefined];
  const isTraining = kind === 'train';
  const has = (flag: string): boolean => context.split('.').includes(flag);
  if (what === 'problem') return ['nnunet.refreshRuns'];
  if (what === 'waiting') {
    const moves = ['nnunet.moveQueuedUp', 'nnunet.moveQueuedDown', 'nnunet.removeQueued', 'nnunet.copyCommand'];
    return state === 'failed' ? ['nnunet.retryJob', ...moves] : moves;
  }
  if (what !== 'job') return [];
  const isOneOf = (...states: RunState[]): boolean => states.includes(state as RunState);
  return [
    ...(isOneOf('running') ? ['nnunet.stopJob'] : []),
    ...(has('validated')
      ? ['nnunet.showWorstCase', 'nnunet.showSummary', 'nnunet.showResults', 'nnunet.showReport']
      : []),
    ...(!isTraining && isOneOf('finished') ? ['nnunet.showResult'] : []),
    ...(isTraining ? ['nnunet.showCurves'] : []),
    'nnunet.showLog',
    ...(isTraining && isOneOf('interrupted', 'stopped', 'failed') ? ['nnunet.resumeTraining'] : []),
    ...(isTraining && isOneOf('finished', 'stopped', 'interrupted')
      ? ['nnunet.extendTraining', 'nnunet.trainAgain']
      : []),
    ...(!isTraining && has('known') && isOneOf('interrupted', 'stopped', 'failed') ? ['nnunet.retryJob'] : []),
    ...(has('known') ? ['nnunet.copyCommand'] : []),
  ];
}
