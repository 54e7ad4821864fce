/** What a page without scripts looks like: text and tables in the theme's colours; its links are commands. */
import { htmlPage, withoutScripts } from './htmlPage';

export interface StaticPage {
  nonce: string;
  language: string;
}

/**
 * @param rules  more CSS: the page may have no inline styles
 * @param policy  what it may load besides, as entries of its content security policy
 */
export function staticPage(
  body: string,
  { nonce, language }: StaticPage,
  rules = '',
  policy: readonly string[] = [],
): string {
  const head = `<style nonce="${nonce}">\n${style}\n${rules}\n  </style>`;
  return htmlPage({ language, policy: [...withoutScripts(nonce), ...policy], head, body: `<main>\n${body}\n</main>` });
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
