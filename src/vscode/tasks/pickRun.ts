/** Asks which run a command is meant for, where it was not told. */
import * as vscode from 'vscode';
import { foldTitle, statusLine } from '../../runs/describe';
import type { RunState } from '../../jobs/status';
import { offer } from '../messages';
import type { Services } from '../services';
import type { KnownTraining, TrainingNames } from '../../jobs/knownJob';

/** What menus and other commands give: a fold folder, or a node of a view that stands for one. */
export type RunArgument = string | { folder?: unknown; run?: { folder?: unknown } } | undefined;

/** What a menu gives: the node that it was opened on, and all that are selected. */
export type GivenRuns = [clicked?: RunArgument, selected?: readonly RunArgument[]];

interface RunQuestion {
  title: string;
  states: readonly RunState[];
  /** Further condition on those that are offered. */
  isFit?(folder: string): boolean;
  none: string;
}

/** @returns fold folders: of those that are selected the ones in question, otherwise the one that is picked */
export async function pickRuns(
  services: Services,
  [clicked, selected]: GivenRuns,
  question: RunQuestion,
): Promise<string[]> {
  if (Array.isArray(selected) && selected.length > 1) {
    const folders = selected.map(folderOf).filter((folder) => folder !== undefined);
    return folders.filter((folder) => {
      const run = services.runs.get(folder);
      return run === undefined || question.states.includes(run.status.state);
    });
  }
  const folder = await pickRun(services, clicked, question);
  return folder === undefined ? [] : [folder];
}

function folderOf(argument: RunArgument): string | undefined {
  const given = typeof argument === 'object' ? (argument.run?.folder ?? argument.folder) : argument;
  return typeof given === 'string' ? given : undefined;
}

/** @returns a fold folder; undefined when the person left, or there is none (which is said) */
export async function pickRun(
  { runs }: Services,
  argument: RunArgument,
  options: RunQuestion,
): Promise<string | undefined> {
  const given = folderOf(argument);
  if (given !== undefined) return given;
  await runs.refresh();
  const candidates = runs.runs
    .filter(({ status, folder }) => options.states.includes(status.state) && (options.isFit?.(folder) ?? true))
    .sort(latestFirst);
  if (candidates.length === 0) {
    offer('information', options.none);
    return undefined;
  }
  if (candidates.length === 1) return candidates[0]!.folder;
  const choice = await vscode.window.showQuickPick(candidates.map(runItem), {
    title: options.title,
    placeHolder: vscode.l10n.t('Which training?'),
    matchOnDescription: true,
  });
  return choice?.folder;
}

function runItem(run: KnownTraining): vscode.QuickPickItem & { folder: string } {
  return {
    label: runName(run.training),
    description: run.training.dataset,
    detail: statusLine(run.status),
    folder: run.folder,
  };
}

function runName({ configuration, fold }: Pick<TrainingNames, 'configuration' | 'fold'>): string {
  return `${configuration}, ${foldTitle(fold)}`;
}

function latestFirst(a: KnownTraining, b: KnownTraining): number {
  return (b.status.updatedAt ?? '').localeCompare(a.status.updatedAt ?? '');
}
