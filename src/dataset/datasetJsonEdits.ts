/** Edits of dataset.json's text that correct one thing: the rest keeps its order, its spelling and its layout. */
import { type Edit, findNodeAtLocation, modify, parseTree } from 'jsonc-parser/lib/esm/main.js';

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

/** New entries come first in their object: the background belongs at the beginning. */
export function setKey(text: string, path: string[], value: unknown): Edit[] {
  const insertSpaces = !/^\t/m.test(text);
  const tabSize = /^( +)"/m.exec(text)?.[1]?.length ?? 4;
  return modify(text, path, value, { formattingOptions: { insertSpaces, tabSize }, getInsertionIndex: () => 0 });
}

function meansBackground(name: string): boolean {
  return name.trim().toLowerCase() === 'background';
}
