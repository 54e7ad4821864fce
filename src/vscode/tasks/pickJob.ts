/** Asks which job a command is meant for, where it was not told. */
import * as vscode from 'vscode';
import type { RunState } from '../../jobs/status';
import { shortTitle } from '../../jobs/shortTitle';
import type { KnownJob } from '../../jobs/knownJob';
import { statusLine } from '../../runs/describe';
import { offer } from '../messages';
import { choose } from '../notify';
import type { Services } from '../services';

/** What menus and other commands give: a job's folder, or a row of a view that stands for one. */
export type JobArgument = string | { folder?: unknown; run?: { folder?: unknown } } | undefined;

/** What a menu gives: the row that it was opened on, and all that are selected. */
export type GivenJobs = [clicked?: JobArgument, selected?: readonly JobArgument[]];

interface JobQuestion {
  title: string;
  states: readonly RunState[];
  /** Trainings only, by their fold folders. */
  isOfTrainings?: boolean;
  /** Further condition on those that are offered. */
  isFit?(job: KnownJob): boolean;
  none: string;
}

/** @returns folders: of those that are selected the ones in question, otherwise the one that is picked */
export async function pickJobs(
  services: Services,
  [clicked, selected]: GivenJobs,
  question: JobQuestion,
): Promise<string[]> {
  if (Array.isArray(selected) && selected.length > 1) {
    const folders = selected.map(folderOf).filter((folder) => folder !== undefined);
    return folders.filter((folder) => {
      const job = services.runs.job(folder);
      return job === undefined || question.states.includes(job.status.state);
    });
  }
  const folder = await pickJob(services, clicked, question);
  return folder === undefined ? [] : [folder];
}

export function folderOf(argument: JobArgument): string | undefined {
  const given = typeof argument === 'object' ? (argument.run?.folder ?? argument.folder) : argument;
  return typeof given === 'string' ? given : undefined;
}

/** @returns a job's folder; undefined when the person left, or there is none (which is said) */
export async function pickJob(
  { runs }: Services,
  argument: JobArgument,
  { title, states, isOfTrainings = false, isFit = () => true, none }: JobQuestion,
): Promise<string | undefined> {
  const given = folderOf(argument);
  if (given !== undefined) return given;
  await runs.refresh();
  const candidates = [...(isOfTrainings ? runs.runs : runs.jobs)]
    .filter((job) => states.includes(job.status.state) && isFit(job))
    .sort(latestFirst);
  if (candidates.length === 0) {
    offer('information', none);
    return undefined;
  }
  if (candidates.length === 1) return candidates[0]!.folder;
  const placeHolder = isOfTrainings ? vscode.l10n.t('Which training?') : vscode.l10n.t('Which job?');
  return (await choose(candidates.map(itemOf), { title, placeHolder, matchOnDescription: true }))?.folder;
}

function itemOf(job: KnownJob): vscode.QuickPickItem & { folder: string } {
  const { what, about } = shortTitle(job);
  return { label: what, description: about, detail: statusLine(job.status), folder: job.folder };
}

function latestFirst(a: KnownJob, b: KnownJob): number {
  return (b.status.updatedAt ?? '').localeCompare(a.status.updatedAt ?? '');
}
