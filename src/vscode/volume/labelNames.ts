/** What are the values of a dataset's label maps called, which colours have they, and which of them are compared? */
import type { Vector3 } from '../../geometry/types';
import { labelColours, type DatasetJson } from '../../method/datasetJson';
import { LabelManager, type LabelOrRegion } from '../../method/labels';
import type { LabelInfo } from '../../protocol/volume';

/** Names of label values, and colours where the dataset, or a model made from it, gives any. */
export function labelInfos(
  datasetJson: DatasetJson | undefined,
  colours: Record<string, string> = datasetJson ? labelColours(datasetJson) : {},
): LabelInfo[] {
  if (!datasetJson) return [];
  const { labelNames, ignoreLabel } = new LabelManager(datasetJson);
  return [...labelNames]
    .filter(([value]) => value !== 0)
    .sort(([a], [b]) => a - b)
    .map(([value, name]) => ({ value, name, colour: parts(colours[name]), isIgnored: value === ignoreLabel }));
}

/** Red, green and blue of "#rrggbb". */
function parts(colour: string | undefined): Vector3 | undefined {
  return colour === undefined ? undefined : ([1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)) as Vector3);
}

/** What is compared in this dataset: its foreground labels or regions. */
export function comparedClasses(datasetJson: DatasetJson | undefined): {
  classes: { entry: LabelOrRegion; name: string }[];
  ignoreLabel?: number;
} {
  if (!datasetJson) return { classes: [] };
  const { foreground, foregroundNames, ignoreLabel } = new LabelManager(datasetJson);
  return { classes: foreground.map((entry, i) => ({ entry, name: foregroundNames[i]! })), ignoreLabel };
}

/** Of a comparison: as the image's dataset names and groups labels, else as what lies with the masks says. */
export function comparedNames(reference: NamedLabels, prediction: NamedLabels, ofImage: DatasetJson | undefined) {
  const datasetJson = ofImage ?? reference.datasetJson ?? prediction.datasetJson;
  const names = new Map([...(prediction.labels ?? []), ...(reference.labels ?? [])].map((one) => [one.value, one]));
  return { labelNames: [...names.values()], ...comparedClasses(datasetJson) };
}

interface NamedLabels {
  labels?: LabelInfo[];
  datasetJson?: DatasetJson;
}
