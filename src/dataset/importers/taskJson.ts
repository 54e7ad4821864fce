/** What a list of cases (the Medical Segmentation Decathlon's, nnU-Net v1's, MONAI's) says besides the cases: names, channels, labels. */
import { basename } from 'node:path';
import { keysInFileOrder } from '../../method/jsonReader';
import { parseDatasetName, safeName } from '../names';
import type { About, ImportPlan } from './plan';

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

export type JsonObject = Record<string, unknown>;

/** Keys that the importer writes itself, or that are lists of cases. */
const rewrittenKeys =
  /^(name|modality|channel_names|labels|num(Training|Test)|tensorImageSize|file_ending|dataset|train(ing)?|val(idation)?|test(ing)?)$/;

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
): Pick<ImportPlan, 'suggestedId' | 'suggestedName' | 'channelNames' | 'labelNames' | 'about' | 'report'> {
  const report: string[] = [];
  const task = /^Task(\d{1,3})_(.+)$/i.exec(basename(source)) ?? /^Task(\d{1,3})_(.+)$/i.exec(String(json.name ?? ''));
  const ownName = typeof json.name === 'string' ? json.name : basename(source);
  const known = decathlon.find(({ alias }) => alias.test(ownName) || alias.test(basename(source)));
  let suggestedId: number | undefined;
  let suggestedName = safeName(ownName) || safeName(basename(source)) || 'Dataset';
  const dataset = parseDatasetName(basename(source));
  if (dataset) {
    suggestedId = dataset.id;
    suggestedName = safeName(dataset.name) || 'Dataset';
  } else if (task) {
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
    else if (typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value)))
      names.set(Number(value), key);
  }
  return names.size > 0 ? { labelNames: names } : {};
}

/** Everything else that a person wrote down is kept: description, licence, label_colours, a reader, … */
function aboutOf(json: JsonObject): About {
  const spelling: Record<string, string> = { relase: 'release', license: 'licence' };
  return Object.fromEntries(
    Object.entries(json)
      .filter(([key]) => !rewrittenKeys.test(key))
      .map(([key, value]) => [spelling[key] ?? key, value]),
  );
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
