/** Rounding and medians as Python and numpy do them, so that plans come out the same to the last digit. */

/** Nearest integer, halves to the even neighbour (Python's `round`). */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * Percentile with linear interpolation between neighbours (numpy's default), in numpy's order of operations.
 * @param values at least one
 * @param percent 0…100
 */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * (percent / 100);
  const below = Math.floor(position);
  const weight = position - below;
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  const difference = high - low;
  return weight >= 0.5 ? high - difference * (1 - weight) : low + difference * weight;
}

/** Middle value, or the mean of the two middle ones (numpy's `median`). @param values at least one */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Product of all entries, 1 for none. */
export function product(values: readonly number[]): number {
  return values.reduce((result, value) => result * value, 1);
}

/** Index of the largest entry, the first of equals. */
export function argMax(values: readonly number[]): number {
  return values.reduce((best, value, index) => (value > values[best]! ? index : best), 0);
}
