/** How is a model called that was chosen for a dataset, and what is told of it in a line? */
import { t } from '@vscode/l10n';
import { basename } from 'node:path';
import { parseModelFolderName } from '../dataset/results';
import type { ChosenModel } from '../pipeline/chosenModel';
import { counted } from '../words/counted';

/** "2d + 3d_fullres" */
export function chosenName({ members }: Pick<ChosenModel, 'members'>): string {
  return members.map((folder) => parseModelFolderName(basename(folder))?.configuration ?? basename(folder)).join(' + ');
}

/** "5 folds, Dice 0.883, with postprocessing" */
export function chosenFacts({ folds, meanDice, postprocessing }: ChosenModel): string {
  return [
    folds ? counted(folds.length, 'fold') : '',
    meanDice === undefined ? '' : `Dice ${meanDice.toFixed(3)}`,
    postprocessing === undefined ? '' : t('with postprocessing'),
  ]
    .filter(Boolean)
    .join(', ');
}
