/** A model's card as a page: text and tables in the theme's colours, without scripts; links are commands. */
import type { ModelCard } from './modelCard';

export interface PageOptions {
  nonce: string;
  language: string;
  /** Where "Predict an Image…" leads. */
  predict: string;
}

export function modelCardPage(card: ModelCard, options: PageOptions): string {
  const parts = [
    `<h1>${escaped(card.title)}</h1>`,
    ...card.text.map((line) => `<p>${escaped(line)}</p>`),
    card.canPredict ? `<p><a class="button" href="${escaped(options.predict)}">Predict an Image…</a></p>` : '',
    card.labels.length > 0 ? `<h2>Segments</h2>${labelTable(card)}` : '',
    ...card.sections.filter(({ rows }) => rows.length > 0).map(sectionOf),
    card.sidecar ? sidecarHelp(card.sidecar) : '',
  ];
  return page(parts.join('\n'), options, colourRules(card));
}

/** @param lines what happened, where, what to do */
export function failurePage(name: string, lines: readonly string[], options: PageOptions): string {
  const text = lines.map((line, index) => `<p${index === 0 ? ' role="alert"' : ''}>${escaped(line)}</p>`);
  return page(`<h1>${escaped(name)}</h1>\n<h2>This model can't be used</h2>\n${text.join('\n')}`, options, '');
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
  return `<h2>To predict with it</h2>
<p>A model with one image input and one segmentation output can be used when a file <code>${escaped(file)}</code> beside it says
how images are prepared and what its labels mean. Start from this, and correct what differs (every key is described in
<code>docs/onnx.md</code>):</p>
<pre>${escaped(text)}</pre>`;
}

function page(body: string, { nonce, language }: PageOptions, rules: string): string {
  return `<!DOCTYPE html>
<html lang="${escaped(language)}">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-${nonce}'">
  <style nonce="${nonce}">
${style}
${rules}
  </style>
</head>
<body><main>
${body}
</main></body>
</html>`;
}

const style = `body { color: var(--vscode-foreground); font-family: var(--vscode-font-family); font-size: var(--vscode-font-size); }
main { max-width: 48em; margin: 1.5em auto; line-height: 1.5; }
h1 { font-size: 1.7em; font-weight: 600; margin: 0 0 0.4em; overflow-wrap: anywhere; }
h2 { font-size: 1.1em; font-weight: 600; margin: 1.6em 0 0.3em; }
p { white-space: pre-line; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
tr { border-bottom: 1px solid var(--vscode-widget-border, var(--vscode-panel-border, transparent)); }
th { font-weight: normal; text-align: start; width: 14em; color: var(--vscode-descriptionForeground); vertical-align: top; }
th, td { padding: 0.25em 1em 0.25em 0; overflow-wrap: anywhere; }
.swatch { display: inline-block; width: 0.8em; height: 0.8em; margin-inline-end: 0.6em; border: 1px solid var(--vscode-foreground); }
pre { padding: 1em; overflow-x: auto; background: var(--vscode-textCodeBlock-background); font-family: var(--vscode-editor-font-family); }
a.button { display: inline-block; padding: 0.4em 1em; text-decoration: none; border-radius: 2px;
  color: var(--vscode-button-foreground); background: var(--vscode-button-background); border: 1px solid var(--vscode-button-border, transparent); }
a.button:hover { background: var(--vscode-button-hoverBackground); }
a.button:focus { outline: 1px solid var(--vscode-focusBorder); outline-offset: 2px; }`;

function escaped(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (sign) => entities[sign]!);
}
