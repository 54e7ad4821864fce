/** Where the ticks of an axis are, and how its values map to pixels. */

export interface Axis {
  ticks: { at: number; label: string }[];
  /** Pixel of a value. */
  position(value: number): number;
}

/**
 * @param values  what the axis must hold; values that are not finite don't count
 * @param pixels  where its lower and its upper end are
 */
export function axisOf(
  values: readonly number[],
  pixels: readonly [from: number, to: number],
  wholeNumbers = false,
): Axis {
  const finite = values.filter(Number.isFinite);
  let [low, high] = [Infinity, -Infinity];
  for (const value of finite) [low, high] = [Math.min(low, value), Math.max(high, value)];
  if (finite.length === 0) [low, high] = [0, 1];
  if (high - low < 1e-12) [low, high] = [low - (wholeNumbers ? 0.5 : 0.05), high + (wholeNumbers ? 0.5 : 0.05)];
  const step = Math.max(tickStep(high - low), wholeNumbers ? 1 : 0);
  const position = (value: number): number => pixels[0] + ((value - low) / (high - low)) * (pixels[1] - pixels[0]);
  const ticks: Axis['ticks'] = [];
  for (let tick = Math.ceil(low / step); tick * step <= high + step * 1e-9; tick += 1) {
    ticks.push({ at: position(tick * step), label: labelOf(tick * step, step) });
  }
  return { ticks, position };
}

/** 1, 2 or 5 times a power of ten, for four to nine ticks. */
function tickStep(range: number): number {
  const power = 10 ** Math.floor(Math.log10(range / 4));
  const digit = [5, 2, 1].find((factor) => factor * power <= range / 4) ?? 1;
  return digit * power;
}

function labelOf(value: number, step: number): string {
  if (step < 1e-4) return value === 0 ? '0' : value.toExponential(1);
  return value.toFixed(Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
}
