/** One image's way through another program's model, as its sidecar describes it, and the labels' way back onto the image's grid. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { orientationOf } from '../../geometry/axes';
import { asThreeDimensional } from '../../geometry/itkGrid';
import { type Reorientation, reorientationBetween, reorientVoxels } from '../../geometry/reorientation';
import type { Shape3, Shape4, Vector3, VoxelArray } from '../../geometry/types';
import type { Volume } from '../../images/types';
import { writeSegmentation } from '../../images/write';
import { InferenceError } from '../../inference/inferenceError';
import { scaleIntensity } from '../../inference/intensity';
import type { OnnxNetwork } from '../../inference/session';
import type { Sidecar } from '../../inference/sidecar';
import { predictLogits } from '../../inference/slidingWindow';
import { firstNonFinite } from '../../voxels/finite';
import { float16ToFloat32 } from '../../voxels/float16';
import { resampleImage, resampleSegmentation } from '../../voxels/resample';
import { transposeVolume } from '../../voxels/transpose';
import { inverse } from './predictAxes';
import { greatestVoxel, notNormalizable } from '../intensityErrors';
import { loadPredictionImage } from './predictionImage';
import { clearOutside } from './predictRegion';
import type { CaseHooks, CaseRequest, PredictedLabels } from './predictOnnxCase';

const linear = { order: 1, orderZ: 1, forceSeparateZ: false };
const nearest = { order: 0, orderZ: 0, forceSeparateZ: false };

interface Grid {
  data: Float32Array;
  shape: Shape4;
}

export async function predictForeignCase(
  sidecar: Sidecar,
  network: OnnxNetwork,
  request: CaseRequest,
  hooks: CaseHooks,
): Promise<PredictedLabels> {
  hooks.onPhase?.('read');
  const expected = { reader: 'SimpleITKIO' as const, channels: sidecar.channels };
  const image = await loadPredictionImage(request, expected);
  const { properties } = image;
  const original = image.shape;
  hooks.onPhase?.('preprocess');
  const turn = turnOf(image, sidecar);
  const turned = reorientVoxels(image.data, image.shape, turn);
  image.data = new Float32Array(0); // Nothing needs it any more; large scans need the room.
  const spacing = turnedSpacing(properties.spacing, turn);
  const resampled = await toSpacing({ data: turned.voxels, shape: turned.shape }, spacing, sidecar, hooks);
  const channelVoxels = resampled.data.length / sidecar.channels;
  for (let channel = 0; channel < sidecar.channels; channel += 1) {
    const values = resampled.data.subarray(channel * channelVoxels, (channel + 1) * channelVoxels);
    scaleIntensity(values, sidecar.intensity);
    if (firstNonFinite(values) === undefined) continue;
    const again = await loadPredictionImage(request, expected);
    throw notNormalizable(request, again, greatestVoxel(again, channel));
  }
  hooks.onPhase?.('predict');
  const found = await labelsOf(resampled, sidecar, network, request, hooks);
  hooks.onPhase?.('export');
  const [, ...turnedShape] = turned.shape;
  const back =
    String(turnedShape) === String(resampled.shape.slice(1))
      ? found
      : await resampleSegmentation(
          found,
          [1, ...(resampled.shape.slice(1) as Shape3)],
          turnedShape,
          [...(sidecar.spacing ?? [1, 1, 1])].reverse(),
          spacing,
          nearest,
          hooks,
        );
  const { voxels } = reorientVoxels(back as VoxelArray, [1, ...turnedShape], inverse(turn));
  const labels = Math.max(...Object.values(sidecar.labels)) < 256 ? Uint8Array.from(voxels) : Uint16Array.from(voxels);
  const [, ...shape] = original;
  if (request.region) clearOutside(labels, shape, request.region);
  const result: PredictedLabels = {
    labels,
    shape,
    properties: {
      ...properties,
      shape_before_cropping: shape,
      bbox_used_for_cropping: shape.map((size) => [0, size]),
      shape_after_cropping_and_before_resampling: shape,
    },
  };
  if (request.output !== undefined) {
    hooks.onPhase?.('write');
    result.file = `${request.output}${request.fileEnding ?? '.nii.gz'}`;
    await mkdir(dirname(result.file), { recursive: true });
    await writeSegmentation(result.file, labels, shape, properties, 'SimpleITKIO');
  }
  return result;
}

/** How the axes (x, y, z) of the image become those that the model was trained on. */
function turnOf(image: Volume, { orientation }: Sidecar): Reorientation {
  const stored = orientationOf(asThreeDimensional(image.properties.sitk_stuff!));
  return reorientationBetween(stored, orientation ?? stored);
}

/** (z, y, x) */
function turnedSpacing(spacing: Vector3, turn: Reorientation): Vector3 {
  const xyz = [...spacing].reverse();
  return turn.map(({ from }) => xyz[from]!).reverse() as Vector3;
}

async function toSpacing(image: Grid, spacing: Vector3, sidecar: Sidecar, hooks: CaseHooks): Promise<Grid> {
  if (!sidecar.spacing) return image;
  const target = [...sidecar.spacing].reverse();
  const [channels, ...size] = image.shape;
  const newSize = size.map((length, axis) =>
    Math.max(1, Math.round((length * spacing[axis]!) / target[axis]!)),
  ) as Shape3;
  if (String(newSize) === String(size)) return image;
  const data = await resampleImage(image.data, image.shape, newSize, spacing, target, linear, hooks);
  return { data, shape: [channels, ...newSize] };
}

async function labelsOf(
  image: Grid,
  sidecar: Sidecar,
  network: OnnxNetwork,
  request: CaseRequest,
  hooks: CaseHooks,
): Promise<Int16Array> {
  const [, ...size] = image.shape;
  const values = Object.values(sidecar.labels).sort((a, b) => a - b);
  const heads = sidecar.decide === 'labels' ? 1 : sidecar.decide === 'argmax' ? values.length : values.length - 1;
  const run = async (tiles: Float32Array, shape: readonly number[]): Promise<Float32Array> =>
    runIn(sidecar, network, heads, tiles, shape as [number, ...Shape4], hooks);
  if (sidecar.patch) {
    const patch = [...sidecar.patch].reverse();
    const window = { patch, mirrorAxes: null, stepSize: request.stepSize };
    const logits = await predictLogits([{ heads, run }], image, window, hooks);
    return decide(float16ToFloat32(logits), values, sidecar);
  }
  const whole = [...sidecar.shape!].reverse() as Shape3;
  const fitted = placed(image.data, image.shape, whole);
  hooks.onProgress?.(0, 1);
  const logits = await run(fitted, [1, sidecar.channels, ...whole]);
  hooks.onProgress?.(1, 1);
  const labels = decide(logits, values, sidecar);
  return placed(labels, [1, ...whole], size);
}

/** Runs the model with its own order of axes. @throws InferenceError `model-unfit` */
async function runIn(
  { layout }: Sidecar,
  network: OnnxNetwork,
  heads: number,
  data: Float32Array,
  [tiles, channels, ...size]: [number, ...Shape4],
  hooks: CaseHooks,
): Promise<Float32Array> {
  const turned = layout === 'xyz';
  const sent = turned ? (await transposeVolume(data, [tiles * channels, ...size], [2, 1, 0], hooks)).data : data;
  const sentSize = turned ? ([...size].reverse() as Shape3) : size;
  const output = await network.run(sent, [tiles, channels, ...sentSize]);
  const expected = tiles * heads * sentSize.reduce((product, length) => product * length, 1);
  if (output.data.length !== expected || !output.shape.join(',').endsWith(sentSize.join(','))) {
    throw new InferenceError(
      'model-unfit',
      `The model gave ${output.shape.join('x')}, where its description promises ${heads} output channels of ${sentSize.join('x')}`,
      { where: network.file, hint: 'Correct its .json file.' },
    );
  }
  if (!turned) return output.data;
  return (await transposeVolume(output.data, [tiles * heads, ...sentSize], [2, 1, 0], hooks)).data;
}

/** @param values  the labels, ascending; the first is the background */
function decide(outputs: Float32Array, values: readonly number[], sidecar: Sidecar): Int16Array {
  if (sidecar.decide === 'labels') {
    const known = new Set(values);
    return Int16Array.from(outputs, (value) => (known.has(Math.round(value)) ? Math.round(value) : 0));
  }
  const heads = sidecar.decide === 'argmax' ? values : values.slice(1);
  const voxels = outputs.length / heads.length;
  const labels = new Int16Array(voxels).fill(values[0]!);
  const best = new Float32Array(voxels).fill(sidecar.decide === 'argmax' ? -Infinity : 0);
  heads.forEach((label, head) => {
    for (let at = 0; at < voxels; at += 1) {
      const value = outputs[head * voxels + at]!;
      if (value > best[at]!) {
        best[at] = value;
        labels[at] = label;
      }
    }
  });
  return labels;
}

/** The volume in the middle of one of another size: cut where it is larger, zeros around it where it is smaller. */
function placed<T extends Float32Array | Int16Array>(data: T, [channels, ...from]: Shape4, to: Shape3): T {
  const result = new (data.constructor as new (length: number) => T)(channels * to[0] * to[1] * to[2]);
  const shift = to.map((size, axis) => Math.floor((size - from[axis]!) / 2)) as Shape3;
  const [z0, y0, x0] = shift.map((offset) => Math.max(0, offset)) as Shape3;
  const [z1, y1, x1] = shift.map((offset, axis) => Math.min(to[axis]!, from[axis]! + offset)) as Shape3;
  for (let channel = 0; channel < channels; channel += 1) {
    for (let z = z0; z < z1; z += 1) {
      for (let y = y0; y < y1; y += 1) {
        const source = ((channel * from[0] + z - shift[0]) * from[1] + y - shift[1]) * from[2] - shift[2];
        const target = ((channel * to[0] + z) * to[1] + y) * to[2];
        result.set(data.subarray(source + x0, source + x1), target + x0);
      }
    }
  }
  return result;
}
