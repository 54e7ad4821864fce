/** Means that add up in numpy's order, so that the last digit in summary.json is the same. */

const blockSize = 128;

/** numpy's mean: NaN for no values. */
export function mean(values: readonly number[]): number {
  return pairwiseSum(values) / values.length;
}

/** Mean of the values that are not NaN; NaN if there are none. */
export function nanMean(values: readonly number[]): number {
  const count = values.filter((value) => !Number.isNaN(value)).length;
  return pairwiseSum(values.map((value) => (Number.isNaN(value) ? 0 : value))) / count;
}

/** Sum by halves, and eight interleaved partial sums within a block of at most 128. Source: numpy pairwise_sum. */
function pairwiseSum(values: readonly number[]): number {
  const count = values.length;
  if (count > blockSize) {
    const half = Math.floor(count / 2);
    const middle = half - (half % 8);
    return pairwiseSum(values.slice(0, middle)) + pairwiseSum(values.slice(middle));
  }
  let sum = 0;
  let next = 0;
  if (count >= 8) {
    const partial = values.slice(0, 8);
    for (next = 8; next + 8 <= count; next += 8) {
      for (let lane = 0; lane < 8; lane++) partial[lane]! += values[next + lane]!;
    }
    const [a, b, c, d, e, f, g, h] = partial as [number, number, number, number, number, number, number, number];
    sum = a + b + (c + d) + (e + f + (g + h));
  }
  for (; next < count; next++) sum += values[next]!;
  return sum;
}
