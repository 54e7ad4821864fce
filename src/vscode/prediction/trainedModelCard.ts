/** What a trained model is, in words for people: what it segments and how well, what images it needs, how it was trained, what it takes. */
import { t } from '@vscode/l10n';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { foldPaths } from '../../dataset/results';
import { parseDatasetName } from '../../dataset/names';
import { readSummary } from '../../method/evaluation';
import { readChosenModel } from '../../pipeline/chosenFolds';
import type { Model } from '../../pipeline/modelFolder';
import { gigabytes, inferenceBytes, weightCount } from '../../pipeline/resources';
import type { Experiment, TrainedFold } from '../../report/experiments/experiment';
import { readExperiments } from '../../report/experiments/readExperiments';
import { formatDuration } from '../../runs/duration';
import { counted } from '../../words/counted';
import { grouped } from '../../words/quantities';
import { imagesSection, section, segmented, type ModelCard } from './modelCardParts';

type Row = readonly [string, string | undefined];

/** @param folder  nnUNet_results/DATASET/TRAINER__PLANS__CONFIGURATION. @throws as `readChosenModel` */
export async function readTrainedModelCard(folder: string): Promise<ModelCard> {
  const model = await readChosenModel(folder);
  const experiments = await readExperiments({ results: dirname(folder) });
  // Those that a newer training set aside lie deeper.
  const experiment = experiments.find((one) => one.folder === folder);
  const { datasetJson, configuration, configurationName, plans } = model;
  const dataset = plans.dataset_name;
  return {
    title: `${parseDatasetName(dataset)?.name ?? dataset}, ${configurationName}`,
    text: [textOf(datasetJson.description)].filter((text) => text !== undefined),
    labels: segmented(datasetJson),
    sections: [
      imagesSection(datasetJson, configuration),
      section(t('How well'), experiment ? await quality(experiment) : []),
      section(t('Training'), experiment ? training(experiment) : []),
      section(t('What it takes'), needs(model, experiment)),
      section(t('Model'), [
        [t('Dataset'), dataset],
        [t('Plans'), plans.plans_name],
        [t('Trainer'), experiment?.trainer],
        [t('Licence'), textOf(datasetJson.licence)],
        [t('Folder'), basename(folder)],
      ]),
    ],
    canPredict: true,
  };
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** On the cases that each fold left out. */
async function quality({ folds, meanDice, deviation }: Experiment): Promise<Row[]> {
  const rows: Row[] = [];
  if (meanDice !== undefined) {
    const spread = deviation === undefined ? '' : ` ± ${deviation.toFixed(4)}`;
    rows.push([t('Mean Dice'), `${meanDice.toFixed(4)}${spread}`]);
  }
  for (const { fold, folder, dice } of folds) {
    if (dice === undefined) continue;
    const cases = await caseCount(folder);
    rows.push([t('Fold {0}', fold), t('Dice {0} on {1} left out', dice.toFixed(4), counted(cases, 'case'))]);
  }
  return rows;
}

async function caseCount(foldFolder: string): Promise<number> {
  const { summary } = foldPaths(foldFolder);
  return readSummary(await readFile(summary, 'utf8'), summary).metric_per_case.length;
}

function training({ folds, seconds, options, started }: Experiment): Row[] {
  const trained = (fold: TrainedFold): string => {
    const parts = [
      fold.epochs === undefined ? undefined : counted(fold.epochs, 'epoch'),
      fold.seconds > 0 ? formatDuration(fold.seconds) : undefined,
    ];
    return parts.filter(Boolean).join(', ');
  };
  return [
    ...folds.map((fold): Row => [t('Fold {0}', fold.fold), trained(fold)]),
    [t('Together'), seconds > 0 && folds.length > 1 ? formatDuration(seconds) : undefined],
    ...Object.entries(options),
    [t('Started'), started?.slice(0, 10)],
  ];
}

function needs(model: Model, experiment: Experiment | undefined): Row[] {
  const gpu = experiment?.gpuGigabytes;
  const memory = experiment?.memoryBytes;
  return [
    [t('Weights'), t('about {0}', grouped(Math.round(weightCount(model))))],
    [t('To predict'), t('about {0} of memory, and the image', gigabytes(inferenceBytes(model)))],
    [t('To train'), memory === undefined ? undefined : t('about {0} of memory', gigabytes(memory))],
    [t('To train on a GPU'), gpu === undefined ? undefined : t('about {0} GB', gpu.toFixed(1))],
  ];
}
