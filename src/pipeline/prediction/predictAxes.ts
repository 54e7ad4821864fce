/** Turns boxes and labels between the image file's own axes and those of the array, where a reader reorients images. */
import { axisCodes } from '../../geometry/axes';
import { isIdentity, type Reorientation, reorientationBetween, reorientVoxels } from '../../geometry/reorientation';
import type { Shape3, Vector3, VoxelBox } from '../../geometry/types';
import type { ImageProperties } from '../../images/types';
import type { LabelBox } from './predictPreview';

type Labels = Uint8Array | Uint16Array;

/** Undoes a reorientation. */
export function inverse(turn: Reorientation): Reorientation {
  return [0, 1, 2].map((axis) => {
    const from = turn.findIndex((one) => one.from === axis);
    return { from, flipped: turn[from]!.flipped };
  });
}

export class FileAxes {
  private readonly back: Reorientation;
  private readonly shape: Shape3;

  /** @param arrayShape (z, y, x) of the array that the reader made */
  constructor(
    { original_orientation: stored, nibabel_stuff: nibabel }: ImageProperties,
    private readonly arrayShape: Shape3,
  ) {
    const orientation = stored ?? (nibabel?.reoriented_affine && axisCodes(nibabel.original_affine));
    this.back = inverse(reorientationBetween(orientation ?? 'RAS', 'RAS'));
    const lengths = [...arrayShape].reverse();
    this.shape = this.back.map(({ from }) => lengths[from]!).reverse() as Shape3;
  }

  get fileShape(): Shape3 {
    return this.shape;
  }

  toFile(labels: Labels): Labels {
    return reorientVoxels(labels, [1, ...this.arrayShape], this.back).voxels;
  }

  boxToFile({ low, shape, labels }: LabelBox): LabelBox {
    if (isIdentity(this.back)) return { low, shape, labels };
    const turned = reorientVoxels(labels, [1, ...shape], this.back);
    const high = low.map((edge, axis) => edge + shape[axis]!) as Vector3;
    const box = turnBox({ low, high }, this.arrayShape, this.back);
    return { low: box.low, shape: turned.shape.slice(1) as Shape3, labels: turned.voxels };
  }

  boxToArray(box: VoxelBox): VoxelBox {
    return turnBox(box, this.shape, inverse(this.back));
  }
}

/** @param shape (z, y, x) of the array that the box lies in */
function turnBox({ low, high }: VoxelBox, shape: Shape3, turn: Reorientation): VoxelBox {
  const [lows, highs, lengths] = [low, high, shape].map((values) => [...values].reverse()) as [
    Vector3,
    Vector3,
    Vector3,
  ];
  const edges = turn.map(({ from, flipped }) =>
    flipped ? [lengths[from]! - highs[from]!, lengths[from]! - lows[from]!] : [lows[from]!, highs[from]!],
  );
  return {
    low: edges.map(([edge]) => edge!).reverse() as Vector3,
    high: edges.map(([, edge]) => edge!).reverse() as Vector3,
  };
}
