/** Chooses colours: one for each label, told apart by people with any colour vision, and two for errors. */

/** Red, green, blue, 0 to 255. */
export type Colour = readonly [number, number, number];

/**
 * The first are Okabe and Ito's (2008) and Paul Tol's bright and vibrant sets, ordered so that neighbours differ in lightness too, as a scan
 * below a mask takes the saturation away. Black and grey are left out: a scan has those itself.
 */
const chosen: readonly Colour[] = [
  [230, 159, 0],
  [86, 180, 233],
  [0, 158, 115],
  [240, 228, 66],
  [204, 121, 167],
  [0, 114, 178],
  [213, 94, 0],
  [153, 221, 255],
  [170, 170, 0],
  [170, 51, 119],
  [238, 221, 136],
  [68, 187, 153],
];

export const falsePositive: Colour = [230, 97, 1];
export const falseNegative: Colour = [64, 156, 255];
/** Both segmentations have a label here, but not the same one. */
export const otherLabel: Colour = [253, 224, 71];

/** The colour of a label value; 0 is the background and is never drawn. */
export function labelColour(label: number): Colour {
  const index = Math.max(0, Math.trunc(label) - 1);
  return chosen[index] ?? generated(index);
}

/** Beyond the chosen ones: steps of the golden angle, with lightness going round at another pace, so that neighbours never look alike. */
function generated(index: number): Colour {
  const hue = (index * 137.508) % 360;
  const lightness = [0.62, 0.45, 0.76][index % 3] ?? 0.6;
  const saturation = [0.75, 0.9, 0.6][Math.floor(index / 3) % 3] ?? 0.75;
  return fromHsl(hue, saturation, lightness);
}

function fromHsl(hue: number, saturation: number, lightness: number): Colour {
  const strength = saturation * Math.min(lightness, 1 - lightness);
  const channel = (shift: number): number => {
    const k = (shift + hue / 30) % 12;
    return Math.round(255 * (lightness - strength * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

export const toHex = (colour: Colour): string =>
  `#${colour.map((value) => value.toString(16).padStart(2, '0')).join('')}`;

/** "#rrggbb" as dataset.json or an input gives it; undefined for anything else. */
export function fromHex(text: string): Colour | undefined {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text.trim());
  if (!match) return undefined;
  return [1, 2, 3].map((group) => parseInt(match[group] ?? '0', 16)) as unknown as Colour;
}
