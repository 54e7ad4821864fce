/** How are lengths and volumes written? In millimetres and millilitres where the file tells the size of its voxels, else in voxels. */
import { determinantOf } from '../../src/geometry/affine';
import type { Affine, Vector3 } from '../../src/geometry/types';

/** What a length is counted in. Without spacing a grid's own unit is one voxel, or one pixel of a picture. */
export interface Measure {
  hasSpacing: boolean;
  dimensions: 2 | 3;
}

const plural = (count: string, one: string): string => `${count} ${one}${count === '1' ? '' : 's'}`;

const unitOf = ({ dimensions }: Measure): string => (dimensions === 2 ? 'pixel' : 'voxel');

/** Three digits where they say something: "0.25", "42", "38.5", "120". */
const digits = (value: number): string => (value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3))));

/** "42 × 38.5 mm", "42 × 38 pixels" */
export function sizeText(lengths: readonly number[], measure: Measure): string {
  const text = lengths.map(digits).join(' × ');
  return measure.hasSpacing ? `${text} mm` : plural(text, unitOf(measure));
}

/** Of the scale bar: "2 cm", "5 mm", "50 pixels". */
export function lengthText(length: number, measure: Measure): string {
  if (!measure.hasSpacing) return plural(String(Number(length.toPrecision(2))), unitOf(measure));
  return length >= 10 ? `${length / 10} cm` : `${Number(length.toPrecision(2))} mm`;
}

/** "1,832 voxels" */
export const countText = (count: number, measure: Measure): string =>
  plural(count.toLocaleString('en'), unitOf(measure));

/** Three digits, all of them from 100 on; "0.000012" would not be read as small. */
export function millilitres(ml: number): string {
  if (ml === 0) return '0';
  if (ml >= 100) return Math.round(ml).toLocaleString('en');
  return ml >= 1e-3 ? ml.toPrecision(3) : ml.toExponential(1);
}

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
