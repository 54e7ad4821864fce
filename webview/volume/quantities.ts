/** How are lengths and volumes written? In millimetres and millilitres where the file tells the size of its voxels, else in voxels. */
import { determinantOf } from '../../src/geometry/affine';
import type { Affine, Vector3 } from '../../src/geometry/types';
import { counted, countedAs } from '../../src/words/counted';
import { grouped, millilitres, threeDigits } from '../../src/words/quantities';

/** What a length is counted in. Without spacing a grid's own unit is one voxel, or one pixel of a picture. */
export interface Measure {
  hasSpacing: boolean;
  dimensions: 2 | 3;
}

const unitOf = ({ dimensions }: Measure): string => (dimensions === 2 ? 'pixel' : 'voxel');

/** "42 × 38.5 mm", "42 × 38 pixels" */
export function sizeText(lengths: readonly number[], measure: Measure): string {
  const text = lengths.map(threeDigits).join(' × ');
  return measure.hasSpacing ? `${text} mm` : countedAs(text, text === '1', unitOf(measure));
}

/** Of the scale bar: "2 cm", "5 mm", "50 pixels". */
export function lengthText(length: number, measure: Measure): string {
  const short = Number(length.toPrecision(2));
  if (!measure.hasSpacing) return counted(short, unitOf(measure));
  return length >= 10 ? `${length / 10} cm` : `${short} mm`;
}

/** "1,832 voxels" */
export const countText = (count: number, measure: Measure): string =>
  countedAs(grouped(count), count === 1, unitOf(measure));

/** "3.21 ml", or "12.0 mm³" for what is less than a tenth of a millilitre. */
export function volumeText(mm3: number): string {
  if (mm3 >= 100 || mm3 === 0) return `${millilitres(mm3 / 1000)} ml`;
  return `${Number(mm3.toPrecision(3))} mm³`;
}

/** mm³, of one voxel of the file, where the displayed grid shows one in so many of each axis. */
export const voxelVolumeMm3 = (affine: Affine, factors: Readonly<Vector3> = [1, 1, 1]): number =>
  Math.abs(determinantOf(affine)) / (factors[0] * factors[1] * factors[2]);

/** At most five digits where there is a fraction. */
export const shortNumber = (value: number): string =>
  Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(5)));
