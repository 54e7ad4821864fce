/** Brings a segmentation file onto the grid of its image, as whole label values, and says what had to be done for it. */
import { t } from '@vscode/l10n';
import { integerTolerance } from '../../dataset/importers/examineLabels';
import { applyAffine, linearPart, makeAffine, translation } from '../../geometry/affine';
import { axisCodes } from '../../geometry/axes';
import { gridDistanceMm, turnOnto, type SpaceGrid } from '../../geometry/grids';
import { inverse3, multiply3 } from '../../geometry/matrix';
import { isIdentity, reorientVoxels } from '../../geometry/reorientation';
import type { VoxelArray } from '../../geometry/types';
import { channelLength, type DecodedImage, type ImageHeader } from '../../images/types';
import { ImageError } from '../../method/errors';
import type { VolumeWarning } from '../../protocol/volume';
import { usableGrid } from './displayGrid';

export type LabelArray = Uint8Array | Uint16Array | Int32Array;

export interface LabelMap {
  /** (z, y, x) on the image's full grid. */
  labels: LabelArray;
  /** Value -> voxels, without background. */
  voxels: Map<number, number>;
  warnings: VolumeWarning[];
  /** Only one time point of the file: what belongs to this frame of the image. */
  ofFrame?: number;
}

/** More different values than this are an image that was chosen by mistake. */
const mostLabels = 4096;

/** The time point of the image that is shown. */
interface ShownTime {
  frame: number;
  frames: number;
  /** The segmentation is the image itself: whoever chose its time point knows it. */
  isItself?: boolean;
}

/**
 * @param name  of the segmentation, for messages
 * @throws ImageError `not-a-segmentation`, `grid-mismatch`
 */
export function labelMapOn(
  image: SpaceGrid,
  segmentation: DecodedImage,
  name: string,
  hasOrientation = true,
  time: ShownTime = { frame: 0, frames: 1 },
): LabelMap {
  const series = seriesLength(segmentation.header);
  if (series < 2) return placedOn(image, segmentation, name, hasOrientation);
  // Of a label map over time the image's time point; the first where the image has other ones.
  const isInStep = series === time.frames;
  const frame = isInStep ? time.frame : 0;
  const length = channelLength(segmentation.header.shape);
  const voxels = segmentation.voxels.subarray(frame * length, (frame + 1) * length);
  const map = placedOn(image, { ...segmentation, voxels }, name, hasOrientation);
  const which = isInStep ? t('that of the image, number {0}, is shown', frame + 1) : t('the first is shown');
  const warning = { code: 'one-of-frames', message: t('{0} has {1} time points: {2}.', name, series, which) };
  return { ...map, warnings: [...(time.isItself ? [] : [warning]), ...map.warnings], ofFrame: time.frame };
}

/** Time points of a file with four axes. */
export function seriesLength({ fileShape, channels }: Pick<ImageHeader, 'fileShape' | 'channels'>): number {
  const fourth = fileShape[3] ?? 1;
  return fourth === channels ? fourth : 1;
}

function placedOn(image: SpaceGrid, segmentation: DecodedImage, name: string, hasOrientation: boolean): LabelMap {
  const { header } = segmentation;
  const length = channelLength(header.shape);
  const voxels = withoutOthers(segmentation.voxels, length, header.file, name);
  const { labels, voxels: counts } = wholeNumbers(voxels, header.scaling, header.file, name);
  const own = usableGrid(header).grid;
  const turn = hasOrientation ? turnOnto(image, own) : undefined;
  if (turn && !isIdentity(turn)) {
    const turned = reorientVoxels(labels, [1, ...header.shape], turn).voxels;
    const axes = t("its axes run to {0}, the image's to {1}", axisCodes(header.affine), axisCodes(image.affine));
    const message = t(
      '{0} is stored in other directions than the image ({1}): shown by position. A training would take it voxel on voxel.',
      name,
      axes,
    );
    return { labels: turned, voxels: counts, warnings: [{ code: 'other-grid', message }] };
  }
  if (header.shape.every((size, axis) => size === image.shape[axis])) {
    const shifted = hasOrientation && !turn;
    return { labels, voxels: counts, warnings: shifted ? [placeWarning(name, image, own)] : [] };
  }
  if (!hasOrientation) throw gridMismatch(image, segmentation, name);
  const moved = resampled(image, own, labels);
  if (moved.inside === 0) throw gridMismatch(image, segmentation, name);
  const message = t(
    '{0} has its own grid ({1}, the image {2}): shown by position, nearest voxel.',
    name,
    show(header.shape),
    show(image.shape),
  );
  return { labels: moved.labels, voxels: countLabels(moved.labels), warnings: [{ code: 'other-grid', message }] };
}

const show = (shape: readonly number[]): string => [...shape].reverse().join(' x ');

function withoutOthers(voxels: VoxelArray, length: number, file: string, name: string): VoxelArray {
  if (voxels.length === length) return voxels;
  const first = voxels.subarray(0, length);
  // A picture saved as RGB in shades of grey is a label map all the same.
  const isGrey = voxels.length === 3 * length && first.every((value, i) => value === voxels[length + i]);
  if (isGrey) return first;
  throw new ImageError('not-a-segmentation', `${name} has ${voxels.length / length} channels, a segmentation has one`, {
    where: file,
    hint: 'Choose a file with one label value per voxel.',
  });
}

function wholeNumbers(
  voxels: VoxelArray,
  scaling: { slope: number; intercept: number } | undefined,
  file: string,
  name: string,
): Pick<LabelMap, 'labels' | 'voxels'> {
  const { slope, intercept } = scaling ?? { slope: 1, intercept: 0 };
  const values = new Map<number, number>();
  let last = NaN;
  let run = 0;
  const note = (): void => {
    if (run > 0) values.set(last, (values.get(last) ?? 0) + run);
    if (values.size > mostLabels) throw notLabels(file, name, t('it has more than {0} different values', mostLabels));
  };
  for (let i = 0; i < voxels.length; i++) {
    const value = voxels[i] as number;
    if (value === last) run++;
    else {
      note();
      last = value;
      run = 1;
    }
  }
  note();
  const label = (stored: number): number => {
    const value = stored * slope + intercept;
    const whole = Math.round(value);
    if (Math.abs(value - whole) <= integerTolerance && Math.abs(whole) < 2 ** 31) return whole;
    throw notLabels(file, name, t('it has the value {0}, and labels are whole numbers', value));
  };
  const map = new Map([...values.keys()].map((stored) => [stored, label(stored)]));
  const used = [...map.values()];
  const [smallest, largest] = [Math.min(...used), Math.max(...used)];
  const Kind = smallest < 0 || largest > 65535 ? Int32Array : largest > 255 ? Uint16Array : Uint8Array;
  const isSame = voxels instanceof Kind && slope === 1 && intercept === 0;
  const labels: LabelArray = isSame ? (voxels as LabelArray) : new Kind(voxels.length);
  if (!isSame) {
    let [stored, value] = [NaN, 0];
    for (let i = 0; i < voxels.length; i++) {
      if (voxels[i] !== stored) {
        stored = voxels[i] as number;
        value = map.get(stored) ?? 0;
      }
      labels[i] = value;
    }
  }
  const counts = new Map<number, number>();
  for (const [stored, count] of values) {
    const value = map.get(stored) ?? 0;
    if (value !== 0) counts.set(value, (counts.get(value) ?? 0) + count);
  }
  return { labels, voxels: counts };
}

function notLabels(file: string, name: string, why: string): ImageError {
  return new ImageError('not-a-segmentation', `${name} is not a segmentation: ${why}`, {
    where: file,
    hint: 'Choose a label map, not an image or probabilities.',
  });
}

function countLabels(labels: LabelArray): Map<number, number> {
  const counts = new Map<number, number>();
  for (let i = 0; i < labels.length; i++) {
    const value = labels[i]!;
    if (value !== 0) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}

function placeWarning(name: string, image: SpaceGrid, own: SpaceGrid): VolumeWarning {
  const mm = gridDistanceMm(own, image);
  const [axes, others] = [axisCodes(own.affine), axisCodes(image.affine)];
  const turned = axes === others ? '' : t(" (its axes are {0}, the image's {1})", axes, others);
  const message = t(
    '{0} lies up to {1} mm beside the image by its header{2}: shown voxel on voxel, as nnU-Net trains.',
    name,
    Number(mm.toPrecision(2)),
    turned,
  );
  return { code: 'other-place', message };
}

function gridMismatch(image: SpaceGrid, segmentation: DecodedImage, name: string): ImageError {
  return new ImageError(
    'grid-mismatch',
    `${name} does not belong to this image: it has ${show(segmentation.header.shape)} voxels, the image ${show(image.shape)}`,
    { where: segmentation.header.file, hint: 'Choose a segmentation of this very image.' },
  );
}

/** Nearest neighbour; background outside. */
function resampled(image: SpaceGrid, own: SpaceGrid, labels: LabelArray): { labels: LabelArray; inside: number } {
  const inverse = inverse3(linearPart(own.affine))!;
  const linear = multiply3(inverse, linearPart(image.affine));
  const [ox, oy, oz] = translation(own.affine);
  const [ix, iy, iz] = translation(image.affine);
  const start = applyAffine(makeAffine(inverse, [0, 0, 0]), [ix - ox, iy - oy, iz - oz]);
  const [depth, height, width] = own.shape;
  const [shownDepth, shownHeight, shownWidth] = image.shape;
  const out = new (labels.constructor as new (length: number) => LabelArray)(channelLength(image.shape));
  let [target, inside] = [0, 0];
  for (let k = 0; k < shownDepth; k++) {
    for (let j = 0; j < shownHeight; j++) {
      const x0 = start[0] + linear[1]! * j + linear[2]! * k + 0.5;
      const y0 = start[1] + linear[4]! * j + linear[5]! * k + 0.5;
      const z0 = start[2] + linear[7]! * j + linear[8]! * k + 0.5;
      for (let i = 0; i < shownWidth; i++, target++) {
        const x = Math.floor(x0 + linear[0]! * i);
        const y = Math.floor(y0 + linear[3]! * i);
        const z = Math.floor(z0 + linear[6]! * i);
        if (x < 0 || y < 0 || z < 0 || x >= width || y >= height || z >= depth) continue;
        out[target] = labels[(z * height + y) * width + x]!;
        inside++;
      }
    }
  }
  return { labels: out, inside };
}
