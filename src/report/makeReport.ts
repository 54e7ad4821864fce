/** Makes a report of one or several evaluated models: reads what there is, draws the worst cases, and writes the files. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { requireFreeFile } from '../dataset/outputPlace';
import { splitEnding } from '../images/endings';
import { chooseReader } from '../images/readers';
import { readImages } from '../images/volumes';
import { NnunetError } from '../method/errors';
import { readMaskPair } from '../pipeline/maskPair';
import { writeFileAtomic } from '../storage/atomicFile';
import { caseFiles } from './caseFiles';
import { compareModels } from './compareModels';
import { modelsCsv } from './csv';
import { drawSlice } from './drawSlice';
import type { EvaluatedPlace } from './evaluatedPlace';
import { reportLatex } from './latex';
import { reportPage } from './page';
import { readModels, type ReadModel, type ReadOptions } from './readModels';
import type { Picture, Report, ReportCase } from './report';
import { isReport, reportFiles, type ReportFiles } from './reportFiles';
import { slicesOf } from './slices';

interface ReportOptions extends ReadOptions {
  /** Folder for the files. */
  output: string;
  /** So many of the worst cases of each model are drawn. */
  pictures: number;
}

/** @throws EvaluationError `not-evaluated`, `summary-invalid`; StorageError where the files are of something else */
export async function makeReport(options: ReportOptions): Promise<{ files: ReportFiles; report: Report }> {
  const files = reportFiles(options.output);
  await requireFreeReport(files);
  options.progress({ stage: 'evaluate', state: 'started' });
  const { models, labels, surfaces, volumeUnit, remarks } = await readModels(options);
  for (const { model, place } of models) await drawWorst(model.cases.slice(0, options.pictures), place, options);
  const all = models.map(({ model }) => model);
  const report: Report = {
    format: 'nnunet-report',
    title: titleOf(models),
    created: new Date().toISOString(),
    labels,
    ...(surfaces && { surfaces }),
    volumeUnit,
    models: all,
    comparisons: all.slice(1).map((second) => compareModels(all[0]!, second, labels)),
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
  await writeFileAtomic(csv, modelsCsv(report));
  await writeFileAtomic(latex, reportLatex(report));
}

function titleOf(models: readonly ReadModel[]): string {
  const dataset = models[0]!.place.dataset;
  return [...(dataset === undefined ? [] : [dataset]), models.map(({ model }) => model.name).join(' and ')].join(': ');
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
