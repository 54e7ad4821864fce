/** What of an image is compared with a model's training: its grid as the model's reader sees it, and some of its values. */
import type { Vector3 } from '../../../geometry/types';
import { axisCodes } from '../../../geometry/axes';
import { reorientationBetween } from '../../../geometry/reorientation';
import { decodeImage } from '../../../images/decode';
import { readHeader } from '../../../images/header';
import { spacingAsRead } from '../../../images/readers';
import { statesSpacing } from '../../../images/statedSpacing';
import {
  channelLength,
  type DecodedImage,
  type ImageFormat,
  type ImageHeader,
  type ReaderName,
} from '../../../images/types';
import { labelsIn } from '../../../images/valueKinds';

export interface ImageFacts {
  /** In channel order, or one with all of them. */
  files: readonly string[];
  formats: readonly ImageFormat[];
  /** Of all files together. */
  channels: number;
  /** Whether one file has its channels along a fourth axis, as time series have. */
  isSeries: boolean;
  /** Voxels and mm, array order (z, y, x), as the reader turns them. */
  shape: Vector3;
  spacing: Vector3;
  hasSpacing: boolean;
  /** Absent where only headers were read. */
  values?: SampledValues;
}

interface SampledValues {
  /** Finite ones of each channel, spread evenly over the grid. */
  channels: readonly Float32Array[];
  /** For each channel, whether its values are labels by how they lie. */
  areLabels: readonly boolean[];
  /** Voxels that are left when the image is cropped to what is not 0, nearly; array order. */
  croppedShape: Vector3;
}

/** @throws ImageError for files that can't be read */
export async function readImageFacts(
  files: readonly string[],
  reader: ReaderName,
  readsValues: boolean,
): Promise<ImageFacts> {
  const headers: ImageHeader[] = [];
  for (const file of files) headers.push(await readHeader(file));
  const first = headers[0]!;
  const spacing = spacingAsRead(first, reader);
  const turn = axesAsRead(first, reader);
  const facts = {
    files,
    formats: headers.map(({ format }) => format),
    channels: headers.reduce((sum, { channels }) => sum + channels, 0),
    isSeries: headers.some(({ fileShape, channels }) => channels > 1 && fileShape[3] === channels),
    shape: turned(first.shape, turn),
    spacing: turned(spacing, turn),
    hasSpacing: await statesSpacing(first),
  };
  return readsValues ? { ...facts, values: await sampled(files, turn) } : facts;
}

/** For each axis of the array, the axis of the file that it is: two readers turn images to RAS. */
function axesAsRead({ affine }: ImageHeader, reader: ReaderName): Vector3 {
  if (!reader.endsWith('WithReorient')) return [0, 1, 2];
  const [x, y, z] = reorientationBetween(axisCodes(affine), 'RAS').map(({ from }) => from) as Vector3;
  return [2 - z, 2 - y, 2 - x];
}

const turned = (values: readonly number[], turn: Vector3): Vector3 => turn.map((axis) => values[axis]!) as Vector3;

/** Enough for shares of a thousandth, and for the edges of what is not 0. */
const pointsPerAxis = 64;

async function sampled(files: readonly string[], turn: Vector3): Promise<SampledValues> {
  const channels: Float32Array[] = [];
  const areLabels: boolean[] = [];
  let box: Box | undefined;
  let shape: Vector3 = [1, 1, 1];
  for (const file of files) {
    const image = await decodeImage(file);
    shape = image.header.shape;
    for (let channel = 0; channel < image.header.channels; channel += 1) {
      const { values, filled } = sampleOf(image, channel);
      channels.push(values);
      const length = channelLength(shape);
      const voxels = image.voxels.subarray(channel * length, (channel + 1) * length);
      areLabels.push(labelsIn(voxels, image.header.scaling) !== null);
      box = box ? around(box, filled) : filled;
    }
  }
  const { low, high } = box!;
  const cropped = low.map((edge, axis) => Math.min(shape[axis]!, Math.max(1, high[axis]! - edge))) as Vector3;
  return { channels, areLabels, croppedShape: turned(cropped, turn) };
}

interface Box {
  low: Vector3;
  high: Vector3;
}

function around(a: Box, b: Box): Box {
  return {
    low: a.low.map((edge, axis) => Math.min(edge, b.low[axis]!)) as Vector3,
    high: a.high.map((edge, axis) => Math.max(edge, b.high[axis]!)) as Vector3,
  };
}

/** The values at the points of a lattice, and the box of those that are not 0, each point standing for the voxels around it. */
function sampleOf({ header, voxels }: DecodedImage, channel: number): { values: Float32Array; filled: Box } {
  const { slope, intercept } = header.scaling ?? { slope: 1, intercept: 0 };
  const { shape } = header;
  const [depth, height, width] = shape;
  const points = shape.map((length) => Math.min(length, pointsPerAxis)) as Vector3;
  const at = shape.map((length, axis) =>
    Array.from({ length: points[axis]! }, (_, i) => Math.floor(((i + 0.5) * length) / points[axis]!)),
  ) as [number[], number[], number[]];
  const values = new Float32Array(points[0] * points[1] * points[2]);
  const filled: Box = { low: [...shape], high: [0, 0, 0] };
  const start = channel * depth * height * width;
  let count = 0;
  for (const [i, z] of at[0].entries()) {
    for (const [j, y] of at[1].entries()) {
      const row = start + (z * height + y) * width;
      for (const [k, x] of at[2].entries()) {
        const value = (voxels[row + x] as number) * slope + intercept;
        if (value - value !== 0) continue; // NaN and infinities
        values[count++] = value;
        if (value === 0) continue;
        [i, j, k].forEach((index, axis) => {
          const step = shape[axis]! / points[axis]!;
          filled.low[axis] = Math.min(filled.low[axis]!, Math.floor(index * step));
          filled.high[axis] = Math.max(filled.high[axis]!, Math.ceil((index + 1) * step));
        });
      }
    }
  }
  return { values: values.slice(0, count), filled };
}
