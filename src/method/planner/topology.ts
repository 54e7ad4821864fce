/** How often and where a U-Net pools for a given patch, and which patch sizes it can then take. */

/** All lists run over stages, entries over axes (2 or 3). */
export interface Topology {
  /** Poolings per axis. */
  poolsPerAxis: number[];
  /** Stride on entering each stage; the first is all ones. */
  strides: number[][];
  /** Kernel size of the convolutions of each stage. */
  kernelSizes: number[][];
  /** The patch, grown to the next multiple of `divisibleBy`. */
  patchSize: number[];
  /** 2^poolings per axis. */
  divisibleBy: number[];
}

const minimumEdge = 4;

/**
 * Pools every axis until its feature map would fall below 4 voxels, the finer axes first until voxels are about
 * isotropic; kernels stay flat along an axis as long as its spacing is twice as coarse as another's.
 * @param spacing mm per axis
 * @param size voxels per axis; halves can occur
 * Source: nnU-Net 2.8.1 network topology.
 */
export function planTopology(spacing: readonly number[], size: readonly number[]): Topology {
  const currentSpacing = [...spacing];
  const currentSize = [...size];
  const poolsPerAxis = spacing.map(() => 0);
  const kernel = spacing.map(() => 1);
  const strides = [spacing.map(() => 1)];
  const kernelSizes: number[][] = [];

  for (;;) {
    const axes = axesToPool(currentSpacing, currentSize);
    if (axes.length === 0) break;
    const finest = Math.min(...currentSpacing);
    currentSpacing.forEach((mm, axis) => {
      if (mm / finest < 2) kernel[axis] = 3;
    });
    kernelSizes.push([...kernel]);
    strides.push(spacing.map((_, axis) => (axes.includes(axis) ? 2 : 1)));
    for (const axis of axes) {
      poolsPerAxis[axis]!++;
      currentSpacing[axis]! *= 2;
      currentSize[axis] = Math.ceil(currentSize[axis]! / 2);
    }
  }
  kernelSizes.push(spacing.map(() => 3));

  const divisibleBy = poolsPerAxis.map((pools) => 2 ** pools);
  const patchSize = size.map((voxels, axis) => Math.ceil(voxels / divisibleBy[axis]!) * divisibleBy[axis]!);
  return { poolsPerAxis, strides, kernelSizes, patchSize, divisibleBy };
}

/** Axes that the next pooling halves; none when pooling should end. */
function axesToPool(spacing: readonly number[], size: readonly number[]): number[] {
  const large = spacing.map((_, axis) => axis).filter((axis) => size[axis]! >= 2 * minimumEdge);
  const finest = Math.min(...large.map((axis) => spacing[axis]!));
  const axes = large.filter((axis) => spacing[axis]! / finest < 2);
  // A single axis is only pooled if enough of it is left afterwards.
  return axes.length === 1 && size[axes[0]!]! < 3 * minimumEdge ? [] : axes;
}
