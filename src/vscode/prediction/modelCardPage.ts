/** A model's card as a page: text and tables in the theme's colours, without scripts; links are commands. */
import { t } from '@vscode/l10n';
import { escaped } from '../../words/escaped';
import { staticPage, type StaticPage } from '../staticPage';
import type { ModelCard } from './modelCardParts';

export interface PageOptions extends StaticPage {
  /** Where "Predict an Image…" leads. */
  predict: string;
}

export function modelCardPage(card: ModelCard, options: PageOptions): string {
  const parts = [
    `<h1>${escaped(card.title)}</h1>`,
    ...card.text.map((line) => `<p>${escaped(line)}</p>`),
    card.canPredict
      ? `<p><a class="button" href="${escaped(options.predict)}">${escaped(t('Predict an Image…'))}</a></p>`
      : '',
    card.labels.length > 0 ? `<h2>${escaped(t('Segments'))}</h2>${labelTable(card)}` : '',
    ...card.sections.filter(({ rows }) => rows.length > 0).map(sectionOf),
    card.sidecar ? sidecarHelp(card.sidecar) : '',
  ];
  return staticPage(parts.join('\n'), options, colourRules(card));
}

/** @param lines what happened, where, what to do */
export function failurePage(name: string, lines: readonly string[], options: PageOptions): string {
  const text = lines.map((line, index) => `<p${index === 0 ? ' role="alert"' : ''}>${escaped(line)}</p>`);
  const heading = escaped(t("This model can't be used"));
  return staticPage(`<h1>${escaped(name)}</h1>\n<h2>${heading}</h2>\n${text.join('\n')}`, options);
}

function labelTable({ labels }: ModelCard): string {
  const rows = labels.map(({ name, values, colour }, index) => {
    const mark = colour ? `<span class="swatch swatch${index}" aria-hidden="true"></span>` : '';
    return `<tr><th scope="row">${mark}${escaped(name)}</th><td>${escaped(values)}</td></tr>`;
  });
  return `<table>${rows.join('')}</table>`;
}

/** The page has no inline styles: one rule for each colour. */
function colourRules({ labels }: ModelCard): string {
  return labels
    .map(({ colour }, index) =>
      colour ? `.swatch${index} { background: rgb(${colour.map(Number).join(', ')}); }` : '',
    )
    .join('\n');
}

function sectionOf({ heading, rows }: ModelCard['sections'][number]): string {
  const lines = rows.map(([name, value]) => `<tr><th scope="row">${escaped(name)}</th><td>${escaped(value)}</td></tr>`);
  return `<h2>${escaped(heading)}</h2><table>${lines.join('')}</table>`;
}

function sidecarHelp({ file, text }: { file: string; text: string }): string {
  const help = t(
    'A model with one image input and one segmentation output can be used when a file {0} beside it says how images are prepared and what its labels mean. Start from this, and correct what differs (every key is described in {1}):',
    file,
    'docs/onnx.md',
  );
  return `<h2>${escaped(t('To predict with it'))}</h2>\n<p>${escaped(help)}</p>\n<pre>${escaped(text)}</pre>`;
}
