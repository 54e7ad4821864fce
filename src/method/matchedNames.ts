/** Which of a trained network's inputs and outputs are those of a new one? By their names, whatever their order. */
import { isNumberList, isStringList } from './jsonShape';
import { LabelManager } from './labels';
import type { TrainedWith } from './trainedWith';

export interface NetworkNames {
  channels: string[];
  /** Foreground labels: in a cascade each is one more input. */
  labels: string[];
  outputs: string[];
  /** Overlapping regions, each for itself; otherwise labels that exclude each other. */
  usesRegions: boolean;
}

/** The names behind the numbers of a network that was trained with these labels. @returns undefined where a record is damaged */
export function networkNames({
  channel_names: channels,
  labels,
  regions_class_order: order,
}: TrainedWith): NetworkNames | undefined {
  if (!isStringList(channels) || !Array.isArray(labels) || !labels.every(isNamedLabel)) return undefined;
  const manager = new LabelManager({
    labels: Object.fromEntries(labels),
    ...(isNumberList(order) && { regions_class_order: order }),
  });
  const nameOf = (label: number): string => manager.labelNames.get(label) ?? String(label);
  return {
    channels,
    labels: manager.foregroundLabels.map(nameOf),
    outputs: manager.usesRegions ? manager.foregroundNames : manager.allLabels.map(nameOf),
    usesRegions: manager.usesRegions,
  };
}

function isNamedLabel(entry: unknown): entry is [string, number | number[]] {
  if (!Array.isArray(entry)) return false;
  const [name, values] = entry as unknown[];
  return typeof name === 'string' && (typeof values === 'number' || isNumberList(values));
}

/** @returns for each wanted name the place of the same name among `known`, each of which is taken once; -1: there is none */
export function placesOf(wanted: readonly string[], known: readonly string[]): number[] {
  const plain = (name: string): string => name.trim().toLowerCase();
  const left = known.map(plain);
  return wanted.map((name) => {
    const place = left.indexOf(plain(name));
    if (place >= 0) left[place] = '\0';
    return place;
  });
}
