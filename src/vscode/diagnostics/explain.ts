/** Explains what a channel, a label or a key of dataset.json means for the training. */
import { t } from '@vscode/l10n';
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

function explainScheme(scheme: NormalizationScheme): string {
  switch (scheme) {
    case 'CTNormalization':
      return t(
        'Intensities are clipped to the 0.5 and 99.5 percentiles of the foreground of all cases, then centred and scaled by its mean and standard deviation.',
      );
    case 'ZScoreNormalization':
      return t('Each image is centred by its own mean and scaled by its own standard deviation.');
    case 'NoNormalization':
      return t('Intensities stay as they are.');
    case 'RescaleTo01Normalization':
      return t('Each image is scaled linearly to 0 … 1.');
    case 'RGBTo01Normalization':
      return t('Intensities are divided by 255.');
  }
}

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
      ? t(
          'The names CT, noNorm, zscore, rescale_to_0_1 and rgb_to_0_1 choose the normalization; any other name means this one.',
        )
      : t('The name chooses this normalization.');
  const heading = t('**Channel {0}: {1}**, files {2}', escapeMarkdown(index), escapeMarkdown(name), files);
  return `${heading}\n\n${scheme}: ${explainScheme(scheme)}\n\n${choice}`;
}

function explainLabel(json: DatasetJson, name: string): string {
  const value = json.labels[name];
  if (name === 'ignore') {
    return t(
      '**ignore** ({0}): voxels that nobody annotated. They count neither in the loss nor in the evaluation.',
      escapeMarkdown(String(value)),
    );
  }
  if (name === 'background') return t('**background** (0): everything that is no label. It is not evaluated.');
  const manager = new LabelManager(json);
  const position = manager.foregroundNames.indexOf(name);
  if (Array.isArray(value) && value.length > 1) {
    const written = json.regions_class_order?.[position];
    const inside = value.map((one) => nameOfValue(json, one)).join(', ');
    const order =
      written === undefined
        ? ''
        : t(
            'In predicted masks it is written as {0}; later regions overwrite earlier ones.',
            escapeMarkdown(String(written)),
          );
    const region = t(
      '**{0}**: a region made of the label values {1}. It has an output of its own (sigmoid), as regions may overlap.',
      escapeMarkdown(name),
      inside,
    );
    return `${region} ${order}`.trim();
  }
  const place = [escapeMarkdown(name), escapeMarkdown(String(value)), position + 1, manager.foregroundNames.length];
  return manager.usesRegions
    ? t(
        '**{0}** ({1}): a region of one label value, with an output of its own. It is class {2} of {3} in curves and tables.',
        ...place,
      )
    : t(
        '**{0}** ({1}): one of the classes, which exclude each other (softmax). It is class {2} of {3} in curves and tables.',
        ...place,
      );
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
