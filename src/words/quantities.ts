/** How are measured numbers written for a person? With as many digits as say something. */

/** Of a length: "0.25", "38.5", "120". */
export const threeDigits = (value: number): string =>
  value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));

/** Three digits, all of them from 100 on: "3.21", "43.3", "1,512"; "0.000012" would not be read as small: "1.2e-5". */
export function millilitres(ml: number): string {
  if (ml === 0) return '0';
  if (ml >= 100) return grouped(Math.round(ml));
  return ml >= 1e-3 ? ml.toPrecision(3) : ml.toExponential(1);
}

/** Thousands told apart: "1,832", "1,512.25". */
export const grouped = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 20 });
