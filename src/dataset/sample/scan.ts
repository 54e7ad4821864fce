/** Turns a phantom into a scan as a CT or MR scanner would deliver it: intensities, noise, bias field, geometry. */
import type { Vector3 } from '../../geometry/types';
import { SampleRandom } from './random';
import { type Tissue, labelOfTissue, makePhantom, tissueAt, tissues } from './phantom';

export type SampleModality = 'ct' | 'mr';

export interface SampleScan {
  /** Int16 Hounsfield units for CT, float32 for MR; C order (z, y, x). */
  image: Int16Array | Float32Array;
  labels: Uint8Array;
  /** (z, y, x) */
  shape: Vector3;
  /** mm along x, y, z, as in the file. */
  spacing: Vector3;
  /** Voxel (x, y, z) -> patient coordinates, L+ P+ S+ mm (ITK's): columns are the directions of x, y, z. */
  direction: number[][];
  origin: Vector3;
}

/** Hounsfield units; organs differ from muscle and from each other by more than the noise, look-alikes hardly do. */
const hounsfield: Record<Tissue, number> = {
  air: -1000,
  fat: -95,
  muscle: 45,
  bone: 520,
  gas: -820,
  largeOrgan: 115,
  smallOrgan: 190,
  vessel: 205,
  bowel: 90,
};
/** Relative signal of a T1-weighted sequence. */
const signal: Record<Tissue, number> = {
  air: 0,
  fat: 1,
  muscle: 0.36,
  bone: 0.12,
  gas: 0.01,
  largeOrgan: 0.58,
  smallOrgan: 0.8,
  vessel: 0.86,
  bowel: 0.5,
};

/**
 * @param index  number of the case: each has its own stream of random numbers, whatever the others are
 * @param anisotropic  thick slices (about 4 times the pixel size) instead of nearly cubic voxels
 */
export function makeScan(seed: number, index: number, modality: SampleModality, anisotropic: boolean): SampleScan {
  const random = new SampleRandom(seed, index + 1);
  const inPlane = round(random.between(2.1, 2.5), 3);
  const slice = anisotropic ? round(random.between(8.4, 9.8), 2) : round(random.between(2.3, 2.8), 3);
  const spacing: Vector3 = [inPlane, inPlane, slice];
  const shape: Vector3 = [
    anisotropic ? random.integer(10, 12) : random.integer(33, 40),
    random.integer(40, 48),
    random.integer(42, 50),
  ];
  const size: Vector3 = [shape[2] * spacing[0], shape[1] * spacing[1], shape[0] * spacing[2]];
  const phantom = makePhantom(random, size);
  const render = modality === 'ct' ? computedTomography(random) : magneticResonance(random, size);
  const image = modality === 'ct' ? new Int16Array(product(shape)) : new Float32Array(product(shape));
  const labels = new Uint8Array(image.length);
  const weights = new Float64Array(tissues.length);
  let i = 0;
  for (let z = 0; z < shape[0]; z++) {
    for (let y = 0; y < shape[1]; y++) {
      for (let x = 0; x < shape[2]; x++, i++) {
        const point: Vector3 = [
          (x - (shape[2] - 1) / 2) * spacing[0],
          (y - (shape[1] - 1) / 2) * spacing[1],
          (z - (shape[0] - 1) / 2) * spacing[2],
        ];
        labels[i] = labelOfTissue[tissueAt(phantom, point, 1.2 * inPlane, weights)] ?? 0;
        image[i] = render(weights, point);
      }
    }
  }
  return { image, labels, shape, spacing, ...obliqueGeometry(random, size) };
}

type Renderer = (weights: Float64Array, point: Vector3) => number;

function computedTomography(random: SampleRandom): Renderer {
  const noise = random.between(14, 22);
  const enhancement = random.between(0.85, 1.15);
  const values = tissues.map((tissue) => {
    const value = hounsfield[tissue];
    return value > 60 && value < 300 ? 45 + (value - 45) * enhancement : value;
  });
  return (weights, point) => {
    let value = 0;
    for (let i = 0; i < values.length; i++) value += weights[i]! * values[i]!;
    value += 14 * weights[smallOrganIndex]! * texture(point, 0.9) + noise * random.normal();
    return Math.max(-1024, Math.min(3071, Math.round(value)));
  };
}

function magneticResonance(random: SampleRandom, size: Vector3): Renderer {
  // MR has no unit: every scanner and sequence scales differently.
  const gain = random.between(300, 1400);
  const noise = random.between(0.03, 0.05);
  const values = tissues.map((tissue) => signal[tissue] * random.between(0.96, 1.04));
  const tilt = [0, 1, 2].map(() => random.between(-0.25, 0.25));
  const bulge = random.between(-0.15, 0.15);
  return (weights, [x, y, z]) => {
    const relative = [(2 * x) / size[0], (2 * y) / size[1], (2 * z) / size[2]];
    const squares = relative.reduce((sum, r) => sum + r * r, 0);
    const bias = 1 + relative.reduce((sum, r, i) => sum + r * tilt[i]!, 0) + bulge * squares;
    let value = 0;
    for (let i = 0; i < values.length; i++) value += weights[i]! * values[i]!;
    value += 0.05 * weights[smallOrganIndex]! * texture([x, y, z], 0.9);
    const real = value * Math.max(bias, 0.2) + noise * random.normal();
    const imaginary = noise * random.normal();
    return gain * Math.sqrt(real * real + imaginary * imaginary);
  };
}

const smallOrganIndex = tissues.indexOf('smallOrgan');

/** A fine regular pattern, as of cortex and medulla, between -1 and 1. */
function texture([x, y, z]: Vector3, frequency: number): number {
  return Math.sin(frequency * x) * Math.sin(frequency * y + 1) * Math.sin(frequency * z + 2);
}

/** Slightly turned about all axes, as patients lie; centred near the scanner's origin. */
function obliqueGeometry(random: SampleRandom, size: Vector3): Pick<SampleScan, 'direction' | 'origin'> {
  const [a, b, c] = [0, 1, 2].map(() => random.between(-0.15, 0.15)) as Vector3;
  const direction = multiply(
    multiply(
      [
        [Math.cos(a), -Math.sin(a), 0],
        [Math.sin(a), Math.cos(a), 0],
        [0, 0, 1],
      ],
      [
        [Math.cos(b), 0, Math.sin(b)],
        [0, 1, 0],
        [-Math.sin(b), 0, Math.cos(b)],
      ],
    ),
    [
      [1, 0, 0],
      [0, Math.cos(c), -Math.sin(c)],
      [0, Math.sin(c), Math.cos(c)],
    ],
  );
  const centre = [0, 1, 2].map(() => random.between(-30, 30));
  const origin = direction.map((row, i) => {
    const half = row[0]! * size[0] + row[1]! * size[1] + row[2]! * size[2];
    return round(centre[i]! - half / 2, 3);
  }) as Vector3;
  return { direction, origin };
}

function multiply(a: number[][], b: number[][]): number[][] {
  return a.map((row) => b[0]!.map((_, j) => row.reduce((sum, value, k) => sum + value * b[k]![j]!, 0)));
}

function product(shape: Vector3): number {
  return shape[0] * shape[1] * shape[2];
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
