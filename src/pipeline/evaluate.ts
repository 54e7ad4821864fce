/** Stage "evaluate": compares a folder of predictions with the references of the same names; the result is nnU-Net's summary.json. */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { compareCodePoints } from '../dataset/names';
import { isJsonWith, requireFreeFile } from '../dataset/outputPlace';
import { fileNamesIn } from '../dataset/rawDataset';
import { writeFileAtomic } from '../storage/atomicFile';
import type { ReaderName } from '../images/types';
import { counted } from '../words/counted';
import { readModelDatasetJson, type DatasetJson } from '../method/datasetJson';
import { EvaluationError } from '../method/errors';
import { caseMetrics, summarize, summaryToJson, type CaseMetrics, type Summary } from '../method/evaluation';
import { LabelManager } from '../method/labels';
import { summarizeSurfaces, surfaceToJson, type LengthUnit, type SurfaceCase } from '../method/surfaceEvaluation';
import { confusionCounts } from '../voxels/metrics';
import { forEachAtOnce } from './eachCase';
import { isSurfaceSummary, surfaceCase, unitOf } from './evaluateSurfaces';
import { readMaskPair, type MaskPair } from './maskPair';
import type { StageContext } from './progress';

interface EvaluateOptions extends StageContext {
  workers?: number;
  referenceFolder: string;
  predictionFolder: string;
  datasetJson: DatasetJson;
  reader: ReaderName;
  /** summary.json; not written where absent. */
  output?: string;
  /** Compares voxel with voxel, whatever the headers say about position: a training takes labels so, too. */
  byVoxel?: boolean;
  /** Compares surfaces, too, and writes them to the file `output`. */
  surface?: { tolerance: number; output: string };
}

/**
 * Evaluates every prediction, where it lies in space. References without a prediction are left out, with a warning.
 * @throws EvaluationError `no-predictions`, `reference-missing`, `shape-mismatch`, `grid-mismatch`, `label-not-integer`;
 *   ImageError for unreadable files; StorageError as `requireFreeFile`
 */
export async function evaluateStage(options: EvaluateOptions): Promise<Summary> {
  const { referenceFolder, predictionFolder, datasetJson, reader, byVoxel = false } = options;
  const names = await pairedNames(options);
  const { output, surface } = options;
  const inputs = [referenceFolder, predictionFolder].flatMap((folder) => names.map((name) => join(folder, name)));
  if (output) await requireFreeFile(output, { inputs, isSuch: isSummary });
  if (surface) await requireFreeFile(surface.output, { inputs, isSuch: isSurfaceSummary });
  const labels = new LabelManager(datasetJson);
  const regions = labels.foreground.map((entry) => [entry].flat() as number[]);
  const metrics: CaseMetrics[] = [];
  const surfaces: SurfaceCase[] = [];
  let unit: LengthUnit = 'mm';
  const remarks = new Remarks(labels, byVoxel);
  let done = 0;
  options.progress({ stage: 'evaluate', state: 'started', done: 0, total: names.length });
  await forEachAtOnce(names, options, async (name, at, native) => {
    const files = { prediction_file: join(predictionFolder, name), reference_file: join(referenceFolder, name) };
    const paths = { reference: files.reference_file, prediction: files.prediction_file };
    const pair = await readMaskPair(paths, reader, byVoxel, native);
    const { reference, prediction } = pair;
    remarks.note(name, pair);
    const counts = await confusionCounts(reference.labels, prediction.labels, regions, labels.ignoreLabel, native);
    metrics[at] = caseMetrics(counts, labels.foreground, files);
    if (surface) {
      unit = unitOf(pair);
      surfaces[at] = await surfaceCase(pair, counts, labels, files, surface.tolerance, native);
    }
    done += 1;
    options.progress({ stage: 'evaluate', state: 'progress', done, total: names.length, message: name });
  });
  remarks.warn(options.warn);
  const summary = summarize(metrics, labels.foreground);
  if (output) await write(output, summaryToJson(summary));
  if (surface) {
    const found = summarizeSurfaces(surfaces, labels.foreground, { unit, tolerance: surface.tolerance });
    await write(surface.output, surfaceToJson(found));
  }
  options.progress({ stage: 'evaluate', state: 'done', done, total: names.length });
  return summary;
}

/** What tells the labels of what is compared. @throws EvaluationError `dataset-json-missing`; DatasetError, JsonError */
export async function evaluatedDatasetJson(file: string): Promise<DatasetJson> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new EvaluationError('dataset-json-missing', 'There is no dataset.json to tell the labels', {
      where: file,
      hint: 'Give it with --dataset-json.',
      cause: error,
    });
  });
  return readModelDatasetJson(text, file, 'evaluation');
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomic(file, text);
}

const isSummary = (file: string): Promise<boolean> => isJsonWith(file, ['foreground_mean', 'mean', 'metric_per_case']);

/** Names of the predictions, in nnU-Net's order. */
export async function pairedNames({
  referenceFolder,
  predictionFolder,
  datasetJson,
  warn,
}: Pick<EvaluateOptions, 'referenceFolder' | 'predictionFolder' | 'datasetJson' | 'warn'>): Promise<string[]> {
  const ending = datasetJson.file_ending;
  const [predictions, references] = await Promise.all(
    [predictionFolder, referenceFolder].map(async (folder) =>
      (await fileNamesIn(folder)).filter((name) => name.endsWith(ending)),
    ),
  );
  if (predictions!.length === 0) {
    throw new EvaluationError('no-predictions', `There is no file ending in ${ending} to evaluate`, {
      where: predictionFolder,
      hint: 'Check the folder, and file_ending in dataset.json.',
    });
  }
  const known = new Set(references);
  const missing = predictions!.filter((name) => !known.has(name));
  if (missing.length > 0) {
    throw new EvaluationError(
      'reference-missing',
      `${missing[0]} has no reference${missing.length > 1 ? ` (and ${missing.length - 1} more)` : ''}`,
      {
        where: referenceFolder,
        hint: 'Give the folder with the labels of these images.',
      },
    );
  }
  const predicted = new Set(predictions);
  const left = references!.filter((name) => !predicted.has(name));
  if (left.length > 0) {
    const message = `References without a prediction are left out, ${left.length} of ${references!.length}: ${someOf(left)}.`;
    warn('predictions-missing', message);
  }
  return predictions!.sort(compareCodePoints);
}

/** What a person should know about the masks, gathered over the cases. */
class Remarks {
  private readonly moved: string[] = [];
  private readonly rounded: string[] = [];
  private readonly strange = { reference: new Map<string, number[]>(), prediction: new Map<string, number[]>() };
  private readonly declared: ReadonlySet<number>;

  constructor(
    { allLabels, ignoreLabel }: LabelManager,
    private readonly byVoxel: boolean,
  ) {
    this.declared = new Set(ignoreLabel === undefined ? allLabels : [...allLabels, ignoreLabel]);
  }

  note(name: string, { reference, prediction, isMoved }: MaskPair): void {
    if (isMoved) this.moved.push(name);
    if (reference.isRounded || prediction.isRounded) this.rounded.push(name);
    for (const [of, { values }] of [
      ['reference', reference],
      ['prediction', prediction],
    ] as const) {
      const strange = values.filter((value) => !this.declared.has(value));
      if (strange.length > 0) this.strange[of].set(name, strange);
    }
  }

  warn(warn: StageContext['warn']): void {
    const moved = this.moved.length;
    if (moved > 0 && this.byVoxel) {
      const message = `${counted(moved, 'mask')} placed elsewhere than the reference by the headers; voxels are compared all the same: ${someOf(this.moved)}.`;
      warn('geometry-ignored', message);
    } else if (moved > 0) {
      const message = `${counted(moved, 'prediction')} stored in other directions than the reference and turned: ${someOf(this.moved)}.`;
      warn('prediction-turned', message);
    }
    if (this.rounded.length > 0) {
      const message = `Label values that were not quite whole numbers are rounded in ${counted(this.rounded.length, 'case')}: ${someOf(this.rounded)}.`;
      warn('labels-rounded', message);
    }
    for (const [of, found] of Object.entries(this.strange)) {
      if (found.size === 0) continue;
      const values = [...new Set([...found.values()].flat())].sort((x, y) => x - y);
      const message = `Labels that dataset.json does not declare (${values.join(', ')}) are in ${counted(found.size, of)} and belong to no class: ${someOf([...found.keys()])}.`;
      warn('labels-undeclared', message);
    }
  }
}

function someOf(names: readonly string[]): string {
  const sorted = [...names].sort(compareCodePoints);
  return sorted.slice(0, 5).join(', ') + (sorted.length > 5 ? ', …' : '');
}
