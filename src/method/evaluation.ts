/** How well predictions match the references: Dice and its relatives from voxel counts, and the summary of a folder. */
import { EvaluationError } from './errors';
import { parseJson } from './jsonReader';
import { isObject, show } from './jsonShape';
import { pyFloat, stringifyJson } from './jsonWriter';
import { labelOrRegionKey, type LabelOrRegion } from './labels';
import { mean, nanMean } from './means';

/** Voxels of one label or region in one case, where the reference is not the ignore label. */
export interface ConfusionCounts {
  tp: number;
  fp: number;
  fn: number;
  tn: number;
}

export const metricNames = ['Dice', 'IoU', 'FP', 'TP', 'FN', 'TN', 'n_pred', 'n_ref'] as const;

/** Names as in summary.json. Dice and IoU are 0…1, NaN where the class is in neither map; the others are voxels. */
type Metrics = Record<(typeof metricNames)[number], number>;

export interface CaseMetrics {
  /** By `labelOrRegionKey`. */
  metrics: Record<string, Metrics>;
  prediction_file: string;
  reference_file: string;
}

/** summary.json. */
export interface Summary {
  /** Mean over the classes, background excluded. */
  foreground_mean: Metrics;
  /** Mean over the cases, per class. */
  mean: Record<string, Metrics>;
  metric_per_case: CaseMetrics[];
}

/** Source: nnU-Net 2.8.1 evaluate_predictions, compute_metrics. */
export function metricsFromCounts({ tp, fp, fn, tn }: ConfusionCounts): Metrics {
  const isAbsent = tp + fp + fn === 0;
  return {
    Dice: isAbsent ? NaN : (2 * tp) / (2 * tp + fp + fn),
    IoU: isAbsent ? NaN : tp / (tp + fp + fn),
    FP: fp,
    TP: tp,
    FN: fn,
    TN: tn,
    n_pred: tp + fp,
    n_ref: tp + fn,
  };
}

/** Metrics of one case. @param counts one entry per label or region, in the same order */
export function caseMetrics(
  counts: readonly ConfusionCounts[],
  labelsOrRegions: readonly LabelOrRegion[],
  files: { prediction_file: string; reference_file: string },
): CaseMetrics {
  const entries = labelsOrRegions.map((entry, index) => {
    return [labelOrRegionKey(entry), metricsFromCounts(counts[index]!)] as const;
  });
  return { metrics: Object.fromEntries(entries), ...files };
}

/**
 * Means over cases, where cases with neither reference nor prediction of a class don't count for its Dice and IoU, and
 * from these the plain mean over the classes: a class absent in all cases makes it NaN, as in nnU-Net.
 * @throws EvaluationError no-cases
 */
export function summarize(cases: readonly CaseMetrics[], labelsOrRegions: readonly LabelOrRegion[]): Summary {
  if (cases.length === 0) {
    throw new EvaluationError('no-cases', 'There are no cases to evaluate', {
      hint: 'Check the folders and file names.',
    });
  }
  const keys = labelsOrRegions.map(labelOrRegionKey);
  const perClass = keys.map((key) => {
    return [key, metricsBy((metric) => nanMean(cases.map((entry) => entry.metrics[key]![metric])))] as const;
  });
  const foreground = perClass.filter(([key]) => key !== '0').map(([, metrics]) => metrics);
  return {
    foreground_mean: metricsBy((metric) => mean(foreground.map((metrics) => metrics[metric]))),
    mean: Object.fromEntries(perClass),
    metric_per_case: [...cases],
  };
}

function metricsBy(value: (metric: keyof Metrics) => number): Metrics {
  return Object.fromEntries(metricNames.map((metric) => [metric, value(metric)])) as Metrics;
}

/** Text of summary.json as nnU-Net writes it: counts are integers per case and floats in the means. */
export function summaryToJson(summary: Summary): string {
  const perCase = summary.metric_per_case.map((entry) => {
    const metrics = Object.entries(entry.metrics).map(([key, values]) => {
      return [key, { ...values, Dice: pyFloat(values.Dice), IoU: pyFloat(values.IoU) }] as const;
    });
    return { ...entry, metrics: Object.fromEntries(metrics) };
  });
  const means = { foreground_mean: pyFloat(summary.foreground_mean), mean: pyFloat(summary.mean) };
  return stringifyJson({ ...means, metric_per_case: perCase }, { sortKeys: true });
}

/**
 * Reads a summary.json of nnU-Net or of this program. A null counts as NaN: strict JSON writers leave it there.
 * @param textOrValue the file's text, or its parsed JSON
 * @throws JsonError; EvaluationError summary-invalid
 */
export function readSummary(textOrValue: unknown, file = 'summary.json'): Summary {
  const value = typeof textOrValue === 'string' ? parseJson(textOrValue, file) : textOrValue;
  if (!isObject(value)) throw invalid(file, [], 'It must be a JSON object');
  const { mean: means, metric_per_case: cases } = value;
  if (!Array.isArray(cases)) throw invalid(file, ['metric_per_case'], 'It must be a list of cases');
  return {
    foreground_mean: readMetrics(value.foreground_mean, file, ['foreground_mean']),
    mean: readMetricsPerClass(means, file, ['mean']),
    metric_per_case: cases.map((entry: unknown, index) => readCase(entry, file, ['metric_per_case', index])),
  };
}

type KeyPath = (string | number)[];

function readCase(value: unknown, file: string, path: KeyPath): CaseMetrics {
  if (!isObject(value)) throw invalid(file, path, 'It must be an object');
  const { prediction_file, reference_file } = value;
  return {
    metrics: readMetricsPerClass(value.metrics, file, [...path, 'metrics']),
    prediction_file: typeof prediction_file === 'string' ? prediction_file : '',
    reference_file: typeof reference_file === 'string' ? reference_file : '',
  };
}

function readMetricsPerClass(value: unknown, file: string, path: KeyPath): Record<string, Metrics> {
  if (!isObject(value)) throw invalid(file, path, 'It must be an object with the metrics of each class');
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, readMetrics(entry, file, [...path, key])]),
  );
}

function readMetrics(value: unknown, file: string, path: KeyPath): Metrics {
  if (!isObject(value)) throw invalid(file, path, 'It must be an object with the metrics');
  return metricsBy((metric) => {
    const number = value[metric] ?? NaN;
    if (typeof number === 'number') return number;
    throw invalid(file, [...path, metric], `It must be a number, but it is ${show(number)}`);
  });
}

function invalid(file: string, keyPath: KeyPath, message: string): EvaluationError {
  const where = keyPath.length > 0 ? `${file}, ${keyPath.join('.')}` : file;
  return new EvaluationError('summary-invalid', message, { where, keyPath, hint: 'Evaluate again.' });
}
