/** What speaks against predicting an image with a model, and what to do about it. */

export interface Finding {
  code: string;
  /** refuse: the prediction can only fail. warn: it would run, but its masks are hardly right. */
  weight: 'refuse' | 'warn';
  message: string;
  /** For somebody who has a model and scans, not the dataset. */
  advice: string;
}

/** Counts in words, as a sentence begins with them. */
export function atLeast(factor: number): string {
  return factor < 10 ? String(Number(factor.toPrecision(2))) : String(Math.round(factor));
}

/** "0.8 × 0.8 × 5", lengths in array order (z, y, x) said as x, y, z. */
export function sizeWords(lengths: readonly number[]): string {
  return [...lengths]
    .reverse()
    .map((length) => String(Number(length.toPrecision(3))))
    .join(' × ');
}
