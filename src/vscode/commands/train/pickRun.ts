/** Asks which run a command is meant for, where it was not told. */
import * as vscode from 'vscode';
import { statusLine } from '../../../runs/describe';
import type { RunState } from '../../../runs/status';
import type { Services } from '../../services';
import type { KnownRun } from '../../tasks/runWatcher';

/** What menus and other commands give: a fold folder, or a node of a view that stands for one. */
export type RunArgument = string | { folder?: unknown; run?: { folder?: unknown } } | undefined;

/** @returns a fold folder; undefined when the person left, or there is none (which is said) */
export async function pickRun(
  { runs }: Services,
  argument: RunArgument,
  options: { title: string; states: readonly RunState[]; none: string },
): Promise<string | undefined> {
  const given = typeof argument === 'object' ? (argument.run?.folder ?? argument.folder) : argument;
  if (typeof given === 'string') return given;
  await runs.refresh();
  const candidates = runs.runs.filter(({ status }) => options.states.includes(status.state)).sort(latestFirst);
  if (candidates.length === 0) {
    void vscode.window.showInformationMessage(options.none);
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

export function runItem(run: KnownRun): vscode.QuickPickItem & { folder: string } {
  return { label: runName(run), description: run.dataset, detail: statusLine(run.status), folder: run.folder };
}

export function runName({ configuration, fold }: Pick<KnownRun, 'configuration' | 'fold'>): string {
  return fold === 'all' ? `${configuration}, all cases` : `${configuration}, fold ${fold}`;
}

function latestFirst(a: KnownRun, b: KnownRun): number {
  return (b.status.updatedAt ?? '').localeCompare(a.status.updatedAt ?? '');
}
