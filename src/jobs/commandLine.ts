/** With which command does a person ask for the same job in a terminal? */
import { basename, dirname } from 'node:path';
import type { WantedChannel } from '../dataset/importers/plan';
import { defaultTrainer } from '../dataset/results';
import { rootFolderNames, rootNames, type Roots } from '../dataset/roots';
import { isChoice } from '../pipeline/chosenModel';
import { optionValues } from '../pipeline/trainingSettings';
import type { AnyJob, Job, JobKind } from './job';
import type { JobRequests } from './requests';
import type { TrainOptions } from './runFolder';
import type { ClusterSettings } from './slurm/settings';

type Value = string | number | boolean | undefined | readonly (string | number)[];

/** By the name of the option; what is absent, false or empty is left out. */
type Options = Readonly<Record<string, Value>>;

type Words = { readonly [K in JobKind]: (request: JobRequests[K]) => [words: string[], options: Options] };

const channelsText = (channels: readonly WantedChannel[] | undefined): string | undefined =>
  channels?.map(({ name, pattern }) => `${name}=${pattern}`).join(',');

const words: Words = {
  sample: ({ folder, cases, testCases, seed, modality, anisotropic }) => [
    ['sample', folder],
    { cases, 'test-cases': testCases, seed, modality, anisotropic },
  ],
  import: ({ source, id, name, dicom, isDryRun }) => [
    ['import', source],
    {
      ...{ id, name, 'dry-run': isDryRun },
      channels: channelsText(dicom?.channels),
      'keep-identifiers': dicom?.keepIdentifiers,
    },
  ],
  check: ({ dataset, workers }) => [['check', dataset], { workers }],
  fix: ({ dataset, workers }) => [['check', dataset], { fix: true, workers }],
  plan: ({ dataset, planner, gpuMemoryGb, workers }) => [
    ['plan', dataset],
    { planner, 'gpu-memory': gpuMemoryGb, workers },
  ],
  preprocess: ({ dataset, configuration, plans, workers }) => [
    ['preprocess', dataset],
    { configuration, plans, workers },
  ],
  train: ({ dataset, configuration, fold, plans, trainer, options }) => [
    ['train', dataset],
    {
      ...{ configuration, fold: [fold], plans, trainer: trainer === defaultTrainer ? undefined : trainer },
      ...trainOptions(options),
    },
  ],
  predict: (request) => [
    ['predict'],
    {
      model: request.models,
      images: request.input,
      output: request.output,
      folds: request.folds,
      checkpoint: request.checkpoint,
      engine: request.engine,
      provider: request.provider,
      'no-mirroring': !request.mirroring,
      'step-size': request.stepSize,
      'save-probabilities': request.saveProbabilities,
      device: request.device,
      precision: request.precision,
      threads: request.threads,
      workers: request.workers,
      continue: request.skipExisting,
      'prev-stage-predictions': request.previousStageFolder,
      'dry-run': request.isDryRun,
      channels: channelsText(request.channels),
      'dicom-seg': request.dicomSeg,
    },
  ],
  evaluate: ({ referenceFolder, predictionFolder, datasetJson, output, byVoxel, surface, workers }) => [
    ['evaluate', referenceFolder, predictionFolder],
    {
      ...{ 'dataset-json': datasetJson, output, 'by-voxel': byVoxel },
      ...{ surface: surface !== undefined, tolerance: surface?.tolerance, workers },
    },
  ],
  // What is missing of a validation is made before models are compared.
  validate: ({ dataset, plans, trainer, configuration, fold, workers }) => [
    ['find-best', dataset],
    { configuration: [configuration], folds: [fold], plans: [plans], trainer: [trainer], workers },
  ],
  'find-best': ({ dataset, models, folds, ensembling, workers }) => [
    ['find-best', dataset],
    {
      configuration: unique(models.map(({ configuration }) => configuration)),
      ...{
        folds,
        plans: unique(models.map(({ plans }) => plans)),
        trainer: unique(models.map(({ trainer }) => trainer)),
      },
      ...{ 'no-ensembles': !ensembling, workers },
    },
  ],
  ensemble: ({ folders, output, saveProbabilities, workers }) => [
    ['ensemble'],
    { input: folders, output, 'save-probabilities': saveProbabilities, workers },
  ],
  postprocess: ({ input, output, steps, plans, datasetJson, workers }) => [
    ['postprocess'],
    { input, output, steps, plans, 'dataset-json': datasetJson, workers },
  ],
  'determine-postprocessing': ({ predictionFolder, referenceFolder, plans, datasetJson, workers }) => [
    ['postprocess'],
    { input: predictionFolder, reference: referenceFolder, plans, 'dataset-json': datasetJson, workers },
  ],
  report: ({ models: [first = '', ...others], output, surface, pictures }) => [
    ['report', first],
    { compare: others, output, surface: surface !== undefined, tolerance: surface?.tolerance, pictures },
  ],
  'export-model': ({ dataset, models, folds, checkpoint, output, withMasks }) => [
    ['export-model', dataset],
    {
      output,
      configuration: unique(models.map(({ configuration }) => configuration)),
      ...{
        folds,
        plans: unique(models.map(({ plans }) => plans)),
        trainer: unique(models.map(({ trainer }) => trainer)),
      },
      ...{ checkpoint, masks: withMasks },
    },
  ],
  'import-model': ({ source, dataset }) => [['import-model', source], { dataset }],
  'dataset-card': ({ dataset, pictures }) => [['card', dataset], { pictures }],
  volumes: ({ folder, datasetJson }) => [['volumes', folder], { 'dataset-json': datasetJson }],
  'export-onnx': ({ modelFolder, folds, checkpoint, output, precision, calibrate, previousStageFolder, ...more }) => [
    ['export-onnx', isChoice(modelFolder) ? basename(dirname(modelFolder)) : modelFolder],
    {
      ...{ folds, output, precision, calibrate, checkpoint },
      ...{ 'prev-stage-predictions': previousStageFolder, target: more.target },
      ...{ licence: more.licence, author: more.author, description: more.description },
    },
  ],
};

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

/** As a shell of Linux or macOS takes it. */
export function commandLine(job: AnyJob): string {
  const [variables, root] = placeWords(job.roots);
  return [...variables, ...commandWords(job).map(quoted), ...root].join(' ');
}

/** "nnunet" and the words behind it, unquoted; without those that say where the roots are. */
export function commandWords({ kind, request, launcher, cluster }: AnyJob): string[] {
  const [first, options] = (words[kind] as (request: Job['request']) => [string[], Options])(request);
  const scheduler = launcher === 'slurm' ? { launcher, ...clusterOptions(cluster) } : {};
  return ['nnunet', ...first, ...optionWords({ ...options, ...scheduler })];
}

function trainOptions(options: TrainOptions): Options {
  return {
    epochs: options.epochs,
    budget: options.budgetSeconds === undefined ? undefined : `${options.budgetSeconds}s`,
    'iterations-per-epoch': options.iterationsPerEpoch,
    ...optionValues(options),
    'batch-size': options.batchSize,
    elastic: options.elastic,
    device: options.device,
    precision: options.precision,
    threads: options.threads,
    seed: options.seed,
    resume: options.resume,
    checkpoint: options.checkpoint,
    pretrained: options.pretrained,
    // Again with new cases: from what the fold has learned itself.
    ...(options.newCases ? { again: true } : { from: options.from }),
    npz: options.npz,
    'for-cascade': options.prepareNextStage,
    'no-validation': !options.validate,
    workers: options.workers,
  };
}

function clusterOptions(cluster: Partial<ClusterSettings> = {}): Options {
  const { loginNode, partition, account, gpus, cores, memory, time, modules, lines, pathMap, program, node } = cluster;
  return {
    ...{ partition, account, gpus, cores, memory, time, modules, 'script-lines': lines, 'login-node': loginNode },
    'path-map': pathMap?.map(({ here, there }) => `${here}=${there}`),
    ...{ 'cluster-program': program, 'cluster-node': node },
  };
}

function optionWords(options: Options): string[] {
  return Object.entries(options).flatMap(([name, value]): string[] => {
    if (value === undefined || value === false || value === '' || (Array.isArray(value) && value.length === 0))
      return [];
    if (value === true) return [`--${name}`];
    return [`--${name}`, ...[value].flat().map(String)];
  });
}

/** Where the roots are: one folder that holds the three, or nnU-Net's own variables. */
function placeWords(roots: Roots): [variables: string[], option: string[]] {
  const common = dirname(roots.raw);
  const isCommon = rootNames.every(
    (root) => dirname(roots[root]) === common && basename(roots[root]) === rootFolderNames[root],
  );
  if (isCommon) return [[], ['--root', quoted(common)]];
  return [rootNames.map((root) => `${rootFolderNames[root]}=${quoted(roots[root])}`), []];
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
