/** Asks whether to predict although the images are unlike those that the model was trained on. */
import * as vscode from 'vscode';
import { askFirst } from '../notify';
import { doubtDetail, type Foreseen } from './doubtWords';

/** @returns true at once where nothing is doubtful */
export async function askAnyway(foreseen: Foreseen): Promise<boolean> {
  if (!foreseen.doubts || foreseen.doubts.length === 0) return true;
  const anyway = vscode.l10n.t('Predict Anyway');
  const question = vscode.l10n.t('The masks may be wrong: this is unlike what the model was trained on.');
  return (await askFirst('warning', question, doubtDetail(foreseen), anyway)) === anyway;
}
