/** How are intensities spread over a dataset? Every so-manieth voxel of each case, and in the end two histograms over one range. */
import { quantile } from '../../method/statistics';

const bins = 64;

export class IntensitySample {
  private readonly all: number[] = [];
  private readonly labelled: number[] = [];

  /** @param perCase  about so many voxels are taken of each */
  constructor(private readonly perCase: number) {}

  /** @param label  of the same voxels; absent: nothing is labelled */
  add(image: Float32Array, label: Float32Array | undefined): void {
    // An odd step does not stay in one column of the image.
    const step = Math.max(1, Math.floor(image.length / this.perCase)) | 1;
    for (let at = 0; at < image.length; at += step) {
      const value = image[at]!;
      if (!Number.isFinite(value)) continue;
      this.all.push(value);
      if (label && label[at] !== 0) this.labelled.push(value);
    }
  }

  /** Over all but the last half percent on both sides, and all that is labelled but the same. */
  histogram(): { range: [number, number]; all: number[]; labelled: number[] } {
    const ends = [this.all, this.labelled].filter((values) => values.length > 0).map(inner);
    if (ends.length === 0)
      return { range: [0, 1], all: new Array<number>(bins).fill(0), labelled: new Array<number>(bins).fill(0) };
    const low = Math.min(...ends.map(([first]) => first));
    const high = Math.max(...ends.map(([, last]) => last));
    const range: [number, number] = [low, high > low ? high : low + 1];
    return { range, all: counted(this.all, range), labelled: counted(this.labelled, range) };
  }
}

function inner(values: readonly number[]): [number, number] {
  return [quantile(values, 0.005), quantile(values, 0.995)];
}

function counted(values: readonly number[], [low, high]: readonly [number, number]): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) {
    const bin = Math.floor(((value - low) / (high - low)) * bins);
    if (value >= low && value <= high) counts[Math.min(bin, bins - 1)]! += 1;
  }
  return counts;
}
