/** What the cards of trained models and of model files have in common. */
import { t } from '@vscode/l10n';
import { channelNames, type DatasetJson } from '../../method/datasetJson';
import { LabelManager } from '../../method/labels';
import type { Configuration } from '../../method/plans';
import { labelInfos } from '../volume/labelNames';

export interface ModelCard {
  title: string;
  text: string[];
  /** What it segments; `values` in words: "label 1", "labels 1, 2". */
  labels: { name: string; values: string; colour?: readonly number[] }[];
  sections: { heading: string; rows: [name: string, value: string][] }[];
  /** A description to be written beside a model that brings none. */
  sidecar?: { file: string; text: string };
  canPredict: boolean;
}

export function segmented(datasetJson: DatasetJson, colours?: Parameters<typeof labelInfos>[1]): ModelCard['labels'] {
  const { foreground, foregroundNames } = new LabelManager(datasetJson);
  const infos = labelInfos(datasetJson, colours);
  return foreground.map((entry, index) => {
    const values = [entry].flat();
    return {
      name: foregroundNames[index]!,
      values: values.length > 1 ? t('labels {0}', values.join(', ')) : t('label {0}', values.join(', ')),
      colour: infos.find(({ value }) => value === values.at(-1))?.colour,
    };
  });
}

export function imagesSection(
  datasetJson: DatasetJson,
  { spacing, patch_size: patch, normalization_schemes: schemes, previous_stage: previous }: Configuration,
  mirrored?: string,
): ModelCard['sections'][number] {
  const channels = channelNames(datasetJson).map((name, index) => `${name} (${schemes[index] ?? schemes[0]})`);
  return section(t('Images'), [
    [t('Channels'), channels.join(', ')],
    [t('Spacing'), t('{0} mm (other images are resampled)', reversed(spacing).map(short).join(' × '))],
    [t('Patch'), t('{0} voxels', reversed(patch).join(' × '))],
    [t('Previous stage'), previous && t('needs masks of {0}', previous)],
    [t('Mirroring'), mirrored],
  ]);
}

export function section(
  heading: string,
  rows: readonly (readonly [string, string | undefined])[],
): ModelCard['sections'][number] {
  return { heading, rows: rows.filter((row): row is [string, string] => Boolean(row[1])) };
}

export function mirroring(axes: readonly number[]): string {
  return axes.length > 0 ? t('the mean of {0} mirrored copies of each tile', 2 ** axes.length) : t('none');
}

export const reversed = <T>(values: readonly T[]): T[] => [...values].reverse();

export const short = (value: number): string => String(Number(value.toPrecision(4)));
