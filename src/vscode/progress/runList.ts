/** What the view of trainings and the list behind the status bar show: runs and queue as lines of text. */
import { basename } from 'node:path';
import { failureText } from '../../runs/waitingWords';
import { foldTitle, lengthText, progressLine, rowLine, statusLine, trainingWords } from '../../runs/describe';
import { waitsForOthers, type WaitingJob } from '../../jobs/waiting';
import { sparkline } from '../../runs/sparkline';
import type { RunState, RunStatus } from '../../jobs/status';
import { escapeMarkdown, markdownCode } from '../plainWords';
import type { KnownTraining, StoreProblem, TrainingNames } from '../../jobs/knownJob';
import { counted } from '../../words/counted';

interface RunLine {
  kind: 'run';
  id: string;
  label: string;
  description: string;
  /** The description where there is little room. */
  short: string;
  /** Markdown. */
  tooltip: string;
  icon: string;
  colour?: string;
  /** For menus: "run.running", "run.finished.validated", … */
  context: string;
  folder: string;
}

export interface QueueLine extends Omit<RunLine, 'kind' | 'folder'> {
  kind: 'queued';
}

/** What can't be read, so that trainings may be missing. */
interface ProblemLine extends Omit<RunLine, 'kind' | 'folder'> {
  kind: 'problem';
}

export type Line = RunLine | QueueLine | ProblemLine;

const icons: Record<RunState, { icon: string; colour?: string }> = {
  running: { icon: 'sync~spin' },
  finished: { icon: 'pass', colour: 'testing.iconPassed' },
  stopped: { icon: 'debug-stop', colour: 'list.warningForeground' },
  failed: { icon: 'error', colour: 'testing.iconFailed' },
  interrupted: { icon: 'warning', colour: 'list.warningForeground' },
};

/** What can't be read, what runs, what waits (in order), then the rest, the latest first. */
export function listLines(
  runs: readonly KnownTraining[],
  queue: readonly WaitingJob[],
  problems: readonly StoreProblem[] = [],
): Line[] {
  const latestFirst = (a: KnownTraining, b: KnownTraining): number =>
    (b.status.updatedAt ?? '').localeCompare(a.status.updatedAt ?? '');
  const running = runs.filter(({ status }) => status.state === 'running');
  const ended = runs.filter(({ status }) => status.state !== 'running').sort(latestFirst);
  return [
    ...problems.map(problemLine),
    ...running.map(runLine),
    ...queue.map((entry) => queueLine(entry, queue)),
    ...ended.map(runLine),
  ];
}

function problemLine({ where, message }: StoreProblem): ProblemLine {
  return {
    kind: 'problem',
    id: `problem ${where}`,
    label: basename(where),
    description: `cannot be read: ${message}`,
    short: 'cannot be read',
    tooltip: `${escapeMarkdown(message)}\n\n${markdownCode(where)}`,
    icon: 'error',
    colour: 'testing.iconFailed',
    context: 'problem',
  };
}

export function runLine(run: KnownTraining): RunLine {
  if (run.problem !== undefined) return unreadableRun(run, run.problem);
  const { state, meanDice } = run.status;
  return {
    kind: 'run',
    id: `run ${run.folder}`,
    label: runTitle(run.training),
    description: statusLine(run.status),
    short: rowLine(run.status),
    tooltip: runTooltip(run),
    ...icons[state],
    context: ['run', state, ...(typeof meanDice === 'number' ? ['validated'] : [])].join('.'),
    folder: run.folder,
  };
}

/** It is there, and its log says nothing. */
function unreadableRun({ folder, training }: KnownTraining, problem: string): RunLine {
  const { short, description, tooltip, icon, colour } = problemLine({ where: folder, message: problem });
  const what = { id: `run ${folder}`, label: runTitle(training), context: 'run.unreadable', folder };
  return { kind: 'run', ...what, short, description, tooltip, icon, colour };
}

export function queueLine(entry: WaitingJob, all: readonly WaitingJob[]): QueueLine {
  const { job, failure } = entry;
  const description = failure
    ? capitalised(failureText(failure))
    : [waitText(entry, all), ...(job.kind === 'train' ? [lengthText(job.request.options)] : [])].join(', ');
  return {
    kind: 'queued',
    id: `queued ${job.id}`,
    label: job.kind === 'train' ? runTitle({ ...job.request, fold: String(job.request.fold) }) : job.title,
    description,
    short: description,
    tooltip: failure
      ? `${escapeMarkdown(failure.message)}. ${escapeMarkdown(failure.hint)}`
      : `Added ${escapeMarkdown(job.createdAt)}`,
    icon: failure ? 'error' : 'clock',
    colour: failure ? 'testing.iconFailed' : undefined,
    context: failure ? 'queued.failed' : 'queued.waiting',
  };
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * The steps that bring entries to a place in the queue.
 * @param target  the entry that they are to stand before, or behind where they come from above it; undefined: the end
 * @param toFront  dropped on what runs: the front
 */
export function movesTo(
  queue: readonly string[],
  dragged: readonly string[],
  target: string | undefined,
  toFront = false,
): { id: string; places: number }[] {
  if (target !== undefined && dragged.includes(target)) return [];
  let order = [...queue];
  const moves: { id: string; places: number }[] = [];
  const goesDown = target !== undefined && queue.indexOf(dragged[0]!) < queue.indexOf(target);
  const inOrder = queue.filter((id) => dragged.includes(id));
  for (const [index, id] of inOrder.entries()) {
    const rest = order.filter((one) => one !== id);
    const at =
      target === undefined ? (toFront ? index : rest.length) : rest.indexOf(target) + (goesDown ? 1 + index : 0);
    const places = at - order.indexOf(id);
    if (places !== 0) moves.push({ id, places });
    order = [...rest.slice(0, at), id, ...rest.slice(at)];
  }
  return moves;
}

function waitText(entry: WaitingJob, all: readonly WaitingJob[]): string {
  const { place, handedOver } = entry;
  if (handedOver) return `In the cluster's queue (${handedOver.reason})`;
  if (waitsForOthers(entry, all)) return `${place + 1} in the queue, after the cascade's first stage`;
  return place === 0 ? 'Next in the queue' : `${place + 1} in the queue`;
}

export function runTitle({
  dataset,
  configuration,
  fold,
}: Pick<TrainingNames, 'dataset' | 'configuration' | 'fold'>): string {
  const short = dataset.replace(/^Dataset\d{3}_/, '');
  return `${short} ${configuration}, ${foldTitle(fold)}`;
}

/** State, curve in one line, what is wrong and what to do, where the files are. Markdown. */
export function runTooltip(run: KnownTraining): string {
  const {
    status,
    training: { diceCurve },
  } = run;
  const curve = sparkline(diceCurve);
  const where =
    status.state === 'running' && status.host ? `Process ${status.pid} on ${escapeMarkdown(status.host)}` : '';
  const remedy = status.state === 'failed' ? status.error?.hint : undefined;
  return [
    `**${escapeMarkdown(runTitle(run.training))}**`,
    escapeMarkdown(statusLine(status)),
    remedy ? escapeMarkdown(remedy) : '',
    curve ? `Dice \`${curve}\` ${diceRange(diceCurve)}` : '',
    where,
    markdownCode(run.folder),
  ]
    .filter(Boolean)
    .join('\n\n');
}

/** Text of the status bar: of one training how far it is, of several how many; undefined where there is nothing to show. */
export function statusBarText(runs: readonly KnownTraining[], queue: readonly WaitingJob[]): string | undefined {
  const running = runs.filter(({ status }) => status.state === 'running');
  const waiting = queue.filter(({ failure }) => !failure).length;
  if (running.length === 0 && waiting === 0) return undefined;
  const parts = [running.length > 0 ? `${running.length} running` : '', waiting > 0 ? `${waiting} waiting` : ''];
  const course = running.length === 1 ? ` · ${shortProgress(running[0]!.status)}` : '';
  return `$(${running.length > 0 ? 'sync~spin' : 'clock'}) nnU-Net: ${parts.filter(Boolean).join(', ')}${course}`;
}

/** In the status bar there is room for what changes. */
function shortProgress(status: RunStatus): string {
  if (status.isStopping) return 'Stopping…';
  return status.stage === 'train' ? trainingWords(status).join(', ') : progressLine(status);
}

interface EndNotice {
  severity: 'information' | 'warning' | 'error';
  text: string;
  /** Ids of commands that take the fold folder. */
  actions: ('nnunet.showWorstCase' | 'nnunet.showCurves' | 'nnunet.showLog' | 'nnunet.resumeTraining')[];
}

/** What is said when a run has ended. */
export function endNotice(run: KnownTraining): EndNotice {
  const { state, meanDice, epoch, error } = run.status;
  const title = runTitle(run.training);
  const curve = sparkline(run.training.diceCurve, 12);
  switch (state) {
    case 'failed': {
      const cause = error ? `${error.message.replace(/\.$/, '')}. ${error.hint}`.trim() : 'The log may say why.';
      return {
        severity: 'error',
        text: `${title} failed: ${cause}`,
        actions: ['nnunet.showLog', 'nnunet.resumeTraining'],
      };
    }
    case 'interrupted':
    case 'running':
      return {
        severity: 'warning',
        text: `${title} was interrupted${epoch ? ` after ${counted(epoch, 'epoch')}` : ''}: its process is gone. It can be resumed from its last checkpoint.`,
        actions: ['nnunet.resumeTraining', 'nnunet.showLog'],
      };
    case 'finished':
    case 'stopped': {
      const validated = typeof meanDice === 'number';
      const dice = validated ? `: Dice ${meanDice.toFixed(3)} on the validation cases` : '';
      const what = state === 'finished' ? 'is trained' : `was stopped after ${counted(epoch ?? 0, 'epoch')}`;
      return {
        severity: 'information',
        text: `${title} ${what}${dice}.${curve ? ` ${curve}` : ''}`,
        actions: validated ? ['nnunet.showWorstCase', 'nnunet.showCurves'] : ['nnunet.showCurves', 'nnunet.showLog'],
      };
    }
  }
}

function diceRange(values: readonly (number | null)[]): string {
  const known = values.filter((value): value is number => value !== null);
  return `${known[0]!.toFixed(3)} → ${known.at(-1)!.toFixed(3)}`;
}
