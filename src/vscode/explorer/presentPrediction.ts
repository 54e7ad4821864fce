/** How a folder of predictions looks in the tree: by which model, of which images, when, how good. */
import { t } from '@vscode/l10n';
import { basename } from 'node:path';
import { isFast, modelText, type PredictionRecord } from '../../dataset/predictionRecord';
import { escapeMarkdown } from '../plainWords';
import type { PredictionsNode } from './nodes';
import type { Appearance } from './appearance';
import { counted } from '../../words/counted';

export function ofPredictions({ prediction }: PredictionsNode): Appearance {
  const { name, masks, scored, record } = prediction;
  const label = modelText(record) ?? name;
  const count = counted(masks.length, 'mask');
  const dice = meanOf((scored ?? []).map(({ meanDice }) => meanDice));
  const score = dice === undefined ? '' : `Dice ${dice.toFixed(3)}`;
  const described = [
    score,
    imagesText(record),
    isFast(record) ? t('fast') : '',
    count,
    record.time && shortTime(record.time),
    label === name || label.startsWith(`${name},`) ? '' : name,
  ];
  return {
    label,
    description: described.filter(Boolean).join(' · '),
    tooltip: tooltip(prediction, label, [count, score]),
    icon: 'output',
    context: ['predictions', ...(scored ? ['evaluated'] : [])].join('.'),
    expandable: masks.length > 0,
    spoken: [t('Predictions of {0}', label), ...described].filter(Boolean).join(', '),
  };
}

/** "imagesTs", "scan.nii.gz", "3 images". */
function imagesText({ input }: PredictionRecord): string {
  if (!input) return '';
  return input.length === 1 ? basename(input[0]!) : t('of {0}', counted(input.length, 'image'));
}

function tooltip({ folder, record }: PredictionsNode['prediction'], label: string, facts: string[]): string {
  const { input, model, checkpoint, mirroring, stepSize, time } = record;
  const rows: [string, string | undefined][] = [
    [t('Model'), model?.join(', ')],
    [t('Checkpoint'), checkpoint],
    [t('Images'), input && input.slice(0, 5).join(', ') + (input.length > 5 ? ', …' : '')],
    [t('Mirroring'), mirroring === undefined ? undefined : mirroring ? t('yes') : t('no')],
    [t('Step'), stepSize === undefined ? undefined : t('{0} tiles', stepSize)],
    [t('Predicted'), time && new Date(time).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })],
    [t('Folder'), folder],
  ];
  const table = rows.flatMap(([key, value]) => (value ? [`| ${key} | ${escapeMarkdown(value)} |`] : []));
  return `**${escapeMarkdown(label)}** ${facts.filter(Boolean).join(' · ')}\n\n| | |\n|---|---|\n${table.join('\n')}`;
}

/** "24 Nov, 19:05"; the year where it is another one. */
function shortTime(time: string): string {
  const date = new Date(time);
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : 'numeric';
  const shown = { day: 'numeric', month: 'short', year, hour: '2-digit', minute: '2-digit' } as const;
  return date.toLocaleString('en-GB', shown);
}

function meanOf(values: readonly number[]): number | undefined {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) / known.length : undefined;
}
