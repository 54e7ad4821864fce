/** What was evaluated of these models? Their cases and labels with all numbers, from the summaries and surfaces beside the masks. */
import { t } from '@vscode/l10n';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Roots } from '../dataset/roots';
import { splitEnding } from '../images/endings';
import { readHeader } from '../images/header';
import { chooseReader } from '../images/readers';
import { classNames } from '../method/classNames';
import { EvaluationError } from '../method/errors';
import { readSummary, type Summary } from '../method/evaluation';
import { readSurfaceSummary, type SurfaceSummary } from '../method/surfaceEvaluation';
import { evaluateStage } from '../pipeline/evaluate';
import { surfaceFileIn } from '../pipeline/evaluateSurfaces';
import type { StageContext } from '../pipeline/progress';
import { mapConcurrently } from '../storage/mapConcurrently';
import { caseFiles } from './caseFiles';
import { datasetJsonOf, evaluatedPlace, type EvaluatedFolder, type EvaluatedPlace } from './evaluatedPlace';
import { isPicture } from './isPicture';
import { areOfSameMasks, modelNumbers, type EvaluatedCases } from './modelStatistics';
import type { Report, ReportLabel, ReportModel } from './report';
import { runFacts } from './runFacts';

export interface ReadOptions extends StageContext {
  /** Evaluated folders, folds or models; the first is what the others are compared with. */
  models: readonly string[];
  roots: Pick<Roots, 'raw' | 'preprocessed'>;
  /** Surfaces are compared where they were not yet. */
  surface?: { tolerance: number };
}

export interface ReadModel {
  model: ReportModel;
  place: EvaluatedPlace;
}

export interface ReadModels extends Pick<Report, 'labels' | 'surfaces' | 'volumeUnit' | 'remarks'> {
  models: ReadModel[];
}

/** @throws EvaluationError `not-evaluated`, `summary-invalid` */
export async function readModels(options: ReadOptions): Promise<ReadModels> {
  const places: EvaluatedPlace[] = [];
  for (const path of options.models) places.push(await evaluatedPlace(path));
  const names = distinctNames(places.map(({ name }) => name));
  const read: { place: EvaluatedPlace; evaluated: EvaluatedCases[]; labelNames: Record<string, string> }[] = [];
  const remarks: string[] = [];
  for (const place of places) {
    const description = await datasetJsonOf(place, options.roots);
    const evaluated: EvaluatedCases[] = [];
    for (const folder of place.evaluated) evaluated.push(await readFolder(folder, place, options, remarks));
    read.push({ place, evaluated, labelNames: description ? classNames(description.datasetJson.labels) : {} });
  }
  const labels = labelsOf(read);
  const keys = labels.map(({ key }) => key);
  const models: ReadModel[] = [];
  for (const [at, { place, evaluated }] of read.entries()) {
    const numbers = modelNumbers(evaluated, keys);
    const summaries = evaluated.map(({ folder }) => join(folder, 'summary.json'));
    models.push({ place, model: { name: names[at]!, summaries, ...numbers, facts: await runFacts(place.evaluated) } });
  }
  const surfaces = read.flatMap(({ evaluated }) => evaluated.flatMap((one) => one.surfaces ?? []));
  const [first] = surfaces;
  if (first && surfaces.some(({ unit, tolerance }) => unit !== first.unit || tolerance !== first.tolerance)) {
    remarks.push(
      t('Surface distances were measured with several tolerances or units: surface Dice can not be compared.'),
    );
  }
  return {
    models,
    labels,
    ...(first && { surfaces: { unit: first.unit, tolerance: first.tolerance } }),
    volumeUnit: arePictures(models) ? 'pixel' : 'ml',
    remarks,
  };
}

/** Two folders may be called alike: these are numbered. */
function distinctNames(names: readonly string[]): string[] {
  return names.map((name, at) => {
    const isOnce = names.filter((other) => other === name).length === 1;
    return isOnce ? name : `${name} (${names.slice(0, at + 1).filter((other) => other === name).length})`;
  });
}

function labelsOf(read: readonly { evaluated: EvaluatedCases[]; labelNames: Record<string, string> }[]): ReportLabel[] {
  const keys = read.flatMap(({ evaluated }) => evaluated.flatMap(({ summary }) => Object.keys(summary.mean)));
  const names: Record<string, string> = Object.assign({}, ...read.map((one) => one.labelNames).reverse());
  return [...new Set(keys)]
    .filter((key) => key !== '0')
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((key) => ({ key, name: names[key] ?? t('label {0}', key) }));
}

async function readFolder(
  evaluated: EvaluatedFolder,
  place: EvaluatedPlace,
  options: ReadOptions,
  remarks: string[],
): Promise<EvaluatedCases> {
  const { folder } = evaluated;
  const file = join(folder, 'summary.json');
  const summary = readSummary(await readFile(file, 'utf8'), file);
  let surfaces = await readSurfaces(folder, summary);
  if (!surfaces && options.surface) {
    await measureSurfaces(evaluated, summary, place, options);
    surfaces = await readSurfaces(folder, summary);
  }
  if (!surfaces) remarks.push(t('Surfaces of {0} were not compared: "{1}" does it.', folder, '--surface'));
  const voxelSizes = await mapConcurrently(summary.metric_per_case, 8, (entry) =>
    voxelSize(join(folder, entry.prediction_file.replace(/^.*[\\/]/, ''))),
  );
  return { folder, summary, ...(surfaces && { surfaces }), voxelSizes };
}

/** Surfaces of other masks, or of an earlier evaluation, are none. */
async function readSurfaces(folder: string, summary: Summary): Promise<SurfaceSummary | undefined> {
  const file = surfaceFileIn(folder);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const found = readSurfaceSummary(text, file);
  return areOfSameMasks(summary, found.metric_per_case) ? found : undefined;
}

/** @throws EvaluationError `reference-missing`, `dataset-json-missing`, and as `evaluateStage` */
async function measureSurfaces(
  { folder, fold }: EvaluatedFolder,
  summary: Summary,
  place: EvaluatedPlace,
  options: ReadOptions,
): Promise<void> {
  const first = summary.metric_per_case[0]!;
  const prediction = join(folder, first.prediction_file.replace(/^.*[\\/]/, ''));
  const { reference } = await caseFiles(prediction, first.reference_file, { ...options.roots, dataset: place.dataset });
  const description = await datasetJsonOf(place, options.roots);
  if (reference === undefined || !description) {
    throw new EvaluationError('reference-missing', 'The references of these masks, or the dataset.json, are not here', {
      where: folder,
      hint: 'Evaluate the folder with "nnunet evaluate … --surface".',
    });
  }
  const { datasetJson } = description;
  const ending = splitEnding(prediction).ending;
  await evaluateStage({
    signal: options.signal,
    progress: (event) => options.progress(event),
    referenceFolder: dirname(reference),
    predictionFolder: folder,
    datasetJson: { ...datasetJson, file_ending: ending },
    reader: await chooseReader(ending, prediction, datasetJson.overwrite_image_reader_writer),
    // As the validation of a training compares.
    byVoxel: fold !== undefined,
    surface: { ...options.surface!, output: surfaceFileIn(folder) },
    // Other folds' cases have no prediction here; the rest was said when the masks were evaluated.
    warn: () => undefined,
  });
}

function arePictures(models: readonly ReadModel[]): boolean {
  return models.some(({ model: { cases } }) => cases.some(({ prediction }) => isPicture(prediction)));
}

/** ml; of a picture 1. */
async function voxelSize(prediction: string): Promise<number | undefined> {
  if (isPicture(prediction)) return 1;
  const header = await readHeader(prediction, 'label').catch(() => undefined);
  return header && header.spacing.reduce((product, edge) => product * edge, 1) / 1000;
}
