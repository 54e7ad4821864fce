/** Brings boxes of predicted labels onto the grid that is shown. */
import type { Vector3 } from '../../geometry/types';
import type { LabelBox } from '../../pipeline/prediction/predictPreview';
import type { VolumeToWebview } from '../../protocol/volume';

type ShownBox = Pick<Extract<VolumeToWebview, { type: 'growing' }>, 'low' | 'shape' | 'voxelType' | 'data'>;

/**
 * @param factors  (x, y, z): every n-th voxel is shown, as `chooseDisplayGrid` counts them
 * @returns undefined where none of its voxels is shown
 */
export function shownBox({ low, shape, labels }: LabelBox, factors: Vector3 = [1, 1, 1]): ShownBox | undefined {
  const axes = [0, 1, 2].map((axis) => {
    const factor = factors[axis]!;
    const first = Math.floor((factor - 1) / 2);
    const [from, size] = [low[2 - axis]!, shape[2 - axis]!];
    const start = Math.max(0, Math.ceil((from - first) / factor));
    const end = Math.floor((from + size - 1 - first) / factor);
    return { start, count: end - start + 1, skipped: start * factor + first - from, factor };
  });
  if (axes.some(({ count }) => count <= 0)) return undefined;
  const [x, y, z] = axes as [(typeof axes)[0], (typeof axes)[0], (typeof axes)[0]];
  const kind = labels instanceof Uint16Array ? Uint16Array : Uint8Array;
  const out = new kind(x.count * y.count * z.count);
  let to = 0;
  for (let k = 0; k < z.count; k += 1) {
    for (let j = 0; j < y.count; j += 1) {
      const row = (z.skipped + k * z.factor) * shape[1] + y.skipped + j * y.factor;
      let at = row * shape[2] + x.skipped;
      for (let i = 0; i < x.count; i += 1, at += x.factor) out[to++] = labels[at]!;
    }
  }
  return {
    low: [x.start, y.start, z.start],
    shape: [x.count, y.count, z.count],
    voxelType: kind === Uint16Array ? 'uint16' : 'uint8',
    data: out.buffer,
  };
}
