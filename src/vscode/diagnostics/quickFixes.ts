/** Changes to the text of dataset.json that correct a finding; the editor can undo them. */
import { t } from '@vscode/l10n';
import type { Edit } from 'jsonc-parser/lib/esm/main.js';
import { declareLabels, excludeCases } from '../../dataset/datasetJsonCorrections';
import { addBackground, backgroundFix, correctComma, setKey } from '../../dataset/datasetJsonEdits';
import type { Finding } from '../../dataset/findings';
import type { RawCase } from '../../dataset/rawDataset';
import { counted } from '../../words/counted';
import type { DatasetJson } from '../../method/datasetJson';
import { parseJson } from '../../method/jsonReader';
import { isObject, type JsonObject } from '../../method/jsonShape';
import { orderThatAgrees } from '../../method/regionsOrder';

export interface QuickFix {
  title: string;
  /** Computed when it is chosen: some are long. */
  edits: () => Edit[];
}

/** What else is known of the dataset. */
export interface DatasetFacts {
  /** Of the raw data. */
  folder: string;
  cases: readonly RawCase[];
  findings: readonly Finding[];
}

type Corrected = Pick<Finding, 'code' | 'count' | 'case' | 'values'>;

/** @returns the best first; [] where the text alone can't be corrected, or a person must decide */
export function quickFixes(finding: Corrected, text: string, facts?: DatasetFacts): QuickFix[] {
  const json = objectOf(text);
  if (!json) return fixesOfSyntax(finding.code, text);
  const change = (title: string, path: string[], value: unknown): QuickFix[] => {
    return [{ title, edits: () => setKey(text, path, value) }];
  };
  const labels = isObject(json.labels) ? json.labels : {};
  switch (finding.code) {
    case 'num-training': {
      const { count } = finding;
      return count === undefined ? [] : change(t('Set numTraining to {0}', count), ['numTraining'], count);
    }
    case 'dataset-json-background': {
      const title = backgroundFix(labels);
      return title === undefined ? [] : [{ title, edits: () => addBackground(text) }];
    }
    case 'dataset-json-ignore': {
      const { ignore: _, ...others } = labels;
      const values = Object.values(others).flat().map(Number).filter(Number.isInteger);
      const expected = Math.max(0, ...values) + 1;
      return change(t('Set the ignore label to {0}', expected), ['labels', 'ignore'], expected);
    }
    case 'dataset-json-regions':
    case 'regions-order': {
      const order = orderThatAgrees({ labels: labels as DatasetJson['labels'] });
      if (order === undefined) return [];
      return change(t('Set regions_class_order to {0}', JSON.stringify(order)), ['regions_class_order'], order);
    }
    case 'dataset-json-version-1': {
      const swapped = Object.entries(labels).map(([value, name]) => [String(name), Number(value)] as const);
      return change(t('Write the labels as name -> number'), ['labels'], Object.fromEntries(swapped));
    }
    case 'label-undeclared':
      return declarations(finding, text, facts);
    case 'label-missing':
      return facts ? exclusions(finding, text, facts) : [];
    default:
      return [];
  }
}

function fixesOfSyntax(code: string, text: string): QuickFix[] {
  const titles: Record<string, string> = {
    'json-comma': t('Insert the missing comma'),
    'json-trailing-comma': t('Remove the comma'),
  };
  const edits = titles[code] === undefined ? undefined : correctComma(text);
  return edits ? [{ title: titles[code]!, edits: () => edits }] : [];
}

/** Of the values in all masks where that gives a valid file, otherwise of those in this one. */
function declarations({ values = [] }: Corrected, text: string, facts: DatasetFacts | undefined): QuickFix[] {
  const everywhere = (facts?.findings ?? []).flatMap((one) => (one.code === 'label-undeclared' ? one.values! : []));
  for (const wanted of [[...values, ...everywhere], values]) {
    const added = [...new Set(wanted)].sort((a, b) => a - b);
    const edits = declareLabels(text, added);
    if (!edits) continue;
    const title =
      added.length === 1
        ? t('Declare label {0}, found in the masks', added[0]!)
        : t('Declare labels {0}, found in the masks', added.join(', '));
    return [{ title, edits: () => edits }];
  }
  return [];
}

function exclusions({ case: id }: Corrected, text: string, { folder, cases, findings }: DatasetFacts): QuickFix[] {
  const without = new Set(findings.flatMap((one) => (one.code === 'label-missing' ? (one.case ?? []) : [])));
  const exclude = (title: string, ids: ReadonlySet<string>): QuickFix[] => {
    const left = cases.filter((one) => !ids.has(one.id));
    if (left.length === 0 || left.length === cases.length) return [];
    return [{ title, edits: () => excludeCases(text, folder, left) }];
  };
  return [
    ...(id === undefined ? [] : exclude(t('Exclude {0} from the training', id), new Set([id]))),
    ...(without.size > 1 ? exclude(t('Exclude all {0} without a label', counted(without.size, 'case')), without) : []),
  ];
}

function objectOf(text: string): JsonObject | undefined {
  try {
    const value = parseJson(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
