/** The document that every page of the extension is: its head, and what the page may load. Nothing comes from outside. */
import { escaped } from '../words/escaped';

interface HtmlPage {
  language: string;
  /** Entries of the content security policy; all else is forbidden. */
  policy: readonly string[];
  /** HTML: title, styles. */
  head: string;
  /** HTML. */
  body: string;
}

/** Of a page that is text: no scripts, and only styles that stand in it. */
export const withoutScripts = (nonce: string): string[] => [`style-src 'nonce-${nonce}'`];

/** Of a page with a script: that one, and what lies with it. */
export const withScript = (nonce: string, source: string): string[] => [
  `script-src 'nonce-${nonce}'`,
  `font-src ${source}`,
];

export function htmlPage({ language, policy, head, body }: HtmlPage): string {
  return `<!DOCTYPE html>
<html lang="${escaped(language)}">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta http-equiv="Content-Security-Policy" content="${["default-src 'none'", ...policy].join('; ')}">
  ${head}
</head>
<body>
${body}
</body>
</html>`;
}
