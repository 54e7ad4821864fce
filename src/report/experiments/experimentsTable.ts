/** The experiments of a dataset as a table: configuration, the options that differ, the Dice of each fold, time, memory. */
import { t } from '@vscode/l10n';
import { gigabytes } from '../../pipeline/resources';
import type { TableCell, TableColumn, TableContent, TableRow } from '../../protocol/table';
import { foldTitle } from '../../runs/describe';
import { formatDuration } from '../../runs/duration';
import { counted } from '../../words/counted';
import { threeDigits } from '../../words/quantities';
import type { Experiment, TrainedFold } from './experiment';
import { differingOptions } from './trainingOptions';

export function experimentsTable(dataset: string, experiments: readonly Experiment[]): TableContent {
  const options = differingOptions(experiments);
  const folds = foldsOf(experiments);
  const hasSeveral = (name: 'trainer' | 'plans'): boolean => new Set(experiments.map((one) => one[name])).size > 1;
  const optionColumns = options.map((name): TableColumn => {
    const isNumber = experiments.every(
      (one) => one.options[name] === undefined || !Number.isNaN(Number(one.options[name])),
    );
    return { key: `option ${name}`, title: name, ...(isNumber && { isNumber }) };
  });
  const columns: TableColumn[] = [
    { key: 'name', title: t('Experiment') },
    { key: 'plans', title: t('Plans'), isHidden: !hasSeveral('plans') },
    { key: 'trainer', title: t('Trainer'), isHidden: !hasSeveral('trainer') },
    ...optionColumns,
    ...folds.map((fold): TableColumn => ({ key: `fold ${fold}`, title: foldHead(fold), isNumber: true })),
    { key: 'mean', title: t('Mean Dice'), isNumber: true },
    { key: 'deviation', title: t('SD of folds'), isNumber: true },
    { key: 'epochs', title: t('Epochs'), isNumber: true },
    { key: 'time', title: t('Time'), isNumber: true },
    { key: 'memory', title: t('Memory (estimate)'), isNumber: true, isHidden: true },
    { key: 'gpu', title: t('GPU memory (estimate)'), isNumber: true },
    { key: 'started', title: t('Started') },
  ];
  return {
    title: t('Experiments: {0}', dataset),
    text: [
      t(
        '{0}. Of the options, those are shown in which they differ. Dice is the mean over the labels of the cases that a fold left out, as in its summary.json.',
        counted(experiments.length, 'experiment'),
      ),
    ],
    columns,
    rows: experiments.map((one) => rowOf(one, options, folds)),
    comparing: t('Compare'),
  };
}

function rowOf(one: Experiment, options: readonly string[], folds: readonly string[]): TableRow {
  const { id, plans, trainer, meanDice, deviation, seconds, memoryBytes, gpuGigabytes, started } = one;
  const epochs = one.folds.flatMap((fold) => fold.epochs ?? []);
  const all: [string, TableCell | undefined][] = [
    ['name', { text: experimentName(one), link: id, title: t('Show the curves of {0}', id) }],
    ['plans', { text: plans }],
    ['trainer', { text: trainer }],
    ...options.map((name): [string, TableCell | undefined] => [`option ${name}`, optionCell(one.options[name])]),
    ...folds.map((fold): [string, TableCell | undefined] => {
      const found = one.folds.find((trained) => trained.fold === fold);
      return [`fold ${fold}`, found && foldCell(found)];
    }),
    ['mean', numberCell(meanDice, 4)],
    ['deviation', numberCell(deviation, 4)],
    ['epochs', epochs.length > 0 ? { text: rangeText(epochs), value: Math.max(...epochs) } : undefined],
    ['time', seconds > 0 ? { text: formatDuration(seconds), value: seconds } : undefined],
    ['memory', memoryBytes === undefined ? undefined : { text: gigabytes(memoryBytes), value: memoryBytes }],
    ['gpu', gpuGigabytes === undefined ? undefined : { text: `${threeDigits(gpuGigabytes)} GB`, value: gpuGigabytes }],
    ['started', started === undefined ? undefined : { text: started.slice(0, 16).replace('T', ' ') }],
  ];
  const cells = all.filter((entry): entry is [string, TableCell] => entry[1] !== undefined);
  return { id, cells: Object.fromEntries(cells), canCompare: meanDice !== undefined };
}

/** "3d_fullres"; of one that a newer training has set aside, with the day. */
export function experimentName({
  configuration,
  setAside,
  folds,
}: Pick<Experiment, 'configuration' | 'setAside' | 'folds'>): string {
  if (setAside === undefined) return configuration;
  const time = setAside
    .slice(0, 16)
    .replace('T', ' ')
    .replace(/(?<= \d\d)-/, ':');
  return t('{0}, {1} until {2}', configuration, folds.map(({ fold }) => foldTitle(fold)).join(', '), time);
}

function optionCell(value: string | undefined): TableCell | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  return { text: value, ...(Number.isNaN(number) ? {} : { value: number }) };
}

function foldCell({ dice, state, folder }: TrainedFold): TableCell {
  const link = { link: folder };
  return dice === undefined
    ? { text: stateText(state), value: null, title: t('Not validated') }
    : { text: dice.toFixed(4), value: dice, ...link, title: t('Show the summary of {0}', folder) };
}

function stateText(state: TrainedFold['state']): string {
  switch (state) {
    case 'running':
      return t('running');
    case 'failed':
      return t('failed');
    case 'stopped':
      return t('stopped');
    case 'interrupted':
      return t('interrupted');
    default:
      return '–';
  }
}

function numberCell(value: number | undefined, digits: number): TableCell | undefined {
  return value === undefined ? undefined : { text: value.toFixed(digits), value };
}

function rangeText(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? String(low) : `${low}–${high}`;
}

const foldHead = (fold: string): string => (fold === 'all' ? t('All cases') : t('Fold {0}', fold));

/** Numbers ascending, "all" at the end. */
function foldsOf(experiments: readonly Experiment[]): string[] {
  const names = new Set(experiments.flatMap(({ folds }) => folds.map(({ fold }) => fold)));
  return [...names].sort((a, b) => (a === 'all' ? 1 : b === 'all' ? -1 : Number(a) - Number(b)));
}
