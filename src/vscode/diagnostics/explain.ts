/** Explains what a channel, a label or a key of dataset.json means for the training. */
import { getLocation } from 'jsonc-parser/lib/esm/main.js';
import { type DatasetJson, validateDatasetJson } from '../../method/datasetJson';
import { parseJson } from '../../method/jsonReader';
import { LabelManager } from '../../method/labels';
import { escapeMarkdown, markdownCode } from '../plainWords';
import { normalizationScheme, type NormalizationScheme } from '../../method/normalization';

interface Explanation {
  /** Markdown. */
  text: string;
  offset: number;
  length: number;
}

const schemes: Record<NormalizationScheme, string> = {
  CTNormalization:
    'Intensities are clipped to the 0.5 and 99.5 percentiles of the foreground of all cases, then centred and scaled by its mean and standard deviation.',
  ZScoreNormalization: 'Each image is centred by its own mean and scaled by its own standard deviation.',
  NoNormalization: 'Intensities stay as they are.',
  RescaleTo01Normalization: 'Each image is scaled linearly to 0 … 1.',
  RGBTo01Normalization: 'Intensities are divided by 255.',
};

/** @returns undefined where there is nothing to explain */
export function explainAt(text: string, offset: number): Explanation | undefined {
  const { path, previousNode } = getLocation(text, offset);
  if (!previousNode || offset > previousNode.offset + previousNode.length) return undefined;
  const [key, name] = path.map(String);
  if (name === undefined) return undefined;
  const place = { offset: previousNode.offset, length: previousNode.length };
  if (key === 'channel_names' || key === 'modality') {
    const channel = readValue(text, key, name);
    if (typeof channel !== 'string') return undefined;
    return { text: explainChannel(name, channel), ...place };
  }
  if (key !== 'labels') return undefined;
  const json = valid(text);
  return json ? { text: explainLabel(json, name), ...place } : undefined;
}

function explainChannel(index: string, name: string): string {
  const scheme = normalizationScheme(name);
  const files = markdownCode(`CASE_${index.padStart(4, '0')}…`);
  const choice =
    scheme === 'ZScoreNormalization'
      ? 'The names CT, noNorm, zscore, rescale_to_0_1 and rgb_to_0_1 choose the normalization; any other name means this one.'
      : 'The name chooses this normalization.';
  return `**Channel ${escapeMarkdown(index)}: ${escapeMarkdown(name)}**, files ${files}\n\n${scheme}: ${schemes[scheme]}\n\n${choice}`;
}

function explainLabel(json: DatasetJson, name: string): string {
  const value = json.labels[name];
  if (name === 'ignore') {
    return `**ignore** (${escapeMarkdown(String(value))}): voxels that nobody annotated. They count neither in the loss nor in the evaluation.`;
  }
  if (name === 'background') return '**background** (0): everything that is no label. It is not evaluated.';
  const manager = new LabelManager(json);
  const position = manager.foregroundNames.indexOf(name);
  if (Array.isArray(value) && value.length > 1) {
    const written = json.regions_class_order?.[position];
    const inside = value.map((one) => nameOfValue(json, one)).join(', ');
    const order =
      written === undefined
        ? ''
        : ` In predicted masks it is written as ${escapeMarkdown(String(written))}; later regions overwrite earlier ones.`;
    return `**${escapeMarkdown(name)}**: a region made of the label values ${inside}. It has an output of its own (sigmoid), as regions may overlap.${order}`;
  }
  const how = manager.usesRegions
    ? 'a region of one label value, with an output of its own'
    : 'one of the classes, which exclude each other (softmax)';
  return `**${escapeMarkdown(name)}** (${escapeMarkdown(String(value))}): ${how}. It is class ${position + 1} of ${manager.foregroundNames.length} in curves and tables.`;
}

function nameOfValue(json: DatasetJson, value: number): string {
  const single = Object.entries(json.labels).find(([, entry]) => entry === value);
  return single ? `${value} (${escapeMarkdown(single[0])})` : String(value);
}

function valid(text: string): DatasetJson | undefined {
  try {
    return validateDatasetJson(parseJson(text));
  } catch {
    return undefined;
  }
}

function readValue(text: string, key: string, name: string): unknown {
  try {
    return (parseJson(text) as Record<string, Record<string, unknown>>)[key]?.[name];
  } catch {
    return undefined;
  }
}
