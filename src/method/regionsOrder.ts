/** Whether masks of regions read back as what was predicted: does regions_class_order write values that the labels give to the same regions? */
import { LabelManager } from './labels';
import type { DatasetJson } from './datasetJson';

/** A value of the label files that a perfect network would write as a value that means other regions. */
export interface Misreading {
  label: number;
  written: number;
  /** Regions that `written` belongs to and `label` does not. */
  gained: string[];
  /** Regions that `label` belongs to and `written` does not. */
  lost: string[];
}

/** @returns the labels that masks would show as others; empty where all read back as they are */
export function misreadings(datasetJson: Pick<DatasetJson, 'labels' | 'regions_class_order'>): Misreading[] {
  const { usesRegions, foregroundRegions, foregroundNames, regionsClassOrder, allLabels } = new LabelManager(
    datasetJson,
  );
  if (!usesRegions || regionsClassOrder.length !== foregroundRegions.length) return [];
  return allLabels.flatMap((label) => {
    const written = writtenFor(label, foregroundRegions, regionsClassOrder);
    const having = (one: number, other: number): string[] =>
      foregroundNames.filter(
        (_, at) => foregroundRegions[at]!.includes(one) && !foregroundRegions[at]!.includes(other),
      );
    const [gained, lost] = [having(written, label), having(label, written)];
    return gained.length + lost.length > 0 ? [{ label, written, gained, lost }] : [];
  });
}

/** Values that read back as the labels they stand for; undefined where no values do, with the regions in this order. */
export function orderThatAgrees(datasetJson: Pick<DatasetJson, 'labels'>): number[] | undefined {
  const { foregroundRegions } = new LabelManager(datasetJson);
  const order = foregroundRegions.map((values, index) => {
    const later = new Set(foregroundRegions.slice(index + 1).flat());
    return values.find((value) => value !== 0 && !later.has(value));
  });
  if (order.some((value) => value === undefined)) return undefined;
  const regions_class_order = order as number[];
  return misreadings({ ...datasetJson, regions_class_order }).length === 0 ? regions_class_order : undefined;
}

function writtenFor(label: number, regions: readonly number[][], order: readonly number[]): number {
  const last = regions.findLastIndex((values) => values.includes(label));
  return last < 0 ? 0 : order[last]!;
}
