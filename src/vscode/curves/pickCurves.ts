/** Whose curves are drawn together? Trainings of the list, and fold folders or logs from elsewhere. */
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { requireCurves } from '../../runs/curveSource';
import { opened } from '../wizard/files';
import { severalOf, type ListItem } from '../wizard/list';
import { askOnly } from '../wizard/questions';
import type { Question } from '../wizard/walk';
import type { Training } from './trainings';

/** In place of a path. */
const elsewhere = '';

/**
 * Several may be ticked; what is most likely meant is ticked already.
 * @param find  the trainings, with those that nobody has told of yet
 * @param shown  fold folders and logs that are shown now
 * @returns undefined where the person left
 */
export function pickCurves(
  find: () => Promise<readonly Training[]>,
  shown: readonly string[],
): Promise<string[] | undefined> {
  const title = t('Show Loss Curves');
  return askOnly({ id: `curves beside ${shown.join(' ')}`, title }, async (asker) => {
    const items = (): Promise<ListItem<string>[]> =>
      asker.once('trainings', async () => curveItems(await find(), shown));
    const placeholder = t('Trainings whose curves are drawn together');
    const chosen = await asker.ask('trainings', severalOf({ placeholder, items }));
    const known = chosen.filter((path) => path !== elsewhere);
    if (!chosen.includes(elsewhere)) return known;
    const others = await asker.ask('elsewhere', elsewhereQuestion(), 'same');
    others.forEach(requireCurves);
    return [...new Set([...known, ...others])];
  });
}

function curveItems(trainings: readonly Training[], shown: readonly string[]): ListItem<string>[] {
  const running = trainings.filter(({ isRunning }) => isRunning).map(({ folder }) => folder);
  const likely = shown.length > 0 ? shown : running;
  const items = trainings.map(({ folder, isRunning, dataset, configuration, fold, model }) => ({
    iconPath: new vscode.ThemeIcon(isRunning ? 'loading~spin' : 'graph-line'),
    label: `${dataset} · ${configuration} · ${fold}`,
    description: model,
    picked: trainings.length === 1 || likely.includes(folder),
    key: folder,
    value: folder,
  }));
  const others = shown
    .filter((path) => !trainings.some(({ folder }) => folder === path))
    .map((path) => ({
      iconPath: new vscode.ThemeIcon('file'),
      label: path.split(/[\\/]/).slice(-2).join('/'),
      description: path,
      picked: true,
      key: path,
      value: path,
    }));
  const more = {
    iconPath: new vscode.ThemeIcon('folder-opened'),
    label: t('From elsewhere…'),
    description: t('a fold folder, training_log_….txt or progress.csv'),
    alwaysShow: true,
    picked: items.length + others.length === 0,
    value: elsewhere,
  };
  return [...items, ...others, more];
}

function elsewhereQuestion(): Question<string[]> {
  return opened({
    what: t('a fold folder or one of its logs'),
    openLabel: t('Show Curves'),
    canSelectFolders: true,
    canSelectFiles: true,
    canSelectMany: true,
  });
}
