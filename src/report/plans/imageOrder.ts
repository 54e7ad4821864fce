/** In which order are sizes told? As x, y, z of the image, whatever order of axes the plans work in. */
import type { Plans } from '../../method/plans';

/** Names of the image's axes in the order of array dimensions. */
const arrayAxes = ['z', 'y', 'x'];

/** @param values  one for each axis of a configuration, in the file's order; of 2D the two axes of a slice */
export function inImageOrder(values: readonly number[], plans: Pick<Plans, 'transpose_forward'>): number[] {
  return axesOf(values.length, plans).map(({ at }) => values[at]!);
}

/** "x", "y", "z" of the values that `inImageOrder` gives. */
export function axisNames(dimensions: number, plans: Pick<Plans, 'transpose_forward'>): string[] {
  return axesOf(dimensions, plans).map(({ axis }) => arrayAxes[axis]!);
}

/** What a person types is in the image's order. @returns the file's */
export function inFileOrder(values: readonly number[], plans: Pick<Plans, 'transpose_forward'>): number[] {
  const axes = axesOf(values.length, plans);
  return values.map((_, at) => values[axes.findIndex((one) => one.at === at)]!);
}

/** The last dimension of an array is the image's x. */
function axesOf(dimensions: number, { transpose_forward: forward }: Pick<Plans, 'transpose_forward'>) {
  // The first axis of plans is the one that slices are cut along.
  const own = dimensions === 2 ? forward.slice(1) : [...forward];
  return own.map((axis, at) => ({ axis, at })).sort((a, b) => b.axis - a.axis);
}

/** "40 × 56 × 40" */
export const sizeText = (values: readonly number[]): string => values.map((value) => shortNumber(value)).join(' × ');

/** At most four digits of what is no whole number. */
const shortNumber = (value: number): string =>
  Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
