/** What the numbers of an evaluation say about a model: means as in summary.json, and how the cases spread. */
import { scoredCases } from '../pipeline/scoredCases';
import { summarize, type CaseMetrics, type Summary } from '../method/evaluation';
import { parseLabelOrRegionKey, type LabelOrRegion } from '../method/labels';
import { agreement, boxPlot, standardDeviation } from '../method/statistics';
import {
  summarizeSurfaces,
  type SurfaceCase,
  type SurfaceSummary,
  type SurfaceValues,
} from '../method/surfaceEvaluation';
import type { CaseValues, LabelStatistics, MeanValues, ReportCase } from './report';

/** One evaluated folder, as it was read. */
export interface EvaluatedCases {
  folder: string;
  summary: Summary;
  /** Only where it is of the same masks. */
  surfaces?: SurfaceSummary;
  /** ml of a voxel of each case, in the summary's order; of pictures 1; undefined where the mask can't be read. */
  voxelSizes: (number | undefined)[];
}

interface ModelNumbers {
  foreground: MeanValues;
  labels: Record<string, LabelStatistics>;
  /** The worst first. */
  cases: ReportCase[];
}

/** @param keys  of the labels, as in summary.json */
export function modelNumbers(folders: readonly EvaluatedCases[], keys: readonly string[]): ModelNumbers {
  const entries = keys.map((key) => parseLabelOrRegionKey(key) ?? key) as LabelOrRegion[];
  const summary =
    folders.length === 1
      ? folders[0]!.summary
      : summarize(
          folders.flatMap((one) => one.summary.metric_per_case.map((entry) => withAll(entry, keys))),
          entries,
        );
  const surfaces = pooledSurfaces(folders, entries);
  const cases = folders.flatMap(casesOf).sort(worstFirst);
  return {
    foreground: { ...meansOf(summary.foreground_mean), ...distancesOf(surfaces?.foreground_mean) },
    labels: Object.fromEntries(
      keys.map((key) => {
        const means = { ...meansOf(summary.mean[key]), ...distancesOf(surfaces?.mean[key]) };
        return [key, { ...means, ...spreadOf(key, cases), infinite: surfaces?.mean[key]?.infinite ?? 0 }];
      }),
    ),
    cases,
  };
}

const noMetrics = { Dice: NaN, IoU: NaN, FP: NaN, TP: NaN, FN: NaN, TN: NaN, n_pred: NaN, n_ref: NaN };

/** Folds of different programs may have evaluated different labels. */
function withAll(entry: CaseMetrics, keys: readonly string[]): CaseMetrics {
  return { ...entry, metrics: { ...Object.fromEntries(keys.map((key) => [key, noMetrics])), ...entry.metrics } };
}

/** Only where there are surfaces of all folders, and all were made alike. */
function pooledSurfaces(
  folders: readonly EvaluatedCases[],
  entries: readonly LabelOrRegion[],
): SurfaceSummary | undefined {
  const all = folders.flatMap(({ surfaces }) => surfaces ?? []);
  const [first] = all;
  const isAlike = all.every(({ unit, tolerance }) => unit === first!.unit && tolerance === first!.tolerance);
  if (!first || all.length !== folders.length || !isAlike) return undefined;
  if (all.length === 1) return first;
  return summarizeSurfaces(
    all.flatMap(({ metric_per_case }) => metric_per_case),
    entries,
    first,
  );
}

const numberOrNull = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null;
const distance = (value: number): number | 'infinite' | null => (value === Infinity ? 'infinite' : numberOrNull(value));

function meansOf(means: Summary['foreground_mean'] | undefined): Pick<MeanValues, 'Dice' | 'IoU'> {
  return { Dice: numberOrNull(means?.Dice), IoU: numberOrNull(means?.IoU) };
}

function distancesOf(means: SurfaceSummary['foreground_mean'] | undefined): Pick<MeanValues, 'HD95' | 'ASSD' | 'NSD'> {
  return { HD95: numberOrNull(means?.HD95), ASSD: numberOrNull(means?.ASSD), NSD: numberOrNull(means?.NSD) };
}

function casesOf({ folder, summary, surfaces, voxelSizes }: EvaluatedCases): ReportCase[] {
  const surfacesByFile = new Map(surfaces?.metric_per_case.map((entry) => [fileName(entry.prediction_file), entry]));
  const entries = new Map(
    summary.metric_per_case.map((entry, at) => [fileName(entry.prediction_file), { entry, size: voxelSizes[at] }]),
  );
  return scoredCases(summary, folder).map(({ id, prediction, reference, meanDice }) => {
    const name = fileName(prediction);
    const { entry, size } = entries.get(name)!;
    const labels = Object.entries(entry.metrics).map(([key, metrics]) => {
      return [key, caseValues(metrics, size, surfacesByFile.get(name)?.metrics[key])] as const;
    });
    return { id, meanDice: numberOrNull(meanDice), labels: Object.fromEntries(labels), prediction, reference };
  });
}

/** Of paths of any system. */
const fileName = (path: string): string => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);

function caseValues(
  { Dice, IoU, ...counts }: CaseMetrics['metrics'][string],
  voxelSize: number | undefined,
  surface: SurfaceValues | undefined,
): CaseValues {
  return {
    Dice: numberOrNull(Dice),
    IoU: numberOrNull(IoU),
    ...counts,
    ...(surface && {
      HD95: distance(surface.HD95),
      ASSD: distance(surface.ASSD),
      NSD: numberOrNull(surface.NSD),
    }),
    ...(voxelSize !== undefined && {
      volumePredicted: counts.n_pred * voxelSize,
      volumeReference: counts.n_ref * voxelSize,
    }),
  };
}

function spreadOf(
  key: string,
  cases: readonly ReportCase[],
): Pick<LabelStatistics, 'cases' | 'diceDeviation' | 'diceBox' | 'distanceBox' | 'volumes'> {
  const values = cases.flatMap(({ labels }) => labels[key] ?? []);
  const dice = values.flatMap(({ Dice }) => Dice ?? []);
  const distances = values.flatMap(({ HD95 }) => (typeof HD95 === 'number' ? HD95 : []));
  const differences = values
    .filter(({ n_pred, n_ref }) => n_pred + n_ref > 0)
    .flatMap(({ volumePredicted: a, volumeReference: b }) => (a === undefined || b === undefined ? [] : a - b));
  return {
    cases: dice.length,
    diceDeviation: numberOrNull(standardDeviation(dice)),
    diceBox: boxPlot(dice),
    distanceBox: boxPlot(distances),
    volumes: agreement(differences),
  };
}

function worstFirst(a: ReportCase, b: ReportCase): number {
  const [x, y] = [a, b].map(({ meanDice }) => meanDice ?? Infinity) as [number, number];
  return x === y ? a.id.localeCompare(b.id, 'en', { numeric: true }) : x - y;
}

/** Whether surfaces were compared of the masks that the summary is of: the sizes of all classes must agree. */
export function areOfSameMasks(summary: Summary, surfaces: readonly SurfaceCase[]): boolean {
  const byFile = new Map(surfaces.map((entry) => [fileName(entry.prediction_file), entry]));
  return summary.metric_per_case.every(({ prediction_file, metrics }) => {
    const found = byFile.get(fileName(prediction_file));
    return Object.entries(metrics).every(([key, { n_pred, n_ref }]) => {
      const values = found?.metrics[key];
      if (!values) return false;
      const [a, b] = [values.volume_pred * n_ref, values.volume_ref * n_pred];
      return Math.abs(a - b) <= 1e-6 * Math.max(a, b) && values.volume_pred > 0 === n_pred > 0;
    });
  });
}
