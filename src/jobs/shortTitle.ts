/** How is a job called where there is little room? By what is done first, and apart from that the dataset that it is done with. */
import { t } from '@vscode/l10n';
import { basename, dirname, sep } from 'node:path';
import { parseDatasetName } from '../dataset/names';
import { parseModelFolderName } from '../dataset/results';
import { isChoice } from '../pipeline/chosenModel';
import { counted } from '../words/counted';
import type { JobKind } from './job';
import type { KnownJob } from './knownJob';
import type { JobRequests } from './requests';

interface ShortTitle {
  /** "Train 2d, fold 0" */
  what: string;
  /** "Hippocampus", or what else it is done with; absent where nobody can say. */
  about?: string;
}

type Titles = { readonly [K in JobKind]: (request: JobRequests[K]) => ShortTitle };

const titles: Titles = {
  sample: ({ folder }) => ({ what: t('Create sample'), about: shortDataset(basename(folder)) }),
  import: ({ source, name, isDryRun }) => ({
    what: isDryRun ? t('Look at files') : t('Import'),
    about: name ?? basename(source),
  }),
  check: ({ dataset }) => ({ what: t('Check'), about: shortDataset(dataset) }),
  fix: ({ dataset }) => ({ what: t('Fix'), about: shortDataset(dataset) }),
  plan: ({ dataset, planner }) => ({
    what: planner === 'default' ? t('Plan') : t('Plan {0}', planner),
    about: shortDataset(dataset),
  }),
  preprocess: ({ dataset, configuration }) => ({
    what: t('Preprocess {0}', configuration),
    about: shortDataset(dataset),
  }),
  train: ({ dataset, configuration, fold }) => trainingTitle({ dataset, configuration, fold: String(fold) }),
  predict: ({ models, input, isDryRun }) => {
    const { name, about = pathsTitle(input, 'image') } = modelOf(models);
    return { what: isDryRun ? t('Look at images with {0}', name) : t('Predict with {0}', name), about };
  },
  evaluate: ({ predictionFolder, datasetJson }) => ({
    what: t('Evaluate {0}', basename(predictionFolder)),
    about: datasetAbove(predictionFolder) ?? datasetAbove(datasetJson),
  }),
  validate: ({ dataset, configuration, fold }) => ({
    what: t('Validate {0}, fold {1}', configuration, fold),
    about: shortDataset(dataset),
  }),
  'find-best': ({ dataset }) => ({ what: t('Find best model'), about: shortDataset(dataset) }),
  ensemble: ({ folders, output }) => ({
    what: t('Average {0}', counted(folders.length, 'prediction')),
    about: datasetAbove(output) ?? basename(output),
  }),
  postprocess: ({ input }) => ({ what: t('Postprocess'), about: datasetAbove(input) ?? basename(input) }),
  'determine-postprocessing': ({ predictionFolder }) => ({
    what: t('Find postprocessing'),
    about: datasetAbove(predictionFolder) ?? basename(predictionFolder),
  }),
  report: ({ models }) => ({
    what: t('Report'),
    about: models.map(datasetAbove).find((name) => name !== undefined) ?? basename(models[0] ?? ''),
  }),
  'export-model': ({ dataset, models }) => ({
    what: t('Export {0}', models.map(({ configuration }) => configuration).join(', ')),
    about: shortDataset(dataset),
  }),
  'import-model': ({ source, dataset }) => ({
    what: t('Import model'),
    about: dataset === undefined ? basename(source) : shortDataset(dataset),
  }),
  'dataset-card': ({ dataset }) => ({ what: t('Make card'), about: shortDataset(dataset) }),
  volumes: ({ folder }) => ({ what: t('Measure volumes'), about: datasetAbove(folder) ?? basename(folder) }),
  'export-onnx': ({ modelFolder }) => {
    const { name, about } = modelOf([modelFolder]);
    return { what: t('Export {0}', name), about };
  },
};

export function shortTitle({
  kind,
  title,
  training,
  job,
}: Pick<KnownJob, 'kind' | 'title' | 'training' | 'job'>): ShortTitle {
  if (training) return trainingTitle(training);
  // Of a kind that only a later version knows, its own title tells.
  return job && kind in titles ? (titles[kind] as (request: object) => ShortTitle)(job.request) : { what: title };
}

function trainingTitle({ dataset, configuration, fold }: { dataset: string; configuration: string; fold: string }) {
  return {
    what: fold === 'all' ? t('Train {0}, all cases', configuration) : t('Train {0}, fold {1}', configuration, fold),
    about: shortDataset(dataset),
  };
}

function shortDataset(dataset: string): string {
  return dataset.replace(/^Dataset\d{3}_/, '');
}

function pathsTitle(paths: readonly string[], what: string): string {
  return paths.length === 1 ? basename(paths[0]!) : counted(paths.length, what);
}

/** Of nnU-Net's folders configuration and dataset; .onnx files by their names. */
function modelOf(models: readonly string[]): { name: string; about?: string } {
  const [first = ''] = models;
  if (isChoice(first)) return { name: t('best model'), about: shortDataset(basename(dirname(first))) };
  const configuration = parseModelFolderName(basename(first))?.configuration;
  if (configuration === undefined) return { name: pathsTitle(models, 'model') };
  return { name: configuration, about: shortDataset(basename(dirname(first))) };
}

/** By the folder that is named as datasets are. */
function datasetAbove(path: string): string | undefined {
  const folder = path.split(sep).findLast((name) => parseDatasetName(name) !== undefined);
  return folder === undefined ? undefined : shortDataset(folder);
}
