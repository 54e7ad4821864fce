/** What the labels of a dataset mean for training: foreground classes, regions, outputs, the ignore label. */
import type { DatasetJson } from './datasetJson';
import { keysInFileOrder } from './jsonReader';

/** One thing that is segmented and evaluated: a label value, or the set of label values that make up a region. */
export type LabelOrRegion = number | readonly number[];

/**
 * Key of a label or region in summary.json: the text Python gives for the int or tuple, "3", "(1, 2)", "(3,)".
 */
export function labelOrRegionKey(labelOrRegion: LabelOrRegion): string {
  if (typeof labelOrRegion === 'number') return String(labelOrRegion);
  return labelOrRegion.length === 1 ? `(${labelOrRegion[0]},)` : `(${labelOrRegion.join(', ')})`;
}

/**
 * The label or region of a key in summary.json, nnU-Net's or ours.
 * @returns undefined if the key is none
 */
export function parseLabelOrRegionKey(key: string): LabelOrRegion | undefined {
  if (/^-?\d+$/.test(key)) return Number(key);
  const values = /^\((-?\d+(?:, ?-?\d+)*),?\)$/.exec(key)?.[1];
  return values?.split(',').map(Number);
}

/**
 * nnU-Net's LabelManager: everything derived from `labels` and `regions_class_order` of a valid dataset.json.
 * Source: nnU-Net 2.8.1 label_handling.
 */
export class LabelManager {
  /** True if any label is a list of more than one value: then there is one sigmoid output per region. */
  readonly usesRegions: boolean;
  /** All label values without the ignore label, ascending, background included. */
  readonly allLabels: number[];
  readonly foregroundLabels: number[];
  /** Label values of each foreground region in file order; empty without regions. */
  readonly foregroundRegions: number[][];
  /** Value of voxels that nobody annotated; they count neither in the loss nor in evaluation. */
  readonly ignoreLabel: number | undefined;
  /** Outputs of the network: one per region, or one per label with background. */
  readonly numHeads: number;
  /** Value written for each region in turn; empty without regions. */
  readonly regionsClassOrder: number[];
  /** Name of each value that can occur in a label map. */
  readonly labelNames: Map<number, string>;
  /** The classes that are trained, shown and evaluated: foreground regions as declared, or foreground labels. */
  readonly foreground: LabelOrRegion[];
  /** Name of each entry of `foreground`. */
  readonly foregroundNames: string[];
  /** Entries of `labels` as written, background and ignore included: what the planner counts as classes. */
  readonly numDeclaredLabels: number;

  constructor(datasetJson: Pick<DatasetJson, 'labels' | 'regions_class_order'>) {
    const { labels } = datasetJson;
    const names = keysInFileOrder(labels);
    const classNames = names.filter((name) => name !== 'ignore');
    this.numDeclaredLabels = names.length;
    this.usesRegions = classNames.some((name) => Array.isArray(labels[name]) && labels[name].length > 1);
    this.allLabels = [...new Set(classNames.flatMap((name) => labels[name]!))].sort((a, b) => a - b);
    this.foregroundLabels = this.allLabels.filter((label) => label !== 0);
    this.ignoreLabel = typeof labels.ignore === 'number' ? labels.ignore : undefined;

    const regionNames = classNames.filter((name) => [labels[name]!].flat().some((label) => label !== 0));
    this.foregroundRegions = this.usesRegions ? regionNames.map((name) => [labels[name]!].flat()) : [];
    this.regionsClassOrder = this.usesRegions ? [...(datasetJson.regions_class_order ?? [])] : [];
    this.numHeads = this.usesRegions ? this.foregroundRegions.length : this.allLabels.length;

    this.labelNames = new Map([[0, 'background']]);
    for (const name of names) {
      const values = [labels[name]!].flat();
      if (values.length === 1) this.labelNames.set(values[0]!, name);
    }
    if (this.usesRegions) {
      regionNames.forEach((name, index) => {
        const value = this.regionsClassOrder[index];
        if (value !== undefined) this.labelNames.set(value, name);
      });
      this.foreground = regionNames.map((name) => labels[name]!);
      this.foregroundNames = regionNames;
    } else {
      this.foreground = [...this.foregroundLabels];
      this.foregroundNames = this.foregroundLabels.map((label) => this.labelNames.get(label) ?? String(label));
    }
  }

  /**
   * The sets of label values for which preprocessing stores voxel positions, in nnU-Net's order: the foreground
   * classes, then, with an ignore label, [-1, …all labels] for "any annotated voxel" (-1 is outside the body mask).
   */
  locationRequests(): number[][] {
    const requests = this.usesRegions ? this.foregroundRegions : this.foregroundLabels.map((label) => [label]);
    return this.ignoreLabel === undefined ? requests : [...requests, [-1, ...this.allLabels]];
  }
}
