/** Do paired measurements differ? Wilcoxon's signed-rank test, two-sided. */

export interface SignedRankTest {
  /** Differences that are not 0: only these count. */
  pairs: number;
  /** The smaller one of both sums of ranks. */
  statistic: number;
  pValue: number;
  isExact: boolean;
}

const largestExact = 25;
/** Differences that are equal but for rounding are tied. */
const rounding = 1e-12;

/**
 * Exact for at most 25 differences, where none is 0 and no two are equally large; else by the normal distribution, with
 * corrections for ties and for continuity. As scipy.stats.wilcoxon with zero_method="wilcox".
 * @returns undefined where no difference is left
 */
export function signedRankTest(differences: readonly number[]): SignedRankTest | undefined {
  const counted = differences.filter((value) => Math.abs(value) > rounding);
  const count = counted.length;
  if (count === 0) return undefined;
  const sorted = [...counted].sort((a, b) => Math.abs(a) - Math.abs(b));
  const ties: number[] = [];
  let positive = 0;
  for (let begin = 0; begin < count;) {
    let end = begin + 1;
    while (end < count && Math.abs(sorted[end]!) - Math.abs(sorted[begin]!) <= rounding) end += 1;
    const rank = (begin + 1 + end) / 2;
    positive += sorted.slice(begin, end).filter((value) => value > 0).length * rank;
    if (end - begin > 1) ties.push(end - begin);
    begin = end;
  }
  const statistic = Math.min(positive, (count * (count + 1)) / 2 - positive);
  const isExact = count <= largestExact && ties.length === 0 && count === differences.length;
  const pValue = isExact ? exactP(statistic, count) : normalP(statistic, count, ties);
  return { pairs: count, statistic, pValue, isExact };
}

/** How many of all ways to give signs to the ranks 1 … count have a sum of at most the statistic, on both sides. */
function exactP(statistic: number, count: number): number {
  const total = (count * (count + 1)) / 2;
  const ways = new Array<number>(total + 1).fill(0);
  ways[0] = 1;
  for (let rank = 1; rank <= count; rank += 1) {
    for (let sum = total; sum >= rank; sum -= 1) ways[sum]! += ways[sum - rank]!;
  }
  const atMost = ways.slice(0, statistic + 1).reduce((sum, number) => sum + number, 0);
  return Math.min(1, (2 * atMost) / 2 ** count);
}

function normalP(statistic: number, count: number, ties: readonly number[]): number {
  const expected = (count * (count + 1)) / 4;
  const tied = ties.reduce((sum, size) => sum + size ** 3 - size, 0);
  const variance = (count * (count + 1) * (2 * count + 1) - tied / 2) / 24;
  if (variance <= 0) return 1;
  const distance = Math.max(0, expected - statistic - 0.5);
  return Math.min(1, 2 * upperTail(distance / Math.sqrt(variance)));
}

/** Probability that a standard normal number exceeds z, z ≥ 0. */
export function upperTail(z: number): number {
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z < 3) {
    // Abramowitz and Stegun 26.2.11.
    let [term, sum] = [z, z];
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n += 1) {
      term *= (z * z) / (2 * n + 1);
      sum += term;
    }
    return 0.5 - density * sum;
  }
  // 26.2.14, a continued fraction, from its end.
  let fraction = z;
  for (let n = 100; n >= 1; n -= 1) fraction = z + n / fraction;
  return density / fraction;
}
