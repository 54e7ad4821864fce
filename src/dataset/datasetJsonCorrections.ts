/** Makes dataset.json agree with what lies beside it: labels that the masks hold, cases that are complete. */
import { applyEdits, type Edit } from 'jsonc-parser/lib/esm/main.js';
import { relative, sep } from 'node:path';
import { validateDatasetJson } from '../method/datasetJson';
import { parseJson } from '../method/jsonReader';
import { isObject, type JsonObject } from '../method/jsonShape';
import { lineEnd, replacement, setKey } from './datasetJsonEdits';
import type { RawCase } from './rawDataset';

/** @returns undefined where the file would break a rule then, e.g. that values are consecutive: a person must decide */
export function declareLabels(text: string, values: readonly number[]): Edit[] | undefined {
  const json = parseJson(text) as JsonObject;
  if (values.length === 0 || !isObject(json.labels)) return undefined;
  let edited = text;
  for (const value of values) {
    const name = `label_${value}`;
    if (name in json.labels) return undefined;
    edited = applyEdits(edited, setKey(edited, ['labels', name], value, 'last'));
  }
  if (Array.isArray(json.regions_class_order)) {
    const order = [...(json.regions_class_order as unknown[]), ...values];
    edited = applyEdits(edited, setKey(edited, ['regions_class_order'], order));
  }
  return isValid(edited) ? replacement(text, edited) : undefined;
}

/**
 * Lists the cases that are trained with, as nnU-Net's `dataset` does: no file of the raw data is touched.
 * @param folder  of the raw dataset: paths in the list begin there
 */
export function excludeCases(text: string, folder: string, left: readonly RawCase[]): Edit[] {
  const counted = applyEdits(text, setKey(text, ['numTraining'], left.length));
  const { dataset } = parseJson(text) as JsonObject;
  const marked = applyEdits(counted, setKey(counted, ['dataset'], placeholder, 'last'));
  const indent = /^[ \t]+(?=")/m.exec(text)?.[0] ?? '    ';
  const lines = left.map((one) => {
    // Entries that are there stay as they were written: their paths may hold variables.
    const entry = isObject(dataset) ? dataset[one.id] : entryOf(folder, one);
    return `${indent}${indent}${JSON.stringify(one.id)}: ${JSON.stringify(entry)}`;
  });
  const end = lineEnd(text);
  const list = `{${end}${lines.join(`,${end}`)}${end}${indent}}`;
  return replacement(
    text,
    marked.replace(JSON.stringify(placeholder), () => list),
  );
}

const placeholder = '\u0000cases';

function entryOf(folder: string, { images, label }: RawCase): object {
  const below = (file: string): string => relative(folder, file).split(sep).join('/');
  return { images: images.map(below), label: below(label) };
}

function isValid(text: string): boolean {
  try {
    validateDatasetJson(parseJson(text));
    return true;
  } catch {
    return false;
  }
}
