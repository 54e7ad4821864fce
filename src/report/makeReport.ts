/** Makes a report of one or several evaluated models: reads what there is, draws the worst cases, and writes the files. */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { requireFreeFile } from '../dataset/outputPlace';
import type { Roots } from '../dataset/roots';
import { pictureFormats, formatOf, splitEnding } from '../images/endings';
import { readHeader } from '../images/header';
import { chooseReader } from '../images/readers';
import { readImages } from '../images/volumes';
import { classNames } from '../method/classNames';
import { EvaluationError, NnunetError } from '../method/errors';
import { readSummary, type Summary } from '../method/evaluation';
import { readSurfaceSummary, type SurfaceSummary } from '../method/surfaceEvaluation';
import { evaluateStage } from '../pipeline/evaluate';
import { surfaceFileIn } from '../pipeline/evaluateSurfaces';
import { readMaskPair } from '../pipeline/maskPair';
import type { StageContext } from '../pipeline/progress';
import { writeFileAtomic } from '../storage/atomicFile';
import { mapConcurrently } from '../storage/mapConcurrently';
import { caseFiles } from './caseFiles';
import { compareModels } from './compareModels';
import { reportCsv } from './csv';
import { drawSlice } from './drawSlice';
import { datasetJsonOf, evaluatedPlace, type EvaluatedFolder, type EvaluatedPlace } from './evaluatedPlace';
import { reportLatex } from './latex';
import { areOfSameMasks, modelNumbers, type EvaluatedCases } from './modelStatistics';
import { reportPage } from './page';
import type { Picture, Report, ReportCase, ReportLabel, ReportModel } from './report';
import { isReport, reportFiles, type ReportFiles } from './reportFiles';
import { runFacts } from './runFacts';
import { slicesOf } from './slices';

interface ReportOptions extends StageContext {
  /** Evaluated folders, folds or models; the first is what the others are compared with. */
  models: readonly string[];
  /** Folder for the files. */
  output: string;
  roots: Pick<Roots, 'raw' | 'preprocessed'>;
  /** Surfaces are compared where they were not yet. */
  surface?: { tolerance: number };
  /** So many of the worst cases of each model are drawn. */
  pictures: number;
}

/** @throws EvaluationError `not-evaluated`, `summary-invalid`; StorageError where the files are of something else */
export async function makeReport(options: ReportOptions): Promise<{ files: ReportFiles; report: Report }> {
  const files = reportFiles(options.output);
  await requireFreeReport(files);
  const places: EvaluatedPlace[] = [];
  for (const path of options.models) places.push(await evaluatedPlace(path));
  const names = distinctNames(places.map(({ name }) => name));
  options.progress({ stage: 'evaluate', state: 'started' });
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
  const models: ReportModel[] = [];
  for (const [at, { place, evaluated }] of read.entries()) {
    const numbers = modelNumbers(evaluated, keys);
    await drawWorst(numbers.cases.slice(0, options.pictures), place, options);
    const summaries = evaluated.map(({ folder }) => join(folder, 'summary.json'));
    models.push({ name: names[at]!, summaries, ...numbers, facts: await runFacts(place.evaluated) });
  }
  const surfaces = read.flatMap(({ evaluated }) => evaluated.flatMap((one) => one.surfaces ?? []));
  const [first] = surfaces;
  if (first && surfaces.some(({ unit, tolerance }) => unit !== first.unit || tolerance !== first.tolerance)) {
    remarks.push('Surface distances were measured with several tolerances or units: surface Dice can not be compared.');
  }
  const report: Report = {
    format: 'nnunet-report',
    title: titleOf(read[0]!.place, names),
    created: new Date().toISOString(),
    labels,
    ...(first && { surfaces: { unit: first.unit, tolerance: first.tolerance } }),
    volumeUnit: arePictures(models) ? 'pixel' : 'ml',
    models,
    comparisons: models.slice(1).map((second) => compareModels(models[0]!, second, labels)),
    remarks,
  };
  await writeReport(report, files);
  options.progress({ stage: 'evaluate', state: 'done' });
  return { files, report };
}

async function requireFreeReport({ page, data, csv, latex }: ReportFiles): Promise<void> {
  const isOurs = await isReport(data);
  await requireFreeFile(data, { isSuch: isReport });
  for (const file of [page, csv, latex]) await requireFreeFile(file, { isSuch: () => Promise.resolve(isOurs) });
}

async function writeReport(report: Report, { page, data, csv, latex }: ReportFiles): Promise<void> {
  await mkdir(dirname(data), { recursive: true });
  // The data first: it tells that the others are a report's.
  await writeFileAtomic(data, `${JSON.stringify(report)}\n`);
  await writeFileAtomic(page, reportPage(report));
  await writeFileAtomic(csv, reportCsv(report));
  await writeFileAtomic(latex, reportLatex(report));
}

function titleOf({ dataset }: EvaluatedPlace, names: readonly string[]): string {
  return [...(dataset === undefined ? [] : [dataset]), names.join(' and ')].join(': ');
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
    .map((key) => ({ key, name: names[key] ?? `label ${key}` }));
}

async function readFolder(
  evaluated: EvaluatedFolder,
  place: EvaluatedPlace,
  options: ReportOptions,
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
  if (!surfaces) remarks.push(`Surfaces of ${folder} were not compared: "--surface" does it.`);
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
  options: ReportOptions,
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

const isPicture = (file: string): boolean => {
  const format = formatOf(splitEnding(file).ending.toLowerCase());
  return format !== undefined && pictureFormats.includes(format);
};

function arePictures(models: readonly ReportModel[]): boolean {
  return models.some(({ cases }) => cases.some(({ prediction }) => isPicture(prediction)));
}

/** ml; of a picture 1. */
async function voxelSize(prediction: string): Promise<number | undefined> {
  if (isPicture(prediction)) return 1;
  const header = await readHeader(prediction, 'label').catch(() => undefined);
  return header && header.spacing.reduce((product, edge) => product * edge, 1) / 1000;
}

async function drawWorst(cases: readonly ReportCase[], place: EvaluatedPlace, options: ReportOptions): Promise<void> {
  for (const one of cases) {
    options.signal?.throwIfAborted();
    one.pictures = await picturesOf(one, place, options).catch((error: unknown) => {
      if (!(error instanceof NnunetError)) throw error;
      options.warn('case-not-drawn', `${one.id} can't be drawn: ${error.oneLine}`);
      return [];
    });
  }
}

async function picturesOf(one: ReportCase, place: EvaluatedPlace, options: ReportOptions): Promise<Picture[]> {
  const where = { ...options.roots, dataset: place.dataset };
  const { prediction, reference, image } = await caseFiles(one.prediction, one.reference, where);
  if (reference === undefined) return [];
  const native = { signal: options.signal };
  const reader = await chooseReader(splitEnding(prediction).ending, prediction);
  const pair = await readMaskPair({ reference, prediction }, reader, true, native);
  const { shape, grid } = pair;
  const volume = image === undefined ? undefined : await readImages([image], reader).catch(() => undefined);
  const isOnGrid = volume && String(volume.shape.slice(1)) === String(shape);
  return slicesOf({
    shape,
    spacing: grid.spacing,
    reference: pair.reference.labels,
    prediction: pair.prediction.labels,
    ...(isOnGrid && { image: volume.data.subarray(0, shape[0] * shape[1] * shape[2]) }),
  }).map(drawSlice);
}
