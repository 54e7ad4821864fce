/** What an import left out, kept for as long as the dataset is there: a notification is gone before it is understood. */
import type * as vscode from 'vscode';
import { isHarmless } from '../../dataset/importers/unused';
import type { UnusedFile } from '../../dataset/importers/plan';

const memory = 'nnunet.importNotes';
/** Further ones are counted in the log of the import. */
const mostFiles = 1000;
const mostDatasets = 50;

type Notes = Record<string, UnusedFile[]>;

/** @param folder  of the new dataset. @param unused  all, those that nobody expects in a dataset included */
export async function rememberUnused(
  state: vscode.Memento,
  folder: string,
  unused: readonly UnusedFile[],
): Promise<void> {
  const { [folder]: _earlier, ...others } = state.get<Notes>(memory) ?? {};
  const told = unused.filter((one) => !isHarmless(one)).slice(0, mostFiles);
  const kept = Object.entries(others).slice(-(mostDatasets - 1));
  await state.update(memory, Object.fromEntries(told.length > 0 ? [...kept, [folder, told]] : kept));
}

export function unusedOf(state: vscode.Memento, folder: string): UnusedFile[] {
  return state.get<Notes>(memory)?.[folder] ?? [];
}
