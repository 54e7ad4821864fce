/** Runs work as a job and shows how far it is. Cancel stops it; a window that closes does not: then nobody here is told of its end. */
import * as vscode from 'vscode';
import { followHere } from '../../jobs/followHere';
import type { AnyJob, Job } from '../../jobs/job';
import { workFolder } from '../../jobs/jobFolder';
import type { JobResults } from '../../jobs/results';
import { takeOff } from '../../jobs/takeOff';
import { titleOfJob } from '../../jobs/waitForTurn';
import { errorFromObject } from '../../method/errorObject';
import { RunError } from '../../method/errors';
import type { RunEvent, StageEvent } from '../../protocol/events';
import { shareOf, stageTitle } from '../../runs/describe';
import { waitingText } from '../../runs/waitingWords';
import { withProgress, type Report } from '../notify';
import type { Services } from '../services';
import { submitFromHere, type AskedWork, type WorkKind } from './submitFromHere';

export interface Asked<K extends WorkKind> extends AskedWork<K> {
  /** What is shown over its progress. */
  title: string;
}

/** @throws NnunetError, the job's own; CancellationError */
export async function runJob<K extends WorkKind>(services: Services, asked: Asked<K>): Promise<JobResults[K]> {
  return (await runInOrder<K>(services, [asked])).at(-1) as JobResults[K];
}

/**
 * One after the other, each only where the one before it has ended well; without the window they go on so, too.
 * @returns what each leaves, in order
 */
export async function runInOrder<K extends WorkKind>(
  services: Services,
  asked: readonly [...Asked<WorkKind>[], Asked<K>],
): Promise<[...JobResults[WorkKind][], JobResults[K]]> {
  const { resultsRoot, jobs } = await submitFromHere(services, asked);
  try {
    const results: unknown[] = [];
    for (const [at, job] of jobs.entries()) {
      const location = vscode.ProgressLocation.Notification;
      const result = await withProgress({ location, title: asked[at]!.title, cancellable: true }, (report, token) =>
        follow(services, resultsRoot, job as Job<WorkKind>, report, token),
      );
      results.push(result);
    }
    return results as [...JobResults[WorkKind][], JobResults[K]];
  } catch (error) {
    // What was to come after the one that failed.
    const ids = jobs.map(({ id }) => id);
    await takeOff(resultsRoot, ids, services.starter.launchers);
    throw error;
  }
}

async function follow(
  { output, starter }: Services,
  resultsRoot: string,
  job: Job<WorkKind>,
  report: Report,
  token: vscode.CancellationToken,
): Promise<unknown> {
  output.info(`${job.title} (${workFolder(resultsRoot, job as AnyJob)})`);
  const stop = new AbortController();
  const cancel = token.onCancellationRequested(() => stop.abort());
  const bar = new StageBar(report);
  try {
    const end = await followHere(resultsRoot, job, starter, {
      stop: stop.signal,
      waits: (why) => report.report({ message: waitingText(why, (id) => titleOfJob(resultsRoot, id)) }),
      event: (event) => {
        if (event.type === 'stage') bar.show(event);
        else log(output, event);
      },
    });
    if (end.state === 'done') return end.result;
    if (end.state === 'failed') throw end.error;
    if (stop.signal.aborted) throw new vscode.CancellationError();
    throw new RunError('job-stopped', vscode.l10n.t('"{0}" was stopped from elsewhere', job.title));
  } finally {
    cancel.dispose();
  }
}

function log(output: vscode.LogOutputChannel, event: RunEvent): void {
  if (event.type === 'warning') output.warn(event.message);
  else if (event.type === 'note') output.info(event.message);
  else if (event.type === 'error') output.error(errorFromObject(event)?.oneLine ?? event.message);
}

/** A notification's bar only grows: each stage begins one anew from where the last one stood. */
class StageBar {
  private stage = '';
  private shown = 0;

  constructor(private readonly report: Report) {}

  show(event: StageEvent): void {
    const { stage, total, done, message } = event;
    if (stage !== this.stage) this.shown = 0;
    this.stage = stage;
    const share = (shareOf(event) ?? 0) * 100;
    const count = total && total > 1 ? ` ${done ?? 0}/${total}` : '';
    this.report.report({
      message: `${stageTitle(stage)}${count}${message ? ` ${message}` : ''}`,
      increment: Math.max(0, share - this.shown),
    });
    this.shown = Math.max(this.shown, share);
  }
}
