/** Are voxels and image about as large as those that the model was trained on? */
import type { Vector3 } from '../../../geometry/types';
import { atLeast, sizeWords, type Finding } from './finding';
import type { ImageFacts } from './imageFacts';
import type { Range, TrainedGrid, TrainingFacts } from './trainingFacts';

/** How far beyond the training something must be before it is said: farther where only the typical image is known. */
interface Tolerance {
  coarser: number;
  finer: number;
  longer: number;
  larger: number;
  shorter: number;
}

const beyondAll: Tolerance = { coarser: 2.5, finer: 8, longer: 3, larger: 27, shorter: 4 };
const beyondTypical: Tolerance = { coarser: 5, finer: 10, longer: 6, larger: 40, shorter: 8 };
/** Of pictures, which nothing resamples. */
const pixelTolerance = 4;

/** @param isPart  only a region is predicted, which may lie in an image of any size */
export function gridFindings(image: ImageFacts, training: TrainingFacts, isPart = false): Finding[] {
  const { grid, reader } = training;
  if (!grid) return [];
  const axes = [0, 1, 2].filter((axis) => image.shape[axis]! > 1 && grid.shape.high[axis]! > 1);
  if (reader === 'NaturalImage2DIO') return isPart ? [] : pictureFindings(image, grid, axes);
  if (!image.hasSpacing) return unstatedSpacing(image, grid, axes);
  const spacing = spacingFinding(image, grid, axes);
  // Where voxels are not what they should be, lengths are not either: one cause is said once.
  if (spacing) return [spacing];
  return isPart ? [] : extentFindings(image, grid, axes);
}

/** value / high above the range, value / low below it, 1 inside. */
function ratioTo({ low, high }: Range, axis: number, value: number): number {
  if (value > high[axis]!) return value / high[axis]!;
  return value < low[axis]! ? value / low[axis]! : 1;
}

function spacingFinding({ spacing }: ImageFacts, grid: TrainedGrid, axes: readonly number[]): Finding | undefined {
  const tolerance = grid.isOfCases ? beyondAll : beyondTypical;
  const ratios = axes.map((axis) => ratioTo(grid.spacing, axis, spacing[axis]!));
  const [coarsest, finest] = [Math.max(1, ...ratios), Math.min(1, ...ratios)];
  if (coarsest <= tolerance.coarser && finest >= 1 / tolerance.finer) return undefined;
  const code = 'spacing-unlike';
  const sizes = `${sizeWords(spacing)} mm here, ${rangeWords(grid.spacing)} mm in training`;
  if (ratios.length > 0 && ratios.every((ratio) => isThousandfold(ratio))) {
    const unit = coarsest > 1 ? 'metres for millimetres, or micrometres' : 'millimetres for metres, or micrometres';
    return warning(
      code,
      `The voxels are ${atLeast(coarsest > 1 ? coarsest : 1 / finest)} times ${coarsest > 1 ? 'larger' : 'smaller'} than any that the model was trained on (${sizes}): the header may take ${unit}.`,
      'Correct the spacing in the header of the image.',
    );
  }
  if (fitsTurned(spacing, grid, tolerance)) {
    return warning(
      code,
      `The axes lie in another order than in training: voxels are ${sizes} (x × y × z).`,
      "Turn the image so that its axes run as those of the model's training images.",
    );
  }
  const worst = axes[coarsest > tolerance.coarser ? ratios.indexOf(coarsest) : ratios.indexOf(finest)]!;
  if (coarsest > tolerance.coarser) {
    const isThick = spacing.every((step, axis) => axis === worst || step < spacing[worst]! / 1.5);
    const what = isThick ? 'The slices are' : 'The voxels are';
    const than = grid.isOfCases
      ? `than ${isThick ? "any training scan's" : 'those of any training scan'}`
      : `than ${isThick ? "the typical training scan's" : 'those of the typical training scan'}`;
    return warning(
      code,
      `${what} ${atLeast(coarsest)} times ${isThick ? 'thicker' : 'larger'} ${than} (${sizes}).`,
      'Give a finer scan of the patient if there is one; otherwise look at the mask with care.',
    );
  }
  return warning(
    code,
    `The voxels are ${atLeast(1 / finest)} times smaller than those of ${grid.isOfCases ? 'any' : 'the typical'} training scan (${sizes}).`,
    'Check the spacing in the header of the image.',
  );
}

const isThousandfold = (ratio: number): boolean => {
  const size = ratio > 1 ? ratio : 1 / ratio;
  return size > 300 && size < 3000;
};

/** Whether the same three steps, in another order, are those of the training. */
function fitsTurned(spacing: Vector3, { spacing: { low, high } }: TrainedGrid, { coarser, finer }: Tolerance): boolean {
  const sorted = (values: Vector3): number[] => [...values].sort((a, b) => a - b);
  const [steps, lows, highs] = [sorted(spacing), sorted(low), sorted(high)];
  // As thick on an axis as in training on another: only where training scans have thick slices themselves.
  const isAnisotropic = lows[2]! > 1.5 * highs[1]!;
  return (
    isAnisotropic && steps.every((step, at) => step < (highs[at]! * coarser) / 2 && step > (2 * lows[at]!) / finer)
  );
}

function unstatedSpacing({ spacing }: ImageFacts, grid: TrainedGrid, axes: readonly number[]): Finding[] {
  const isFar = axes.some((axis) => {
    const ratio = ratioTo(grid.spacing, axis, spacing[axis]!);
    return ratio > 2 || ratio < 1 / 2;
  });
  if (!isFar) return [];
  return [
    warning(
      'spacing-unstated',
      `The file does not say how large its voxels are, so 1 mm is taken; the model was trained on ${rangeWords(grid.spacing)} mm.`,
      'Write the spacing into its header (for a TIFF stack into a .json file beside it).',
    ),
  ];
}

function extentFindings({ shape, spacing, values }: ImageFacts, grid: TrainedGrid, axes: readonly number[]): Finding[] {
  const tolerance = grid.isOfCases ? beyondAll : beyondTypical;
  const extent = (voxels: Vector3): Vector3 => voxels.map((length, axis) => length * spacing[axis]!) as Vector3;
  // Without its values it is not known what cropping leaves: then only an image that is too small as a whole is told.
  const whole = extent(shape);
  const left = values ? extent(values.croppedShape) : undefined;
  const shortest = Math.min(1, ...axes.map((axis) => ratioTo(grid.extent, axis, whole[axis]!)));
  if (shortest < 1 / tolerance.shorter) {
    return [
      warning(
        'image-small',
        `The image is only ${millimetres(whole)} mm large; the model was trained on ${rangeWords(grid.extent, millimetres)} mm.`,
        'Give the whole scan, not a part that was cut out of it.',
      ),
    ];
  }
  if (!left) return [];
  const ratios = axes.map((axis) => ratioTo(grid.extent, axis, left[axis]!));
  const larger = ratios.reduce((product, ratio) => product * Math.max(1, ratio), 1);
  if (Math.max(1, ...ratios) <= tolerance.longer && larger <= tolerance.larger) return [];
  return [
    warning(
      'image-large',
      `The image shows ${millimetres(left)} mm; the model was trained on images of ${rangeWords(grid.extent, millimetres)} mm, and may mark what it has never seen.`,
      'Predict only the part around what it segments (in VS Code: "Predict This Image in a Box"), or cut it out first.',
    ),
  ];
}

function pictureFindings({ shape }: ImageFacts, grid: TrainedGrid, axes: readonly number[]): Finding[] {
  const ratios = axes.map((axis) => ratioTo(grid.shape, axis, shape[axis]!));
  const [most, least] = [Math.max(1, ...ratios), Math.min(1, ...ratios)];
  if (most <= pixelTolerance && least >= 1 / pixelTolerance) return [];
  const sizes = `${sizeWords(shape.slice(1))} here, ${rangeWords(grid.shape, (all) => sizeWords(all.slice(1)))} in training`;
  const isLarger = most > pixelTolerance;
  return [
    warning(
      'pixels-unlike',
      `The picture has ${atLeast(isLarger ? most : 1 / least)} times ${isLarger ? 'more' : 'fewer'} pixels along a side than the training pictures (${sizes}): pictures are not resampled.`,
      'Bring it to the scale of the training pictures first.',
    ),
  ];
}

function warning(code: string, message: string, advice: string): Finding {
  return { code, weight: 'warn', message, advice };
}

const millimetres = (lengths: readonly number[]): string => sizeWords(lengths.map((length) => Math.round(length)));

/** "1 × 1 × 1", or "0.7 × 0.7 × 1 to 1 × 1 × 5". */
function rangeWords({ low, high }: Range, words = sizeWords): string {
  const [from, to] = [words(low), words(high)];
  return from === to ? from : `${from} to ${to}`;
}
