/** What a command wants to be seen in an editor once its page is there, and how the page is told. */
import type { LabelInfo, VolumeToWebview } from '../../protocol/volume';

/** What a command wants to be shown once the editor is open. Paths, not ids. */
export interface OpenWith {
  segmentations: string[];
  compare?: boolean;
  plane?: 'axial' | 'coronal' | 'sagittal';
  difference?: { prediction: string; reference: string };
  /** Names and colours of what the segmentations show, where the image's dataset does not say. */
  labels?: LabelInfo[];
}

/** @param id  of the segmentation of a path */
export function openMessage(
  { segmentations, compare, plane, difference }: OpenWith,
  id: (path: string) => string,
): VolumeToWebview {
  const ids = segmentations.map(id);
  if (difference) {
    const [prediction, reference] = [id(difference.prediction), id(difference.reference)];
    const layout = { kind: 'difference', prediction, reference } as const;
    return { type: 'open', segmentations: ids, layout, goTo: 'largestError' };
  }
  if (!compare) return { type: 'open', segmentations: ids };
  return {
    type: 'open',
    segmentations: ids,
    layout: { kind: 'compare', plane: plane ?? 'sagittal', segmentations: ids },
  };
}
