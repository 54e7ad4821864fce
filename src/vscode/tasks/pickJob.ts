/** Asks which job a command is meant for, where it was not told. */
import * as vscode from 'vscode';
import type { RunState } from '../../jobs/status';
import { shortTitle } from '../../jobs/shortTitle';
import type { KnownJob } from '../../jobs/knownJob';
import { statusLine } from '../../runs/describe';
import { offer } from '../messages';
import type { Services } from '../services';
import { oneOf, type ListItem } from '../wizard/list';
import { askOnly } from '../wizard/questions';
import type { Asker } from '../wizard/walk';

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

/** @returns folders: of those that are selected the ones in question, otherwise the one that is picked; none where the person left */
export async function pickJobs(services: Services, given: GivenJobs, question: JobQuestion): Promise<string[]> {
  const told = givenJobs(services, given, question);
  if (told) return told;
  const picked = await pickJob(services, undefined, question);
  return picked === undefined ? [] : [picked];
}

/** The same among other questions of a command. */
export async function askJobs(
  services: Services,
  asker: Asker,
  given: GivenJobs,
  question: JobQuestion,
): Promise<string[]> {
  return givenJobs(services, given, question) ?? [await askJob(services, asker, undefined, question)];
}

/** What the command was told, so that it need not ask. */
function givenJobs(
  { runs }: Services,
  [clicked, selected]: GivenJobs,
  { states }: Pick<JobQuestion, 'states'>,
): string[] | undefined {
  if (Array.isArray(selected) && selected.length > 1) {
    const folders = selected.map(folderOf).filter((folder) => folder !== undefined);
    return folders.filter((folder) => {
      const job = runs.job(folder);
      return job === undefined || states.includes(job.status.state);
    });
  }
  const folder = folderOf(clicked);
  return folder === undefined ? undefined : [folder];
}

export function folderOf(argument: JobArgument): string | undefined {
  const given = typeof argument === 'object' ? (argument.run?.folder ?? argument.folder) : argument;
  return typeof given === 'string' ? given : undefined;
}

/** @returns a job's folder; undefined when the person left, or there is none (which is said) */
export async function pickJob(
  services: Services,
  argument: JobArgument,
  question: JobQuestion,
): Promise<string | undefined> {
  const { title } = question;
  const ask = (asker: Asker): Promise<string> => askJob(services, asker, undefined, question);
  return folderOf(argument) ?? (await askOnly({ id: `which job ${title}`, title }, ask));
}

/** The same among other questions of a command. */
export async function askJob(
  services: Services,
  asker: Asker,
  argument: JobArgument,
  { states, isOfTrainings = false, isFit = () => true, none }: Omit<JobQuestion, 'title'>,
): Promise<string> {
  const given = folderOf(argument);
  if (given !== undefined) return given;
  const { runs } = services;
  const items = async (): Promise<ListItem<string>[]> => {
    await runs.refresh();
    return [...(isOfTrainings ? runs.runs : runs.jobs)]
      .filter((job) => states.includes(job.status.state) && isFit(job))
      .sort(latestFirst)
      .map(itemOf);
  };
  const placeholder = isOfTrainings ? vscode.l10n.t('Which training?') : vscode.l10n.t('Which job?');
  const empty = (): void => offer('information', none);
  return asker.ask('job', oneOf({ placeholder, items, takesOnly: true, empty }));
}

function itemOf(job: KnownJob): ListItem<string> {
  const { what, about } = shortTitle(job);
  return { label: what, description: about, detail: statusLine(job.status), key: job.folder, value: job.folder };
}

function latestFirst(a: KnownJob, b: KnownJob): number {
  return (b.status.updatedAt ?? '').localeCompare(a.status.updatedAt ?? '');
}
