/** How far the surfaces of predictions lie from those of the references, and how large both are: what surface.json holds beside summary.json. */
import { EvaluationError } from './errors';
import { parseJson } from './jsonReader';
import { isObject, show } from './jsonShape';
import { stringifyJson } from './jsonWriter';
import { labelOrRegionKey, type LabelOrRegion } from './labels';
import { mean, nanMean } from './means';

/**
 * Of one class in one case. HD95: 95 % of either surface lies within it of the other; HD: all of it. ASSD: mean distance
 * over both surfaces together, ASD_*: over one of them. NSD: share of both surfaces within the tolerance of the other.
 * In neither map all of these are NaN; in one of them only, distances are infinite and NSD is 0.
 */
const surfaceMetricNames = ['HD95', 'HD', 'ASSD', 'ASD_ref', 'ASD_pred', 'NSD'] as const;
const sizeNames = ['area_ref', 'area_pred', 'volume_ref', 'volume_pred'] as const;

type SurfaceMetricName = (typeof surfaceMetricNames)[number];
export type SurfaceValues = Record<SurfaceMetricName | (typeof sizeNames)[number], number>;

export interface SurfaceCase {
  /** By `labelOrRegionKey`. */
  metrics: Record<string, SurfaceValues>;
  prediction_file: string;
  reference_file: string;
}

/** What one voxel step is: millimetres of a scan, or a pixel of a picture that lies nowhere. */
export type LengthUnit = 'mm' | 'pixel';

/** Means over cases leave out NaN, and distances that are infinite. */
type SurfaceMeans = Record<SurfaceMetricName, number> & {
  /** In so many cases the class is in one of the maps only (in means over classes: of all classes together). */
  infinite: number;
};

/** surface.json. */
export interface SurfaceSummary {
  /** Lengths are in it, areas in its square (contours of pictures: in it), volumes in ml or pixels. */
  unit: LengthUnit;
  tolerance: number;
  foreground_mean: SurfaceMeans;
  mean: Record<string, SurfaceMeans>;
  metric_per_case: SurfaceCase[];
}

/** @param labelsOrRegions  as they were evaluated. @throws EvaluationError no-cases */
export function summarizeSurfaces(
  cases: readonly SurfaceCase[],
  labelsOrRegions: readonly LabelOrRegion[],
  { unit, tolerance }: Pick<SurfaceSummary, 'unit' | 'tolerance'>,
): SurfaceSummary {
  if (cases.length === 0) throw new EvaluationError('no-cases', 'There are no cases to evaluate');
  return { unit, tolerance, ...meansOver(cases, labelsOrRegions.map(labelOrRegionKey)), metric_per_case: [...cases] };
}

/** Over the cases of each class, and from these over the classes. */
function meansOver(
  cases: readonly SurfaceCase[],
  keys: readonly string[],
): Pick<SurfaceSummary, 'foreground_mean' | 'mean'> {
  const perClass = keys.map((key) => [key, meansOf(cases.flatMap(({ metrics }) => metrics[key] ?? []))] as const);
  const foreground = perClass.filter(([key]) => key !== '0').map(([, means]) => means);
  const infinite = foreground.reduce((sum, means) => sum + means.infinite, 0);
  return {
    foreground_mean: { ...byMetric((name) => mean(foreground.map((means) => means[name]))), infinite },
    mean: Object.fromEntries(perClass),
  };
}

function meansOf(values: readonly SurfaceValues[]): SurfaceMeans {
  return {
    ...byMetric((name) => nanMean(values.map((one) => one[name]).map((value) => (value === Infinity ? NaN : value)))),
    infinite: values.filter(({ HD }) => HD === Infinity).length,
  };
}

function byMetric(value: (name: SurfaceMetricName) => number): Record<SurfaceMetricName, number> {
  return Object.fromEntries(surfaceMetricNames.map((name) => [name, value(name)])) as Record<SurfaceMetricName, number>;
}

/** Text of surface.json: as Python writes JSON, as in summary.json. */
export function surfaceToJson({ unit, tolerance, ...summary }: SurfaceSummary): string {
  const about = {
    units: {
      distance: unit,
      area: unit === 'mm' ? 'mm^2 (mm of a single slice)' : 'pixel',
      volume: unit === 'mm' ? 'ml' : 'pixel',
    },
    tolerance,
    conventions:
      'Elements of a surface count by their area. A class in neither mask is NaN and does not count; in one of them only, its distances are infinite and left out of the means, and NSD is 0.',
  };
  return stringifyJson({ ...about, ...summary });
}

/** @throws JsonError; EvaluationError surface-invalid */
export function readSurfaceSummary(text: string, file: string): SurfaceSummary {
  const value = parseJson(text, file);
  const found = isObject(value) ? value : {};
  const { units, tolerance, metric_per_case: cases } = found;
  const unit = isObject(units) && units.distance === 'pixel' ? 'pixel' : 'mm';
  if (typeof tolerance !== 'number' || !Array.isArray(cases)) throw invalid(file, 'It is no surface.json');
  const readCases = cases.map((entry: unknown): SurfaceCase => {
    if (!isObject(entry) || !isObject(entry.metrics)) throw invalid(file, 'A case has no metrics');
    const metrics = Object.entries(entry.metrics).map(([key, values]) => [key, readValues(values, file)] as const);
    const [prediction_file, reference_file] = [entry.prediction_file, entry.reference_file].map((path) =>
      typeof path === 'string' ? path : '',
    ) as [string, string];
    return { metrics: Object.fromEntries(metrics), prediction_file, reference_file };
  });
  const keys = [...new Set(readCases.flatMap(({ metrics }) => Object.keys(metrics)))];
  return { unit, tolerance, ...meansOver(readCases, keys), metric_per_case: readCases };
}

function readValues(values: unknown, file: string): SurfaceValues {
  if (!isObject(values)) throw invalid(file, 'A class has no metrics');
  return Object.fromEntries(
    [...surfaceMetricNames, ...sizeNames].map((name) => {
      const value = values[name] ?? NaN;
      if (typeof value !== 'number') throw invalid(file, `${name} must be a number, but it is ${show(value)}`);
      return [name, value];
    }),
  ) as SurfaceValues;
}

function invalid(file: string, message: string): EvaluationError {
  return new EvaluationError('surface-invalid', message, { where: file, hint: 'Evaluate again with --surface.' });
}
