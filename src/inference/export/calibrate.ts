/** Runs an exported network on a few patches: in which ranges its activations lie, and how alike two exports segment. */
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Range } from './int8';

/** One patch at a time: channels first. */
export interface Patches {
  shape: readonly number[];
  data: readonly Float32Array[];
}

/** Values beyond are cut off: a single outlier would cost all others their precision. */
const coveredShare = 0.9999;
const mostSamples = 200_000;
/** For activations that are held at the same time, and how many channels the largest usually have. */
const activationBytes = 2 ** 29;
const usualChannels = 32;

/** @param names  outputs of the graph */
export async function activationRanges(
  file: string,
  names: readonly string[],
  patches: Patches,
  signal?: AbortSignal,
): Promise<Map<string, Range>> {
  const ranges = new Map<string, Range>();
  const voxels = voxelsOf(patches);
  const tensorsAtOnce = Math.max(1, Math.floor(activationBytes / (voxels * usualChannels * 4)));
  await withSession(file, async (run) => {
    for (let first = 0; first < names.length; first += tensorsAtOnce) {
      const some = names.slice(first, first + tensorsAtOnce);
      for (const patch of patches.data) {
        signal?.throwIfAborted();
        const results = await run(patch, patches.shape, some);
        for (const name of some) {
          const { low, high } = coveredRange(results[name]!);
          const before = ranges.get(name) ?? { low, high };
          ranges.set(name, { low: Math.min(low, before.low), high: Math.max(high, before.high) });
        }
      }
    }
  });
  return ranges;
}

function coveredRange(values: Float32Array): Range {
  const step = Math.ceil(values.length / mostSamples);
  const samples = Float32Array.from({ length: Math.ceil(values.length / step) }, (_, at) => values[at * step]!).sort();
  const cut = Math.floor((samples.length * (1 - coveredShare)) / 2);
  return { low: samples[cut]!, high: samples[samples.length - 1 - cut]! };
}

/** Labels of each patch, by the largest logit, or for regions by each logit's sign. */
export async function segmentPatches(file: string, patches: Patches, usesRegions: boolean): Promise<Uint8Array[][]> {
  const found: Uint8Array[][] = [];
  await withSession(file, async (run) => {
    for (const patch of patches.data) {
      const { logits } = await run(patch, patches.shape, ['logits']);
      found.push(masks(logits!, voxelsOf(patches), usesRegions));
    }
  });
  return found;
}

function voxelsOf({ shape }: Patches): number {
  return shape.slice(1).reduce((product, size) => product * size, 1);
}

/** One mask for each foreground label or region. */
function masks(logits: Float32Array, voxels: number, usesRegions: boolean): Uint8Array[] {
  const heads = logits.length / voxels;
  const result = Array.from({ length: usesRegions ? heads : heads - 1 }, () => new Uint8Array(voxels));
  for (let voxel = 0; voxel < voxels; voxel++) {
    let best = 0;
    for (let head = 0; head < heads; head++) {
      if (usesRegions && logits[head * voxels + voxel]! > 0) result[head]![voxel] = 1;
      if (logits[head * voxels + voxel]! > logits[best * voxels + voxel]!) best = head;
    }
    if (!usesRegions && best > 0) result[best - 1]![voxel] = 1;
  }
  return result;
}

/** Mean Dice over the labels that either has. @returns 1 where neither has any */
export function meanDice(found: readonly Uint8Array[][], expected: readonly Uint8Array[][]): number {
  const labels = expected[0]?.length ?? 0;
  const scores: number[] = [];
  for (let label = 0; label < labels; label++) {
    let [both, sum] = [0, 0];
    found.forEach((patch, index) => {
      const [a, b] = [patch[label]!, expected[index]![label]!];
      for (let voxel = 0; voxel < a.length; voxel++) {
        both += a[voxel]! & b[voxel]!;
        sum += a[voxel]! + b[voxel]!;
      }
    });
    if (sum > 0) scores.push((2 * both) / sum);
  }
  return scores.length === 0 ? 1 : scores.reduce((total, score) => total + score, 0) / scores.length;
}

type Run = (patch: Float32Array, shape: readonly number[], names: string[]) => Promise<Record<string, Float32Array>>;

async function withSession(file: string, use: (run: Run) => Promise<void>): Promise<void> {
  const ort = await import('onnxruntime-node');
  const session: InferenceSession = await ort.InferenceSession.create(file, { logSeverityLevel: 3 });
  try {
    await use(async (patch, shape, names) => {
      const results = await session.run({ image: new ort.Tensor('float32', patch, [1, ...shape]) }, names);
      return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, valuesOf(tensor)]));
    });
  } finally {
    await session.release();
  }
}

function valuesOf(tensor: Tensor): Float32Array {
  return tensor.data as Float32Array;
}
