/** Changes to the text of dataset.json that correct a finding; the editor can undo them. */
import type { Edit } from 'jsonc-parser/lib/esm/main.js';
import type { Finding } from '../../dataset/findings';
import { addBackground, backgroundFix, setKey } from '../../dataset/datasetJsonEdits';
import type { DatasetJson } from '../../method/datasetJson';
import { parseJson } from '../../method/json';
import { isObject, type JsonObject } from '../../method/jsonShape';
import { orderThatAgrees } from '../../method/regionsOrder';

export interface QuickFix {
  title: string;
  edits: Edit[];
}

/** @returns undefined where the text alone can't be corrected, or a person must decide */
export function quickFix(finding: Pick<Finding, 'code' | 'count'>, text: string): QuickFix | undefined {
  const json = objectOf(text);
  if (!json) return undefined;
  const change = (title: string, ...changes: [path: string[], value: unknown][]): QuickFix => {
    const edits = changes.flatMap(([path, value]) => setKey(text, path, value));
    return { title, edits };
  };
  const labels = isObject(json.labels) ? json.labels : {};
  switch (finding.code) {
    case 'num-training': {
      const { count } = finding;
      return count === undefined ? undefined : change(`Set numTraining to ${count}`, [['numTraining'], count]);
    }
    case 'dataset-json-background': {
      const title = backgroundFix(labels);
      return title === undefined ? undefined : { title, edits: addBackground(text) };
    }
    case 'dataset-json-ignore': {
      const { ignore: _, ...others } = labels;
      const values = Object.values(others).flat().map(Number).filter(Number.isInteger);
      const expected = Math.max(0, ...values) + 1;
      return change(`Set the ignore label to ${expected}`, [['labels', 'ignore'], expected]);
    }
    case 'dataset-json-regions':
    case 'regions-order': {
      const order = orderThatAgrees({ labels: labels as DatasetJson['labels'] });
      if (order === undefined) return undefined;
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
