/** Shows a prediction as it grows: the labels of one tile's logits, as a box in the image. Nearest voxels; the result itself is resampled. */
import type { Vector3 } from '../../geometry/types';
import type { CaseProperties } from '../../dataset/properties';
import type { Tile } from '../../inference/slidingWindow';
import type { LabelManager } from '../../method/labels';

/** Labels of a part of the image, in its own axes (z, y, x). */
export interface LabelBox {
  low: Vector3;
  shape: Vector3;
  labels: Uint8Array | Uint16Array;
}

interface PreviewGeometry {
  /** Voxels of the preprocessed image. */
  shape: Vector3;
  properties: CaseProperties;
  transposeBackward: Vector3;
}

/** @returns undefined where the tile lies between the image's voxels */
export function labelsOfTile(tile: Tile, labels: LabelManager, geometry: PreviewGeometry): LabelBox | undefined {
  const { properties } = geometry;
  const axes = [0, 1, 2].map((axis) => along(axis, tile, geometry));
  if (axes.some(({ sources }) => sources.length === 0)) return undefined;
  const tileLabels = decide(tile, labels);
  const back = geometry.transposeBackward;
  const low = back.map((axis) => properties.bbox_used_for_cropping[axis]![0] + axes[axis]!.first) as Vector3;
  const shape = back.map((axis) => axes[axis]!.sources.length) as Vector3;
  const result = new (tileLabels.constructor as typeof Uint8Array)(shape[0] * shape[1] * shape[2]);
  // Each image axis walks along the tile axis that it was transposed to.
  const strides = [tile.patch[1] * tile.patch[2], tile.patch[2], 1];
  const [zs, ys, xs] = back.map((axis) => axes[axis]!.sources.map((at) => at * strides[axis]!)) as [
    number[],
    number[],
    number[],
  ];
  let to = 0;
  for (const z of zs) {
    for (const y of ys) {
      const row = z + y;
      for (let x = 0; x < xs.length; x += 1) result[to++] = tileLabels[row + xs[x]!]!;
    }
  }
  return { low, shape, labels: result };
}

/** Which voxels of the cropped image, on one axis, have their nearest preprocessed voxel in the tile, and which that is. */
function along(
  axis: number,
  { start, patch }: Tile,
  { shape, properties }: PreviewGeometry,
): { first: number; sources: number[] } {
  const size = properties.shape_after_cropping_and_before_resampling[axis]!;
  const ratio = shape[axis]! / size;
  const low = Math.max(0, start[axis]!);
  const high = Math.min(shape[axis]!, start[axis]! + patch[axis]!);
  const sources: number[] = [];
  let first = -1;
  for (let voxel = Math.max(0, Math.floor(low / ratio) - 1); voxel < size; voxel += 1) {
    const nearest = Math.min(shape[axis]! - 1, Math.floor((voxel + 0.5) * ratio));
    if (nearest < low) continue;
    if (nearest >= high) break;
    if (first < 0) first = voxel;
    sources.push(nearest - start[axis]!);
  }
  return { first: Math.max(0, first), sources };
}

function decide({ patch, logits }: Tile, labels: LabelManager): Uint8Array | Uint16Array {
  const voxels = patch[0] * patch[1] * patch[2];
  const wide = Math.max(...labels.allLabels, ...labels.regionsClassOrder) > 255;
  const result = wide ? new Uint16Array(voxels) : new Uint8Array(voxels);
  if (labels.usesRegions) {
    labels.regionsClassOrder.forEach((label, head) => {
      for (let at = 0; at < voxels; at += 1) if (logits[head * voxels + at]! > 0) result[at] = label;
    });
    return result;
  }
  const best = logits.slice(0, voxels);
  for (let head = 1; head < labels.numHeads; head += 1) {
    for (let at = 0; at < voxels; at += 1) {
      const value = logits[head * voxels + at]!;
      if (value > best[at]!) {
        best[at] = value;
        result[at] = head;
      }
    }
  }
  return result;
}
