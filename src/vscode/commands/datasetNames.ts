/** Names that a person gives to a new dataset, its channels and its labels. */
import { t } from '@vscode/l10n';
import { basename, dirname } from 'node:path';
import { imageEndings, splitEnding } from '../../images/endings';

/** @returns what is wrong with a dataset's name, or undefined */
export function checkName(name: string): string | undefined {
  const text = name.trim();
  if (text === '') return t('Give the dataset a name, for example Liver.');
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(text)) return t('Use letters, digits, - and _ only, without blanks.');
  return text.includes('__') ? t('Two underscores in a row separate the parts of model names.') : undefined;
}

/** A name from the folder that files lie in; folders called "images" and the like say nothing. */
export function suggestName(path: string): string {
  const meaningless = /^(images?|imagesTr|labels?|labelsTr|train(ing)?|data|scans?|volumes?|masks?|raw)$/i;
  let folder = path;
  let name = basename(folder);
  while (
    (meaningless.test(name) || imageEndings.includes(splitEnding(name).ending.toLowerCase())) &&
    dirname(folder) !== folder
  ) {
    folder = dirname(folder);
    name = basename(folder);
  }
  const clean = name.replace(/[^A-Za-z0-9_.-]+/g, '').replace(/_{2,}/g, '_');
  return clean === '' ? 'MyDataset' : clean;
}

/** Names between commas. */
export function parseNames(text: string, count: number): { names: string[]; problem?: string } {
  const names = text.split(',').map((name) => name.trim());
  if (names.length !== count || names.includes('')) {
    const problem = count === 1 ? t('Give 1 name.') : t('Give {0} names, with commas between them.', count);
    return { names, problem };
  }
  const digits = names.find((name) => /^\d+$/.test(name));
  if (digits !== undefined) return { names, problem: t('"{0}" is a number: give it a name.', digits) };
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined ? { names } : { names, problem: t('"{0}" is there twice.', twice) };
}
