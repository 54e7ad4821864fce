/** Questions whose answers are files or folders. The dialogs of some systems have no way back: there, Cancel is one. */
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { exists } from '../../storage/exists';
import { giveSignOfLife } from '../signOfLife';
import { back, type Answer, type Frame, type Question } from './walk';

interface OpenOptions extends Omit<vscode.OpenDialogOptions, 'title'> {
  /** What is chosen, behind the command's title: "the folder with the predictions". */
  what: string;
}

interface SaveOptions extends Omit<vscode.SaveDialogOptions, 'title'> {
  what?: string;
}

/** @returns paths */
export function opened({ what, ...options }: OpenOptions): Question<string[]> {
  return {
    recall: async (kept) => {
      const paths = [kept].flat();
      const there = await Promise.all(paths.map(exists));
      return there.every(Boolean) ? { value: paths, kept } : undefined;
    },
    show: async (frame) => {
      giveSignOfLife();
      const [before] = [frame.before ?? []].flat();
      const defaultUri = before === undefined ? options.defaultUri : vscode.Uri.file(dirname(before));
      const chosen = await vscode.window.showOpenDialog({ ...options, defaultUri, title: titleOf(frame, what) });
      return answered(
        frame,
        chosen?.map(({ fsPath }) => fsPath),
      );
    },
  };
}

/** @returns the path */
export function saved({ what, ...options }: SaveOptions): Question<string> {
  return {
    recall: async (kept) => (typeof kept === 'string' ? { value: kept, kept } : undefined),
    show: async (frame) => {
      giveSignOfLife();
      const defaultUri = typeof frame.before === 'string' ? vscode.Uri.file(frame.before) : options.defaultUri;
      const chosen = await vscode.window.showSaveDialog({ ...options, defaultUri, title: titleOf(frame, what) });
      return answered(frame, chosen?.fsPath);
    },
  };
}

/** "Create Dataset (1 of 5): the images" */
function titleOf({ title, step, steps }: Frame, what: string | undefined): string {
  const count = steps > 1 ? vscode.l10n.t(' ({0} of {1})', step, steps) : '';
  return `${title}${count}${what ? `: ${what}` : ''}`;
}

function answered<T extends string | string[]>(
  { canGoBack }: Frame,
  value: T | undefined,
): Answer<T> | typeof back | undefined {
  if (value !== undefined && value.length > 0) return { value, kept: value };
  return canGoBack ? back : undefined;
}
