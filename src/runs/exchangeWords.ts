/** How models that were exported or imported are told of, in a line. */
import { t } from '@vscode/l10n';
import type { Fold } from '../dataset/results';
import type { ModelName } from '../method/bestConfiguration';
import { counted } from '../words/counted';

/** "2d (folds 0, 1) and 3d_fullres (fold 0)" */
export function nameModels(models: readonly (ModelName & { folds: readonly Fold[] })[]): string {
  const named = models.map(({ configuration, folds }) => `${configuration} (${foldsText(folds)})`);
  const last = named.pop() ?? '';
  return named.length > 0 ? t('{0} and {1}', named.join(', '), last) : last;
}

function foldsText(folds: readonly Fold[]): string {
  if (folds.length === 1 && folds[0] === 'all') return t('all cases');
  return folds.length === 1 ? t('fold {0}', String(folds[0])) : t('folds {0}', folds.join(', '));
}

/** The files of a source that are no part of a model: all of a few, some of many. @returns '' for none */
export function leftOutText(files: readonly string[]): string {
  if (files.length === 0) return '';
  const shown = files.slice(0, 3).join(', ') + (files.length > 3 ? ', …' : '');
  return t('Left out, being no part of a model: {0} ({1})', counted(files.length, 'file'), shown);
}
