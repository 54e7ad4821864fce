/** What the editor of dataset_card.json shows: the card as a page in the theme's colours, with the folds as they are now. */
import { t } from '@vscode/l10n';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { preprocessedPaths } from '../../dataset/preprocessed';
import { DatasetError, NnunetError } from '../../method/errors';
import { parseJson } from '../../method/jsonReader';
import type { Split } from '../../method/splits';
import { validateSplits } from '../../method/splitsFile';
import type { DatasetCard } from '../../report/cards/datasetCard';
import { datasetCardBody } from '../../report/cards/datasetCardBody';
import { isDatasetCard } from '../../report/cards/measureDatasetCard';
import { drawingStyle } from '../../report/drawingStyle';
import { escaped } from '../../words/escaped';
import type { FilePage } from '../pageEditor';
import { commandLink } from '../plainWords';
import { staticPage, type StaticPage } from '../staticPage';

export const datasetCardViewType = 'nnunet.datasetCard';
/** Reads the cases again. */
export const remakeCardCommand = 'nnunet.remakeDatasetCard';
export const chooseSplitsCommand = 'nnunet.chooseSplits';

export const datasetCardOfFile: FilePage = {
  viewType: datasetCardViewType,
  commands: [remakeCardCommand, chooseSplitsCommand],
  page: async ({ fsPath }, options) => {
    if (!(await isDatasetCard(fsPath))) {
      throw new DatasetError('card-invalid', 'This file is not a card of nnU-Net for VS Code', { where: fsPath });
    }
    const card = JSON.parse(await readFile(fsPath, 'utf8')) as DatasetCard;
    const splits = await splitsOf(dirname(dirname(fsPath)));
    const links = [
      [remakeCardCommand, t('Read the Cases Again')],
      [chooseSplitsCommand, t('Choose Folds…')],
    ].map(([command, words]) => `<a href="${escaped(commandLink(command!, card.dataset))}">${escaped(words!)}</a>`);
    return page(`${datasetCardBody(card, splits)}\n<p>${links.join(' · ')}</p>`, options);
  },
  failurePage: ({ fsPath }, lines, options) => {
    const text = lines.map((line) => `<p>${escaped(line)}</p>`).join('\n');
    const heading = `<h1>${escaped(basename(fsPath))}</h1>\n<h2>${escaped(t("This card can't be read"))}</h2>`;
    return page(`${heading}\n${text}`, options);
  },
};

async function splitsOf(preprocessed: string): Promise<Split[] | undefined> {
  const { splits: file } = preprocessedPaths(preprocessed);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return validateSplits(parseJson(text, file), file);
  } catch (error) {
    if (error instanceof NnunetError) return undefined;
    throw error;
  }
}

const page = (body: string, options: StaticPage): string =>
  staticPage(body, options, rules + drawingStyle('main'), ['img-src data:']);

const rules = `main { max-width: 72em; }
h3 { font-size: 1.05em; font-weight: 600; margin: 1em 0 0; }
figure { margin: 0.3em 0 0.6em; }
figcaption { color: var(--vscode-descriptionForeground); font-size: 0.95em; }
.pictures { display: flex; flex-wrap: wrap; gap: 12px; margin: 1em 0; }
.pictures figure { margin: 0; max-width: 200px; }
.pictures figcaption { overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
.wide table { width: auto; }
.wide th { width: auto; color: var(--vscode-foreground); white-space: nowrap; }
.wide thead th { color: var(--vscode-descriptionForeground); }
.wide td, .wide thead th:not(:first-child) { text-align: end; white-space: nowrap; font-variant-numeric: tabular-nums; }
summary { cursor: pointer; }
a { color: var(--vscode-textLink-foreground); }
a:focus { outline: 1px solid var(--vscode-focusBorder); }
`;
