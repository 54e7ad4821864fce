/** Edits of dataset.json's text that correct one thing: the rest keeps its order, its spelling and its layout. */
import { type Edit, findNodeAtLocation, modify, parseTree } from 'jsonc-parser/lib/esm/main.js';
import { JsonError, parseJson } from '../method/jsonReader';

/** What can be done about a missing background, in words; undefined where a person must decide. */
export function backgroundFix(labels: Readonly<Record<string, unknown>>): string | undefined {
  if ('background' in labels) return undefined;
  const spelled = Object.keys(labels).find(meansBackground);
  if (spelled !== undefined) {
    return Number(labels[spelled]) === 0 ? `Rename the label "${spelled}" to "background"` : undefined;
  }
  return Object.values(labels).map(Number).includes(0) ? undefined : 'Add the label "background" with the value 0';
}

/** Does what `backgroundFix` says: where the label is there under another spelling, its key is rewritten. */
export function addBackground(text: string): Edit[] {
  const tree = parseTree(text);
  const labels = (tree && findNodeAtLocation(tree, ['labels'])?.children) ?? [];
  const spelled = labels.map((property) => property.children![0]!).find(({ value }) => meansBackground(String(value)));
  if (!spelled) return setKey(text, ['labels', 'background'], 0);
  return [{ offset: spelled.offset, length: spelled.length, content: '"background"' }];
}

/** @param place  of a new entry in its object: the background belongs at the beginning */
export function setKey(text: string, path: string[], value: unknown, place: 'first' | 'last' = 'first'): Edit[] {
  const insertSpaces = !/^\t/m.test(text);
  const tabSize = /^( +)"/m.exec(text)?.[1]?.length ?? 4;
  return modify(text, path, value, {
    formattingOptions: { insertSpaces, tabSize, eol: lineEnd(text) },
    ...(place === 'first' && { getInsertionIndex: () => 0 }),
  });
}

/** Inserts the first comma that is missing, or removes the first that nothing follows; undefined where it is another mistake. */
export function correctComma(text: string): Edit[] | undefined {
  try {
    parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const offset = offsetOf(text, error);
    if (error.code === 'json-comma') return [{ offset, length: 0, content: ',' }];
    if (error.code === 'json-trailing-comma') return [{ offset, length: 1, content: '' }];
  }
  return undefined;
}

/** The one edit that makes the first text the second: what they share at both ends stays. */
export function replacement(text: string, edited: string): Edit[] {
  const shorter = Math.min(text.length, edited.length);
  let start = 0;
  while (start < shorter && text[start] === edited[start]) start += 1;
  let end = 0;
  while (end < shorter - start && text.at(-1 - end) === edited.at(-1 - end)) end += 1;
  return [{ offset: start, length: text.length - start - end, content: edited.slice(start, edited.length - end) }];
}

export function lineEnd(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

function offsetOf(text: string, { line, column }: JsonError): number {
  let offset = 0;
  for (let before = 1; before < line; before += 1) offset = text.indexOf('\n', offset) + 1;
  return offset + column - 1;
}

function meansBackground(name: string): boolean {
  return name.trim().toLowerCase() === 'background';
}
