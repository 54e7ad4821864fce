/** Which row of a tree stands for the volume in the editor, where none that does is selected? */
import { sep } from 'node:path';
import type { ExplorerNode } from './nodes';
import { appearance } from './present';

/** A tree as it is shown; parents are known of what was asked for. */
export interface Rows {
  getChildren(parent?: ExplorerNode): Promise<ExplorerNode[]>;
  getParent(node: ExplorerNode): ExplorerNode | undefined;
}

/** @returns undefined where nothing is to be selected */
export async function activeRow(
  file: string,
  rows: Rows,
  selected: readonly ExplorerNode[],
): Promise<ExplorerNode | undefined> {
  if (selected.some((node) => standsFor(node, file))) return undefined;
  // Next to what was looked at: through the cases of a validation, in the list of that validation.
  for (const node of selected) {
    if (node.kind !== 'validationCase' && node.kind !== 'file') continue;
    const list = listOf(node, rows);
    const row = list && (await findBelow(list, rows, (one) => one.kind === node.kind && opens(one, file)));
    if (row) return row;
  }
  for (const dataset of await rows.getChildren()) {
    if (dataset.kind !== 'dataset' || !file.startsWith(dataset.dataset.raw + sep)) continue;
    for (const list of await rows.getChildren(dataset)) {
      if (list.kind !== 'cases') continue;
      const row = await findBelow(list, rows, (one) => one.kind === 'case' && standsFor(one, file));
      if (row) return row;
    }
  }
  return undefined;
}

/** Below the pages that a long list is cut into. */
async function findBelow(
  list: ExplorerNode,
  rows: Rows,
  isWanted: (node: ExplorerNode) => boolean,
): Promise<ExplorerNode | undefined> {
  for (const node of await rows.getChildren(list)) {
    if (isWanted(node)) return node;
    if (node.kind !== 'page' || !node.nodes.some(isWanted)) continue;
    return (await rows.getChildren(node)).find(isWanted);
  }
  return undefined;
}

function listOf(node: ExplorerNode, rows: Rows): ExplorerNode | undefined {
  const parent = rows.getParent(node);
  return parent?.kind === 'page' ? rows.getParent(parent) : parent;
}

/** A case stands for all its files. */
function standsFor(node: ExplorerNode, file: string): boolean {
  if (node.kind === 'case') return [...node.files.images, node.files.label].includes(file);
  return opens(node, file) || (node.kind === 'file' && node.file === file);
}

function opens(node: ExplorerNode, file: string): boolean {
  return appearance(node).open?.file === file;
}
