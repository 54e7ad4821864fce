/** Which values a label file holds, and how it must be read: plain integers, soft edges of a drawn mask, colours. */

export interface LabelSurvey {
  /** Value -> number of voxels; values as they are, or 0xRRGGBB for colours. At most `mostValues` entries. */
  counts: Map<number, number>;
  /** More different values than any label file has. */
  tooManyValues: boolean;
  /** Largest distance of a value to the next whole number. */
  fraction: number;
  nonFinite: number;
  /** True if the file has colours that are not grey. */
  colour: boolean;
  /** Values between 0 and 255 occur only along edges: a black-and-white mask that was smoothed or compressed. */
  softEdges: boolean;
}

const mostValues = 4096;

/**
 * @param data  voxels, (c, z, y, x)
 * @param lossy  the file format changes values (JPEG): values near black and white count as such
 */
export function surveyLabel(
  data: ArrayLike<number>,
  channels: number,
  shape: readonly [number, number, number],
  lossy = false,
): LabelSurvey {
  const values = channels >= 3 ? colourCodes(data, channels, shape) : { data, colour: false };
  const survey: LabelSurvey = { ...countValues(values.data, shape), colour: values.colour, softEdges: false };
  const first = values.data;
  if (!values.colour && shape[0] === 1) survey.softEdges = hasSoftEdges(first, shape, survey, lossy);
  return survey;
}

/** Grey where red, green and blue agree everywhere, otherwise 0xRRGGBB; alpha is ignored. */
export function colourCodes(
  data: ArrayLike<number>,
  channels: number,
  shape: readonly [number, number, number],
): { data: ArrayLike<number>; colour: boolean } {
  const voxels = shape[0] * shape[1] * shape[2];
  if (channels < 3) return { data, colour: false };
  const codes = new Float64Array(voxels);
  let colour = false;
  for (let i = 0; i < voxels; i++) {
    const red = data[i]!;
    const green = data[i + voxels]!;
    const blue = data[i + 2 * voxels]!;
    if (red !== green || red !== blue) colour = true;
    codes[i] = red * 65536 + green * 256 + blue;
  }
  if (colour) return { data: codes, colour };
  for (let i = 0; i < voxels; i++) codes[i] = data[i]!;
  return { data: codes, colour };
}

function countValues(data: ArrayLike<number>, shape: readonly number[]) {
  const counts = new Map<number, number>();
  const voxels = shape.reduce((product, size) => product * size, 1);
  let tooManyValues = false;
  let fraction = 0;
  let nonFinite = 0;
  // Runs of one value are the rule in label maps: count a run, then store it.
  for (let i = 0; i < voxels;) {
    const value = data[i]!;
    let end = i + 1;
    while (end < voxels && data[end] === value) end++;
    if (!Number.isFinite(value)) nonFinite += end - i;
    else if (counts.size < mostValues || counts.has(value)) counts.set(value, (counts.get(value) ?? 0) + end - i);
    else tooManyValues = true;
    fraction = Math.max(fraction, Number.isFinite(value) ? Math.abs(value - Math.round(value)) : 0);
    i = end;
  }
  return { counts, tooManyValues, fraction, nonFinite };
}

/**
 * A real class has an inside; a soft edge is a line between black and white. So: black and white make up most of the
 * picture, and hardly any other pixel lies wholly among others of its kind.
 */
function hasSoftEdges(
  data: ArrayLike<number>,
  [, height, width]: readonly [number, number, number],
  survey: Pick<LabelSurvey, 'counts' | 'fraction' | 'nonFinite'>,
  lossy: boolean,
): boolean {
  const { counts } = survey;
  if (counts.size < 3 || survey.fraction > 0 || survey.nonFinite > 0) return false;
  const margin = lossy ? 40 : 0;
  const isBetween = (value: number) => value > margin && value < 255 - margin;
  const values = [...counts.keys()];
  if (Math.min(...values) < 0 || Math.max(...values) > 255 || Math.max(...values) < 255 - margin) return false;
  let between = 0;
  for (const [value, count] of counts) if (isBetween(value)) between += count;
  if (between > 0.1 * height * width) return false;
  let inside = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      if (!isBetween(data[i]!)) continue;
      const neighbours = [data[i - 1]!, data[i + 1]!, data[i - width]!, data[i + width]!];
      if (neighbours.every(isBetween)) inside++;
    }
  }
  return inside <= 0.1 * between;
}
