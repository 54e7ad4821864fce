/** Imports datasets that come with a version 1 dataset.json: the Medical Segmentation Decathlon and nnU-Net v1 tasks. */
import { access } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DatasetError } from '../../method/errors';
import { keysInFileOrder } from '../../method/json';
import { safeName } from '../names';
import { groupImageFiles } from '../rawDataset';
import type { About, ImportCase, ImportPlan } from './plan';
import { importableEnding } from './sourceFiles';

/** The Decathlon's tasks by the names in their dataset.json files and by their folder names. */
const decathlon: readonly { id: number; name: string; alias: RegExp }[] = [
  { id: 1, name: 'BrainTumour', alias: /^(brats|braintumou?r)$/i },
  { id: 2, name: 'Heart', alias: /^(heart|leftatrium)$/i },
  { id: 3, name: 'Liver', alias: /^liver$/i },
  { id: 4, name: 'Hippocampus', alias: /^hippocampus$/i },
  { id: 5, name: 'Prostate', alias: /^prostate$/i },
  { id: 6, name: 'Lung', alias: /^lung$/i },
  { id: 7, name: 'Pancreas', alias: /^pancreas$/i },
  { id: 8, name: 'HepaticVessel', alias: /^hepatic_?vessels?$/i },
  { id: 9, name: 'Spleen', alias: /^spleen$/i },
  { id: 10, name: 'Colon', alias: /^colon$/i },
];

type JsonObject = Record<string, unknown>;

export function isTaskJson(json: unknown): json is JsonObject {
  if (!isObject(json)) return false;
  if (Array.isArray(json.training)) return true;
  const labels = isObject(json.labels) ? Object.keys(json.labels) : [];
  return isObject(json.modality) && labels.length > 0 && labels.every((key) => /^\d+$/.test(key));
}

/** Names of channels and labels, number and name: what the file says besides the list of cases. */
export function readTaskMetadata(
  json: JsonObject,
  source: string,
): Omit<ImportPlan, 'cases' | 'testCases' | 'channelWords'> {
  const report: string[] = [];
  const task = /^Task(\d{1,3})_(.+)$/i.exec(basename(source)) ?? /^Task(\d{1,3})_(.+)$/i.exec(String(json.name ?? ''));
  const ownName = typeof json.name === 'string' ? json.name : basename(source);
  const known = decathlon.find(({ alias }) => alias.test(ownName) || alias.test(basename(source)));
  let suggestedId: number | undefined;
  let suggestedName = safeName(ownName) || safeName(basename(source)) || 'Dataset';
  if (task) {
    suggestedId = Number(task[1]);
    suggestedName = safeName(task[2]!);
    report.push(`Number ${suggestedId} and name "${suggestedName}" come from "${task[0]}".`);
  } else if (known) {
    suggestedId = known.id;
    suggestedName = known.name;
    report.push(`"${ownName}" is task ${known.id} (${known.name}) of the Medical Segmentation Decathlon.`);
  }
  return {
    ...(suggestedId === undefined ? {} : { suggestedId }),
    suggestedName,
    ...namedChannels(json),
    ...namedLabels(json),
    about: aboutOf(json),
    report,
  };
}

/** The cases that the file lists (`training`, `test`); paths relative to the source. */
export async function readTaskCases(
  json: JsonObject,
  source: string,
): Promise<Pick<ImportPlan, 'cases' | 'testCases' | 'report'>> {
  const report: string[] = [];
  const byFolder = new Map<string, Map<string, string[]>>();
  const missing: string[] = [];
  const cases: ImportCase[] = [];
  for (const entry of (json.training as unknown[]) ?? []) {
    const image = isObject(entry) && typeof entry.image === 'string' ? entry.image : undefined;
    const label = isObject(entry) && typeof entry.label === 'string' ? entry.label : undefined;
    if (!image || !label) throw listProblem(source, entry);
    const files = await imageFiles(source, image, byFolder);
    const labelFile = join(source, label);
    if (files.length === 0 || !(await exists(labelFile))) {
      missing.push(files.length === 0 ? image : label);
      continue;
    }
    cases.push({ id: idOf(image), images: files.map((file) => ({ file })), labels: [{ file: labelFile, part: '' }] });
  }
  if (missing.length > 0) {
    const rest = missing.length > 1 ? ` and ${missing.length - 1} more` : '';
    report.push(`Left out cases that dataset.json lists but whose files are not there: ${missing[0]}${rest}.`);
  }
  const testCases: ImportCase[] = [];
  for (const entry of Array.isArray(json.test) ? (json.test as unknown[]) : []) {
    const image =
      typeof entry === 'string' ? entry : isObject(entry) && typeof entry.image === 'string' ? entry.image : undefined;
    const files = image ? await imageFiles(source, image, byFolder) : [];
    if (image && files.length > 0)
      testCases.push({ id: idOf(image), images: files.map((file) => ({ file })), labels: [] });
  }
  return { cases, testCases, report };
}

/** The file itself, or in nnU-Net v1 tasks the files CASE_0000, CASE_0001, … that the list names CASE. */
async function imageFiles(
  source: string,
  path: string,
  byFolder: Map<string, Map<string, string[]>>,
): Promise<string[]> {
  const file = join(source, path);
  if (await exists(file)) return [file];
  const ending = importableEnding(basename(path));
  if (!ending) return [];
  const folder = join(file, '..');
  const key = `${folder}\n${ending}`;
  if (!byFolder.has(key)) byFolder.set(key, await groupImageFiles(folder, ending));
  return byFolder.get(key)!.get(idOf(path)) ?? [];
}

function idOf(path: string): string {
  const name = basename(path);
  const ending = importableEnding(name) ?? '';
  return safeName(name.slice(0, name.length - ending.length)) || 'case';
}

function namedChannels(json: JsonObject): Pick<ImportPlan, 'channelNames'> {
  const channels = isObject(json.modality)
    ? json.modality
    : isObject(json.channel_names)
      ? json.channel_names
      : undefined;
  if (!channels) return {};
  const names = keysInFileOrder(channels)
    .sort((a, b) => Number(a) - Number(b))
    .map((key) => String(channels[key]));
  return names.length > 0 ? { channelNames: names } : {};
}

function namedLabels(json: JsonObject): Pick<ImportPlan, 'labelNames'> {
  if (!isObject(json.labels)) return {};
  const names = new Map<number, string>();
  for (const [key, value] of Object.entries(json.labels)) {
    if (/^\d+$/.test(key) && typeof value === 'string') names.set(Number(key), value);
    else if (typeof value === 'number') names.set(value, key);
  }
  return names.size > 0 ? { labelNames: names } : {};
}

function aboutOf(json: JsonObject): About {
  const about: About = {};
  for (const key of ['description', 'reference', 'licence', 'license', 'release', 'relase']) {
    if (json[key] === undefined) continue;
    about[key === 'relase' ? 'release' : key === 'license' ? 'licence' : key] = json[key];
  }
  return about;
}

function listProblem(source: string, entry: unknown): DatasetError {
  return new DatasetError(
    'task-json-training',
    `An entry of "training" is not {"image", "label"}: ${JSON.stringify(entry)}`,
    {
      where: join(source, 'dataset.json'),
      hint: 'Correct the entry, or remove "training" so that files are paired by their names.',
    },
  );
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
