/** Asks whether to predict although the masks may be wrong, or the memory may not do. */
import * as vscode from 'vscode';
import { askFirst } from '../notify';
import { doubtDetail, doubtQuestion, type Foreseen } from './doubtWords';

/** @returns true at once where nothing is doubtful */
export async function askAnyway(foreseen: Foreseen): Promise<boolean> {
  const question = doubtQuestion(foreseen);
  if (question === undefined) return true;
  const anyway = vscode.l10n.t('Predict Anyway');
  return (await askFirst('warning', question, doubtDetail(foreseen), anyway)) === anyway;
}
