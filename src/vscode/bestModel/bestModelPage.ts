/** The page "Best model": which one was chosen for a dataset, what it was compared with, and why, in words and a table. */
import { t } from '@vscode/l10n';
import type { FoundBest } from '../../jobs/results';
import type { DatasetJson } from '../../method/datasetJson';
import { bestName, comparisonTable, postprocessingLines, whyLine } from '../../runs/bestLines';
import { escaped } from '../../words/escaped';
import { staticPage, type StaticPage } from '../staticPage';

interface BestModelPageOptions extends StaticPage {
  /** Where "Predict with It" leads. */
  predict: string;
  /** Where a click on a candidate leads: the Dice of its cases. */
  openSummary(folder: string): string;
  /** Where "Open as JSON" leads. */
  openJson: string;
}

/** @param dataset  as it is called */
export function bestModelPage(
  dataset: string,
  found: FoundBest,
  datasetJson: DatasetJson,
  options: BestModelPageOptions,
): string {
  const parts = [
    `<h1>${escaped(t('Best model of {0}', dataset))}</h1>`,
    `<p class="choice">${escaped(bestName(found))}</p>`,
    `<p>${escaped(whyLine(found))}</p>`,
    `<p><a class="button" href="${escaped(options.predict)}">${escaped(t('Predict with It'))}</a></p>`,
    `<h2>${escaped(t('What was compared'))}</h2>`,
    `<p>${escaped(t('Every case was segmented by networks that had not seen it in training; the highest mean Dice wins, and of equals the simpler model. A pair averages the probabilities of its two models.'))}</p>`,
    comparison(found, datasetJson, options),
    `<h2>${escaped(t('Postprocessing'))}</h2>`,
    ...postprocessingLines(found.postprocessing, datasetJson).map((line) => `<p>${escaped(line)}</p>`),
    `<h2>${escaped(t('How it predicts'))}</h2>`,
    steps(found),
    `<p><a href="${escaped(options.openJson)}">${escaped(t('Open as JSON'))}</a></p>`,
  ];
  return staticPage(parts.join('\n'), options, rules);
}

function comparison(found: FoundBest, datasetJson: DatasetJson, { openSummary }: BestModelPageOptions): string {
  const { heads, rows } = comparisonTable(found, datasetJson);
  const head = [...heads, ''].map((name) => `<th scope="col">${escaped(name)}</th>`).join('');
  const body = rows.map(({ cells: [name = '', ...cells], isBest }, at) => {
    const link = `<a href="${escaped(openSummary(found.candidates[at]!.folder))}">${escaped(name)}</a>`;
    const values = cells.map((cell) => `<td>${escaped(cell)}</td>`).join('');
    return `<tr${isBest ? ' class="best"' : ''}><th scope="row">${link}</th>${values}<td>${isBest ? escaped(t('best')) : ''}</td></tr>`;
  });
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`;
}

function steps({ best, folds, postprocessing }: FoundBest): string {
  const lines = [
    ...best.models.map(({ configuration }) =>
      folds.length === 1
        ? t('{0} predicts with fold {1}.', configuration, folds[0]!)
        : t('{0} predicts with the mean of folds {1}.', configuration, folds.join(', ')),
    ),
    ...(best.models.length > 1 ? [t('The probabilities of both are averaged.')] : []),
    ...(postprocessing.steps.length > 0 ? [t('Postprocessing removes small islands, as said above.')] : []),
  ];
  return `<ol>${lines.map((line) => `<li>${escaped(line)}</li>`).join('')}</ol>`;
}

/** @param lines what happened, where, what to do */
export function bestModelFailurePage(name: string, lines: readonly string[], options: StaticPage): string {
  const text = lines.map((line, index) => `<p${index === 0 ? ' role="alert"' : ''}>${escaped(line)}</p>`).join('\n');
  const heading = escaped(t("The choice of the best model can't be read"));
  return staticPage(`<h1>${escaped(name)}</h1>\n<h2>${heading}</h2>\n${text}`, options);
}

const rules = `main { max-width: 72em; }
.choice { font-size: 1.3em; margin: 0.2em 0; }
.wide { overflow-x: auto; }
.wide th { width: auto; color: var(--vscode-foreground); white-space: nowrap; }
.wide thead th { color: var(--vscode-descriptionForeground); }
.wide td, .wide thead th:not(:first-child) { text-align: end; white-space: nowrap; font-variant-numeric: tabular-nums; }
.best td, .best th { font-weight: 600; }
ol { padding-inline-start: 1.5em; }
a { color: var(--vscode-textLink-foreground); }
a.button { color: var(--vscode-button-foreground); }
a:focus { outline: 1px solid var(--vscode-focusBorder); }`;
