/** Draws a curve in one line of text, for terminals, tooltips and notifications. */

const levels = '▁▂▃▄▅▆▇█';

/**
 * @param values  in order; null or NaN where there is none
 * @param width   characters at most; longer curves are averaged, shorter ones stay as long as they are
 * @returns '' where there is no value at all
 */
export function sparkline(values: readonly (number | null)[], width = 32): string {
  const points = averaged(values, width);
  const known = points.filter((value): value is number => value !== undefined);
  if (known.length === 0) return '';
  const low = Math.min(...known);
  const range = Math.max(...known) - low;
  return points
    .map((value) => {
      if (value === undefined) return ' ';
      // A constant curve has no low and no high: it is drawn in the middle.
      const share = range > 0 ? (value - low) / range : 0.5;
      return levels[Math.min(levels.length - 1, Math.floor(share * levels.length))]!;
    })
    .join('');
}

function averaged(values: readonly (number | null)[], width: number): (number | undefined)[] {
  const count = Math.min(values.length, Math.max(1, width));
  return Array.from({ length: count }, (_, at) => {
    const from = Math.floor((at * values.length) / count);
    const to = Math.floor(((at + 1) * values.length) / count);
    const known = values.slice(from, to).filter((value): value is number => Number.isFinite(value));
    return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) / known.length : undefined;
  });
}
