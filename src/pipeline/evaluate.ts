/** Stage "evaluate": compares a folder of predictions with the references of the same names; the result is nnU-Net's summary.json. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { compareCodePoints } from '../dataset/names';
import { isJsonWith, requireFreeFile } from '../dataset/outputPlace';
import { fileNamesIn } from '../dataset/rawDataset';
import { writeFileAtomic } from '../images/atomicFile';
import { readSegmentation } from '../images/volumes';
import type { ReaderName } from '../images/types';
import type { DatasetJson } from '../method/datasetJson';
import { EvaluationError } from '../method/errors';
import { caseMetrics, summarize, summaryToJson, type CaseMetrics, type Summary } from '../method/evaluation';
import { LabelManager } from '../method/labels';
import { confusionCounts } from '../voxels/metrics';
import { forEachAtOnce } from './concurrency';
import type { StageContext } from './progress';

export interface EvaluateOptions extends StageContext {
  workers?: number;
  referenceFolder: string;
  predictionFolder: string;
  datasetJson: DatasetJson;
  reader: ReaderName;
  /** summary.json; not written where absent. */
  output?: string;
}

/**
 * Evaluates every prediction. References without a prediction are left out, with a warning.
 * @throws EvaluationError `no-predictions`, `reference-missing`, `shape-mismatch`; ImageError for unreadable files; StorageError as `requireFreeFile`
 */
export async function evaluateStage(options: EvaluateOptions): Promise<Summary> {
  const { referenceFolder, predictionFolder, datasetJson, reader } = options;
  const names = await pairedNames(options);
  if (options.output) {
    const inputs = [referenceFolder, predictionFolder].flatMap((folder) => names.map((name) => join(folder, name)));
    await requireFreeFile(options.output, { inputs, isSuch: isSummary });
  }
  const labels = new LabelManager(datasetJson);
  const regions = labels.foreground.map((entry) => [entry].flat() as number[]);
  const metrics: CaseMetrics[] = [];
  let done = 0;
  options.progress({ stage: 'evaluate', state: 'started', done: 0, total: names.length });
  await forEachAtOnce(names, options, async (name, at, native) => {
    const files = { prediction_file: join(predictionFolder, name), reference_file: join(referenceFolder, name) };
    const reference = await readSegmentation(files.reference_file, reader);
    const prediction = await readSegmentation(files.prediction_file, reader);
    if (reference.data.length !== prediction.data.length || String(reference.shape) !== String(prediction.shape)) {
      throw new EvaluationError(
        'shape-mismatch',
        `The prediction has shape ${prediction.shape.slice(1).join('x')}, its reference ${reference.shape.slice(1).join('x')}`,
        { where: files.prediction_file, hint: 'Compare predictions with references of the same images.' },
      );
    }
    const counts = await confusionCounts(reference.data, prediction.data, regions, labels.ignoreLabel, native);
    metrics[at] = caseMetrics(counts, labels.foreground, files);
    done += 1;
    options.progress({ stage: 'evaluate', state: 'progress', done, total: names.length, message: name });
  });
  const summary = summarize(metrics, labels.foreground);
  if (options.output) {
    await mkdir(dirname(options.output), { recursive: true });
    await writeFileAtomic(options.output, summaryToJson(summary));
  }
  options.progress({ stage: 'evaluate', state: 'done', done, total: names.length });
  return summary;
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
  const left = references!.length - predictions!.length;
  if (left > 0)
    warn('predictions-missing', `${left} of ${references!.length} references have no prediction and are left out.`);
  return predictions!.sort(compareCodePoints);
}
