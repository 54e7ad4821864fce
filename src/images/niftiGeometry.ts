/** Where the voxels of a NIfTI file lie: nibabel's answer (an affine) and ITK's (spacing, origin, direction), which may differ. */
import { linearPart, makeAffine, positiveZeros, translation } from '../geometry/affine';
import {
  column3,
  determinant3,
  fromColumns,
  hasOrthogonalColumns,
  identity3,
  length3,
  maxDifference,
  multiply3,
  normalized,
  normalizedColumns,
  transpose3,
} from '../geometry/matrix';
import type { Affine, Geometry, Vector3 } from '../geometry/types';
import { ImageError } from '../method/errors';
import type { NiftiHeader } from './niftiHeader';

/** ITK takes the unit into account; nibabel, hence nnU-Net's readers on it, takes every length for mm. */
export function unitMm({ spatialUnit }: Pick<NiftiHeader, 'spatialUnit'>): number {
  return spatialUnit === 'metre' ? 1e3 : spatialUnit === 'micron' ? 1e-3 : 1;
}

/** Steps per axis (x, y, z) in the header's unit, as nibabel reports them: never negative, and 1 where the header says 0. */
export function zooms(header: NiftiHeader): Vector3 {
  return [1, 2, 3].map((axis) => {
    if (axis > header.shape.length) return 1;
    const step = Math.abs(header.pixdim[axis] ?? 1);
    return step === 0 || !Number.isFinite(step) ? 1 : step;
  }) as Vector3;
}

/** nibabel: sform, else qform, else the spacing around the centre with x running to the left. */
export function nibabelAffine(header: NiftiHeader): Affine {
  if (header.sformCode > 0) return sformAffine(header);
  if (header.qformCode > 0) return qformAffine(header);
  return centredAffine(header);
}

/** What `inspect` shows: like nibabel, but in mm, and without any code NIfTI's method 1, x = i * pixdim[1]. */
export function standardAffine(header: NiftiHeader): Affine {
  const unit = unitMm(header);
  const hasCode = header.sformCode > 0 || header.qformCode > 0;
  if (hasCode || header.format === 'Analyze 7.5') {
    return nibabelAffine(header).map((row, i) => (i < 3 ? row.map((value) => value * unit) : row));
  }
  const [x, y, z] = spacingMm(header);
  return makeAffine([x, 0, 0, 0, y, 0, 0, 0, z], [0, 0, 0]);
}

/** (x, y, z) */
export function spacingMm(header: NiftiHeader): Vector3 {
  const unit = unitMm(header);
  return zooms(header).map((step) => step * unit) as Vector3;
}

function sformAffine(header: NiftiHeader): Affine {
  return positiveZeros([...header.srow, [0, 0, 0, 1]]);
}

/** NIfTI's method 2: a rotation by quaternion, steps of pixdim, qfac = -1 mirrors the third axis. */
function qformAffine(header: NiftiHeader): Affine {
  const rotation = rotationFromQuaternion(header);
  const [x, y, z] = zooms(header);
  const mirrored = (header.pixdim[0] ?? 1) < 0 ? -z : z;
  return positiveZeros(makeAffine(multiply3(rotation, [x, 0, 0, 0, y, 0, 0, 0, mirrored]), header.qoffset));
}

function rotationFromQuaternion(header: NiftiHeader): number[] {
  const finite = (value: number): number => (Number.isFinite(value) ? value : 0);
  let [b, c, d] = [finite(header.quaternion.b), finite(header.quaternion.c), finite(header.quaternion.d)];
  let a = 1 - (b * b + c * c + d * d);
  if (a < 1e-7) {
    // A turn by 180 degrees: what is left of a is rounding.
    const length = length3([b, c, d]);
    [a, b, c, d] = [0, b / length, c / length, d / length];
  } else {
    a = Math.sqrt(a);
  }
  return [
    a * a + b * b - c * c - d * d,
    2 * (b * c - a * d),
    2 * (b * d + a * c),
    2 * (b * c + a * d),
    a * a + c * c - b * b - d * d,
    2 * (c * d - a * b),
    2 * (b * d - a * c),
    2 * (c * d + a * b),
    a * a + d * d - c * c - b * b,
  ];
}

/** Analyze and NIfTI without codes; SPM may have stored which voxel is the origin. */
function centredAffine(header: NiftiHeader): Affine {
  const [x, y, z] = zooms(header);
  const steps: Vector3 = [-x, y, z];
  const shape = [0, 1, 2].map((axis) => header.shape[axis] ?? 1);
  const origin = header.spmOrigin;
  const originIsSensible =
    origin.some((value) => value !== 0) &&
    origin.every((value, axis) => value > -(shape[axis] ?? 1) && value < 2 * (shape[axis] ?? 1));
  const centre = shape.map((length, axis) => (originIsSensible ? (origin[axis] ?? 1) - 1 : (length - 1) / 2));
  const offset = centre.map((voxel, axis) => -voxel * (steps[axis] ?? 1)) as Vector3;
  return positiveZeros(makeAffine([steps[0], 0, 0, 0, steps[1], 0, 0, 0, steps[2]], offset));
}

/**
 * ITK's grid (as of ITK 5.4, which SimpleITK 2.4 and 2.5 use).
 * - no code at all: origin 0, direction identity in LPS
 * - the sform, if its columns are orthogonal and (the qform has no code, or the sform's code is 1, or both say the same)
 * - else the qform; without a code for it the file is refused
 * Directions are the normalised columns of the single-precision matrix; the spacing is pixdim, not the columns' length.
 * @param dimensions  axes of the grid, 2 or 3
 */
export function itkGeometry(header: NiftiHeader, dimensions: 2 | 3, file: string): Geometry {
  const scale = unitMm(header);
  const spacing = spacingMm(header).slice(0, dimensions);
  if (header.qformCode <= 0 && header.sformCode <= 0) {
    return { spacing, origin: new Array<number>(dimensions).fill(0), direction: identity(dimensions) };
  }
  const affine = chosenByItk(header, file);
  const [x, y, z] = translation(affine);
  const linear = linearPart(affine).map((value, i) => (i < 6 ? -value : value));
  const columns = [0, 1, 2].map((i) => {
    // ITK makes a negative step positive and turns the axis round instead.
    const sign = (header.pixdim[i + 1] ?? 1) < 0 ? -1 : 1;
    const [dx, dy, dz] = column3(linear, i);
    return normalized([sign * dx, sign * dy, dimensions === 2 ? 0 : sign * dz]);
  });
  const direction = fromColumns(columns);
  return {
    spacing,
    origin: [-x * scale, -y * scale, z * scale].slice(0, dimensions).map(positiveZero),
    direction: (dimensions === 3 ? direction : planar(direction)).map(positiveZero),
  };
}

const positiveZero = (value: number): number => value + 0;
const identity = (dimensions: 2 | 3): number[] => (dimensions === 3 ? identity3() : [1, 0, 0, 1]);

/** The 2 x 2 part; a slice that does not lie in the plane of x and y has none, and gets the identity. */
function planar(direction: number[]): number[] {
  const [a = 0, b = 0, , c = 0, d = 0] = direction;
  return Math.abs(a * d - b * c) < 1e-6 ? [1, 0, 0, 1] : [a, b, c, d];
}

function chosenByItk(header: NiftiHeader, file: string): Affine {
  const sform = header.sformCode > 0 ? singlePrecision(sformAffine(header)) : undefined;
  const qform = header.qformCode > 0 ? singlePrecision(qformAffine(header)) : undefined;
  const sformLinear = sform ? linearPart(sform) : undefined;
  const usable = sformLinear !== undefined && determinant3(sformLinear) !== 0 && hasOrthogonalColumns(sformLinear);
  if (sform && usable && (!qform || header.sformCode === 1 || saySame(sform, qform))) return sform;
  if (qform) return qform;
  throw new ImageError('not-orthogonal', 'The axes of this image are sheared, which SimpleITK refuses', {
    where: file,
    hint: 'Resample the image to a rectangular grid, or set "overwrite_image_reader_writer": "NibabelIO" in dataset.json.',
  });
}

function saySame(sform: Affine, qform: Affine): boolean {
  const [s, q] = [linearPart(sform), linearPart(qform)];
  const turn = multiply3(normalizedColumns(s), transpose3(normalizedColumns(q)));
  const lengths = (m: number[]): number[] => [0, 1, 2].map((i) => length3(column3(m, i)));
  return (
    maxDifference(turn, identity3()) <= 1e-4 &&
    maxDifference(lengths(s), lengths(q)) <= 1e-4 &&
    maxDifference(translation(sform), translation(qform)) <= 1e-4
  );
}

const singlePrecision = (affine: Affine): Affine => affine.map((row) => row.map(Math.fround));
