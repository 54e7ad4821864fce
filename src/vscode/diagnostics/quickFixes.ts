/** Changes to the text of dataset.json that correct a finding; the editor can undo them. */
import { type Edit, modify } from 'jsonc-parser/lib/esm/main.js';
import type { Finding } from '../../dataset/findings';
import { keysInFileOrder, parseJson } from '../../method/json';

export interface QuickFix {
  title: string;
  edits: Edit[];
}

type JsonObject = Record<string, unknown>;

/** @returns undefined where the text alone can't be corrected, or a person must decide */
export function quickFix(finding: Pick<Finding, 'code' | 'fix'>, text: string): QuickFix | undefined {
  const json = objectOf(text);
  if (!json) return undefined;
  const change = (title: string, ...changes: [path: string[], value: unknown][]): QuickFix => {
    const edits = changes.flatMap(([path, value]) => modify(text, path, value, options(text)));
    return { title, edits };
  };
  const labels = isObject(json.labels) ? json.labels : {};
  switch (finding.code) {
    case 'num-training': {
      const count = /(\d+)$/.exec(finding.fix ?? '')?.[1];
      return count === undefined ? undefined : change(`Set numTraining to ${count}`, [['numTraining'], Number(count)]);
    }
    case 'dataset-json-background':
      if ('background' in labels || Object.values(labels).includes(0)) return undefined;
      return change('Add the label "background" with the value 0', [['labels', 'background'], 0]);
    case 'dataset-json-ignore': {
      const { ignore: _, ...others } = labels;
      const values = Object.values(others).flat().map(Number).filter(Number.isInteger);
      const expected = Math.max(0, ...values) + 1;
      return change(`Set the ignore label to ${expected}`, [['labels', 'ignore'], expected]);
    }
    case 'dataset-json-regions': {
      const regions = keysInFileOrder(labels).filter((name) => name !== 'background' && name !== 'ignore');
      const order = regions.map((_, index) => index + 1);
      return change(`Set regions_class_order to ${JSON.stringify(order)}`, [['regions_class_order'], order]);
    }
    case 'dataset-json-version-1': {
      const swapped = Object.entries(labels).map(([value, name]) => [String(name), Number(value)] as const);
      return change('Write the labels as name -> number', [['labels'], Object.fromEntries(swapped)]);
    }
    default:
      return undefined;
  }
}

function objectOf(text: string): JsonObject | undefined {
  try {
    const value = parseJson(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** New entries come first in their object: the background belongs at the beginning. */
function options(text: string) {
  const insertSpaces = !/^\t/m.test(text);
  const tabSize = /^( +)"/m.exec(text)?.[1]?.length ?? 4;
  return { formattingOptions: { insertSpaces, tabSize }, getInsertionIndex: () => 0 };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
