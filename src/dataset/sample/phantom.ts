/** The anatomy of a synthetic scan: a body with a spine, two labelled organs and look-alikes, each shaped differently in every case. */
import type { Vector3 } from '../../geometry/types';
import type { SampleRandom } from './random';

/** What a point of the body is made of. */
export const tissues = ['air', 'fat', 'muscle', 'bone', 'gas', 'largeOrgan', 'smallOrgan', 'vessel', 'bowel'] as const;
export type Tissue = (typeof tissues)[number];
export const labelOfTissue: Partial<Record<Tissue, number>> = { largeOrgan: 1, smallOrgan: 2 };

interface Ellipsoid {
  tissue: Tissue;
  /** mm from the body's centre: x to the patient's left, y to the back, z to the head. */
  centre: Vector3;
  radii: Vector3;
  /** Angle about z. */
  angle: number;
}

/** One wave of the smooth deformation that makes every organ an irregular shape. */
interface Wave {
  frequency: Vector3;
  phase: number;
  displacement: Vector3;
}

interface Phantom {
  /** Outermost first: later shapes lie in front of earlier ones. */
  shapes: Ellipsoid[];
  waves: Wave[];
}

/**
 * A random body that fills a field of view of the given size.
 * The large organ lies on the patient's right, the small one on the left behind; a bowel loop and a vessel resemble
 * them in intensity, so that position and shape must be learned too.
 * @param size  mm along x, y, z
 */
export function makePhantom(random: SampleRandom, size: Vector3): Phantom {
  const [width, depth, height] = size;
  const vary = (value: number, by = 0.08) => value * random.between(1 - by, 1 + by);
  const shift = (range: number) => random.between(-range, range);
  const at = (x: number, y: number, z: number, range = 0.025): Vector3 => [
    x * width + shift(range * width),
    y * depth + shift(range * depth),
    z * height + shift(range * height),
  ];
  const radii = (x: number, y: number, z: number): Vector3 => [vary(x * width), vary(y * depth), vary(z * height)];
  const body = radii(0.44, 0.4, 1.2);
  const fat = random.between(0.05, 0.09) * width;
  const inner: Vector3 = [body[0] - fat, body[1] - fat, body[2]];
  const angle = () => shift(0.35);
  const shapes: Ellipsoid[] = [
    { tissue: 'fat', centre: [0, 0, 0], radii: body, angle: 0 },
    { tissue: 'muscle', centre: [0, 0, 0], radii: inner, angle: 0 },
    { tissue: 'bone', centre: at(0, 0.24, 0, 0.01), radii: radii(0.065, 0.07, 2), angle: 0 },
    { tissue: 'bowel', centre: at(0.17, -0.14, 0.1), radii: radii(0.13, 0.1, 0.16), angle: angle() },
    { tissue: 'gas', centre: at(0.16, -0.2, 0.12), radii: radii(0.06, 0.04, 0.08), angle: angle() },
    { tissue: 'vessel', centre: at(0.02, 0.12, 0, 0.01), radii: radii(0.035, 0.035, 2), angle: 0 },
    { tissue: 'largeOrgan', centre: at(-0.15, -0.05, 0.06), radii: radii(0.17, 0.19, 0.28), angle: angle() },
    { tissue: 'smallOrgan', centre: at(0.2, 0.11, -0.08), radii: radii(0.12, 0.12, 0.22), angle: angle() },
  ];
  const waves = Array.from({ length: 6 }, (): Wave => {
    const amplitude = 0.018 * Math.min(width, depth);
    const frequency = (extent: number) => ((random.next() < 0.5 ? -1 : 1) * random.between(4, 13)) / extent;
    return {
      frequency: [frequency(width), frequency(depth), frequency(height)],
      phase: random.between(0, 2 * Math.PI),
      displacement: [amplitude * random.normal(), amplitude * random.normal(), amplitude * random.normal()],
    };
  });
  return { shapes, waves };
}

/**
 * What lies at a point, with soft borders.
 * @param point  mm from the centre
 * @param softness  mm over which one tissue passes into the next (partial volume)
 * @param weights  filled with the share of each tissue, in the order of `tissues`; sums to 1
 * @returns the tissue that owns the point
 */
export function tissueAt(phantom: Phantom, point: Vector3, softness: number, weights: Float64Array): Tissue {
  const [x, y, z] = deform(phantom.waves, point);
  weights.fill(0);
  weights[0] = 1;
  let owner: Tissue = 'air';
  for (const shape of phantom.shapes) {
    const dx = x - shape.centre[0];
    const dy = y - shape.centre[1];
    const dz = z - shape.centre[2];
    const cos = Math.cos(shape.angle);
    const sin = Math.sin(shape.angle);
    const u = (cos * dx + sin * dy) / shape.radii[0];
    const v = (cos * dy - sin * dx) / shape.radii[1];
    const w = dz / shape.radii[2];
    const radius = Math.sqrt(u * u + v * v + w * w);
    // Distance to the surface in mm, good enough near it.
    const distance = (radius - 1) * Math.min(shape.radii[0], shape.radii[1], shape.radii[2]);
    if (distance < 0) owner = shape.tissue;
    if (distance > 2 * softness) continue;
    const share = distance < -2 * softness ? 1 : 1 / (1 + Math.exp((3 * distance) / softness));
    for (let i = 0; i < weights.length; i++) weights[i]! *= 1 - share;
    weights[tissues.indexOf(shape.tissue)]! += share;
  }
  return owner;
}

function deform(waves: readonly Wave[], [x, y, z]: Vector3): Vector3 {
  const moved: Vector3 = [x, y, z];
  for (const { frequency, phase, displacement } of waves) {
    const wave = Math.sin(frequency[0] * x + frequency[1] * y + frequency[2] * z + phase);
    moved[0] += displacement[0] * wave;
    moved[1] += displacement[1] * wave;
    moved[2] += displacement[2] * wave;
  }
  return moved;
}
