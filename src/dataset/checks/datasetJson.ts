/** Checks dataset.json itself: syntax with line and column, then every rule that it breaks, not just the first. */
import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { parseTree, findNodeAtLocation } from 'jsonc-parser/lib/esm/main.js';
import { type DatasetJson, validateDatasetJson } from '../../method/datasetJson';
import { doubtsAbout } from '../../method/datasetJsonDoubts';
import { NnunetError } from '../../method/errors';
import { parseJson } from '../../method/jsonReader';
import { isObject, isStringList, type JsonObject } from '../../method/jsonShape';
import { LabelManager } from '../../method/labels';
import { backgroundFix } from '../datasetJsonEdits';
import type { Finding } from '../findings';
import { importableEnding } from '../importers/sourceFiles';
import { fileNamesIn, rawPaths } from '../rawDataset';

export interface DatasetDescription {
  /** Corrected where it breaks rules, so that the files can be checked all the same; absent if nothing can be made of it. */
  datasetJson?: DatasetJson;
  /** Label values as written, without the corrections; undefined if there is nothing usable. */
  declaredValues?: Set<number>;
  /** Of the file; empty if it can't be read. */
  text: string;
  findings: Finding[];
}

/** More problems than this in one file are one problem. */
const mostProblems = 12;

/** @param unsaved  the text that stands in an editor, where it is not that of the file */
export async function checkDatasetJson(folder: string, unsaved?: string): Promise<DatasetDescription> {
  const path = rawPaths(folder).datasetJson;
  if (unsaved !== undefined) return checkText(unsaved, path, folder);
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const message = missing
      ? 'There is no dataset.json: import the folder to pair images and labels and write it'
      : `dataset.json cannot be read: ${(error as Error).message}`;
    return { text: '', findings: [finding(missing ? 'dataset-json-missing' : 'dataset-json-unreadable', message)] };
  }
  const text = bytes.toString('utf8');
  const checked = await checkText(text, path, folder);
  const isReadable = isUtf8(bytes) || checked.findings.some(({ code }) => code.startsWith('json-'));
  return isReadable ? checked : { ...checked, findings: [wrongLetters(text), ...checked.findings] };
}

async function checkText(text: string, path: string, folder: string): Promise<DatasetDescription> {
  let value: unknown;
  try {
    value = parseJson(text, path);
  } catch (error) {
    return { text, findings: [fromError(error, text)] };
  }
  return checkRules(value, text, path, folder);
}

/** Read as UTF-8, letters of another encoding become U+FFFD; nnU-Net, in Python, refuses the file. */
function wrongLetters(text: string): Finding {
  const message =
    'Some letters of this file are not stored as UTF-8, as nnU-Net needs them. Save it as UTF-8; in VS Code: "Change File Encoding", "Save with Encoding".';
  return { ...finding('json-encoding', message), ...positionAt(text, Math.max(0, text.indexOf('\ufffd'))) };
}

async function checkRules(value: unknown, text: string, path: string, folder: string): Promise<DatasetDescription> {
  const findings: Finding[] = [];
  let candidate = value;
  for (let i = 0; i < mostProblems; i++) {
    try {
      const datasetJson = validateDatasetJson(candidate, path);
      const doubts = doubtsAbout(datasetJson).map(({ keyPath, ...doubt }): Finding => ({
        file: 'dataset.json',
        ...doubt,
        ...positionOfKey(text, keyPath),
      }));
      // The order of the regions was guessed where it breaks the rules.
      const guessed = findings.length > 0 ? ['regions-order'] : [];
      findings.push(...doubts.filter(({ code }) => !guessed.includes(code)));
      return { datasetJson, declaredValues: declaredValues(value), text, findings };
    } catch (error) {
      const problem = fromError(error, text);
      if (problem.code === 'dataset-json-background') {
        const fix = backgroundFix((candidate as { labels: JsonObject }).labels);
        if (fix !== undefined) problem.fix = fix;
      }
      if (findings.some(({ code, message }) => code === problem.code && message === problem.message)) break;
      findings.push(problem);
      const corrected = await correct(candidate, error as NnunetError, folder);
      if (corrected === undefined) break;
      candidate = corrected;
    }
  }
  return { text, findings };
}

/** What the file should say instead, for going on with the check only; undefined where that can't be guessed. */
async function correct(
  value: unknown,
  { code, keyPath = [] }: NnunetError,
  folder: string,
): Promise<JsonObject | undefined> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const json = { ...(value as JsonObject) };
  const labels = typeof json.labels === 'object' && json.labels !== null ? (json.labels as JsonObject) : {};
  switch (code) {
    case 'dataset-json-channels': {
      const names = json.channel_names ?? json[keyPath[0]!];
      const list = isStringList(names) ? names : typeof names === 'string' ? [names] : undefined;
      if (list && list.length > 0) return { ...json, channel_names: { ...list } };
      return isObject(names) && json.channel_names === undefined ? { ...json, channel_names: names } : undefined;
    }
    case 'dataset-json-same-value': {
      const { [keyPath[1]!]: _, ...others } = labels;
      return { ...json, labels: others };
    }
    case 'dataset-json-background': {
      const { background: _, ...others } = labels;
      const rest = Object.entries(others).filter(([, entry]) => Number(entry) !== 0);
      return { ...json, labels: { background: 0, ...Object.fromEntries(rest) } };
    }
    case 'dataset-json-consecutive': {
      const names = Object.keys(labels).filter((name) => name !== 'ignore' && name !== 'background');
      const ignore = 'ignore' in labels ? { ignore: names.length + 1 } : {};
      return {
        ...json,
        labels: { background: 0, ...Object.fromEntries(names.map((name, i) => [name, i + 1])), ...ignore },
      };
    }
    case 'dataset-json-ignore': {
      const { ignore: _, ...others } = labels;
      return { ...json, labels: others };
    }
    case 'dataset-json-num-training':
      return { ...json, numTraining: 0 };
    case 'dataset-json-file-ending': {
      const [image] = await fileNamesIn(rawPaths(folder).images);
      const ending = image ? importableEnding(image) : undefined;
      return ending ? { ...json, file_ending: ending } : undefined;
    }
    case 'dataset-json-regions': {
      const { foregroundRegions } = new LabelManager({ labels: labels as DatasetJson['labels'] });
      return { ...json, regions_class_order: foregroundRegions.map((_, i) => i + 1) };
    }
    case 'dataset-json-reader':
      return { ...json, overwrite_image_reader_writer: undefined };
    case 'dataset-json-files':
      return { ...json, dataset: undefined };
    default:
      return undefined;
  }
}

function declaredValues(value: unknown): Set<number> {
  const { labels } = value as { labels?: JsonObject };
  const entries = Object.values(labels ?? {}).flat();
  return new Set([0, ...entries.map(Number).filter(Number.isInteger)]);
}

function finding(code: string, message: string): Finding {
  return { file: 'dataset.json', code, severity: 'error', message };
}

function fromError(error: unknown, text: string): Finding {
  if (!(error instanceof NnunetError)) throw error;
  const message = error.hint ? `${error.message}. ${error.hint}` : error.message;
  const position = positionInWhere(error.where) ?? positionOfKey(text, error.keyPath);
  return { ...finding(error.code, message), ...position };
}

/** The "file:line:column" of a syntax error. */
function positionInWhere(where: string | undefined): Pick<Finding, 'line' | 'column'> | undefined {
  const match = /:(\d+):(\d+)$/.exec(where ?? '');
  return match ? { line: Number(match[1]), column: Number(match[2]) } : undefined;
}

/** Where a key stands in the text; the nearest enclosing one if it is missing. */
export function positionOfKey(
  text: string,
  keyPath: readonly (string | number)[] | undefined,
): Pick<Finding, 'line' | 'column'> | undefined {
  const tree = keyPath ? parseTree(text) : undefined;
  for (let length = keyPath?.length ?? 0; tree && length > 0; length--) {
    const node = findNodeAtLocation(tree, keyPath!.slice(0, length));
    if (!node) continue;
    return positionAt(text, node.parent?.type === 'property' ? node.parent.offset : node.offset);
  }
  return undefined;
}

function positionAt(text: string, offset: number): Required<Pick<Finding, 'line' | 'column'>> {
  const lines = text.slice(0, offset).split('\n');
  return { line: lines.length, column: lines.at(-1)!.length + 1 };
}
