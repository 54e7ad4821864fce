/** How does a page get its texts in the person's language? As data that stands in it, which no policy has to allow. */

/** @returns HTML; nothing where the page speaks English */
export function textsFor(texts: Readonly<Record<string, string>>): string {
  if (Object.keys(texts).length === 0) return '';
  // Nothing in a text ends the element.
  return `<script type="application/json" id="texts">${JSON.stringify(texts).replaceAll('<', '\\u003c')}</script>\n  `;
}
