/** What a DICOM image says about itself and about each of its frames: where they lie, how their voxels are stored and scaled. */
import type { Vector3 } from '../../geometry/types';
import { decimalOf, decimalsOf, itemOf, itemsOf, textOf, textsOf, wordOf, type DataSet } from './attributes';
import { hasVoxels, type DicomFile } from './dicomFile';

/** One slice. */
export interface FrameFacts {
  image: ImageFacts;
  /** In the file, from 0. */
  index: number;
  /** LPS mm, the middle of the first voxel. */
  position: Vector3 | undefined;
  /** Directions of a row (along columns) and of a column. */
  orientation: number[] | undefined;
  /** mm between rows, between columns. */
  pixelSpacing: number[] | undefined;
  slope: number;
  intercept: number;
  /** What may tell several slices at one place apart: acquisition, time, echo, b-value … */
  moments: Readonly<Record<string, string>>;
}

export interface ImageFacts {
  file: string;
  transferSyntax: string;
  sopClass: string;
  sopInstance: string;
  study: string;
  series: string;
  /** Only to tell patients apart; never shown or written. */
  patient: string;
  frameOfReference: string;
  modality: string;
  /** As people wrote it down; may hold anything. */
  seriesDescription: string;
  seriesNumber: number;
  instanceNumber: number;
  contrast: string;
  isLocalizer: boolean;
  /** Siemens: many slices in one picture. */
  isMosaic: boolean;
  rows: number;
  columns: number;
  samples: number;
  photometric: string;
  bitsAllocated: number;
  bitsStored: number;
  highBit: number;
  isSigned: boolean;
  sliceThickness: number | undefined;
  spacingBetweenSlices: number | undefined;
  frames: FrameFacts[];
}

/** Of a file with voxels that is an image; undefined for others (plans, reports, presentation states). */
export function imageFacts({ file, item, transferSyntax }: DicomFile): ImageFacts | undefined {
  const [rows, columns] = [wordOf(item, '00280010') ?? 0, wordOf(item, '00280011') ?? 0];
  if (!hasVoxels(item) || rows === 0 || columns === 0) return undefined;
  const bitsAllocated = wordOf(item, '00280100') ?? 16;
  const bitsStored = wordOf(item, '00280101') ?? bitsAllocated;
  const shared = itemOf(item, '52009229');
  const image: ImageFacts = {
    file,
    transferSyntax,
    sopClass: textOf(item, '00080016') ?? '',
    sopInstance: textOf(item, '00080018') ?? '',
    study: textOf(item, '0020000d') ?? '',
    series: textOf(item, '0020000e') ?? '',
    patient: [textOf(item, '00100020'), textOf(item, '00100010')].join('\0'),
    frameOfReference: textOf(item, '00200052') ?? '',
    modality: textOf(item, '00080060') ?? '',
    seriesDescription: textOf(item, '0008103e') ?? '',
    seriesNumber: decimalOf(item, '00200011') ?? 0,
    instanceNumber: decimalOf(item, '00200013') ?? 0,
    contrast: textOf(item, '00180010') ?? '',
    isLocalizer: textsOf(item, '00080008').includes('LOCALIZER'),
    isMosaic: textsOf(item, '00080008').includes('MOSAIC'),
    rows,
    columns,
    samples: wordOf(item, '00280002') ?? 1,
    photometric: textOf(item, '00280004') ?? '',
    bitsAllocated,
    bitsStored,
    highBit: wordOf(item, '00280102') ?? bitsStored - 1,
    isSigned: wordOf(item, '00280103') === 1,
    sliceThickness: decimalOf(item, '00180050') ?? decimalOf(itemOf(shared, '00289110'), '00180050'),
    spacingBetweenSlices: decimalOf(item, '00180088') ?? decimalOf(itemOf(shared, '00289110'), '00180088'),
    frames: [],
  };
  const count = decimalOf(item, '00280008') ?? 1;
  const perFrame = itemsOf(item, '52009230');
  image.frames = Array.from({ length: Math.max(1, Math.floor(count)) }, (_, index) =>
    frameFacts(image, index, item, shared, perFrame[index]),
  );
  return image;
}

/** Of an enhanced image most stands in groups, either of this frame or of all; of others at the top. */
function frameFacts(
  image: ImageFacts,
  index: number,
  item: DataSet,
  shared: DataSet | undefined,
  own: DataSet | undefined,
): FrameFacts {
  const group = (tag: string): DataSet | undefined => itemOf(own, tag) ?? itemOf(shared, tag);
  const numbers = (groupTag: string, tag: string, count: number): number[] | undefined =>
    decimalsOf(group(groupTag), tag, count) ?? decimalsOf(item, tag, count);
  const isOld = !own && (decimalOf(item, '00280008') ?? 1) > 1;
  const slope = numbers('00289145', '00281053', 1)?.[0] ?? 1;
  return {
    image,
    index,
    position: isOld ? oldPosition(item, index) : (numbers('00209113', '00200032', 3) as Vector3 | undefined),
    orientation: numbers('00209116', '00200037', 6),
    pixelSpacing: numbers('00289110', '00280030', 2) ?? decimalsOf(item, '00181164', 2),
    slope: slope === 0 ? 1 : slope,
    intercept: numbers('00289145', '00281052', 1)?.[0] ?? 0,
    moments: moments(item, group),
  };
}

/** Of many frames without groups: a dose says how far each lies from the first; others say nothing. */
function oldPosition(item: DataSet, index: number): Vector3 | undefined {
  const first = decimalsOf(item, '00200032', 3);
  const orientation = decimalsOf(item, '00200037', 6);
  const offset = Number(textsOf(item, '3004000c')[index] || NaN);
  if (!first || !orientation || !Number.isFinite(offset)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = orientation;
  const normal = [b * f - c * e, c * d - a * f, a * e - b * d];
  return first.map((mm, axis) => mm + normal[axis]! * offset) as Vector3;
}

function moments(item: DataSet, group: (tag: string) => DataSet | undefined): Record<string, string> {
  const content = group('00209111');
  const temporal = content?.elements.x00209128 ? content.uint32('x00209128') : undefined;
  const echo = group('00189114');
  const diffusion = group('00189117') ?? item;
  const found: Record<string, string | undefined> = {
    'time point': temporal === undefined ? textOf(item, '00200100') : String(temporal),
    'b-value': diffusion.elements.x00189087 ? String(diffusion.double('x00189087')) : undefined,
    'echo time': echo?.elements.x00189082 ? String(echo.double('x00189082')) : textOf(item, '00180081'),
    'inversion time': textOf(item, '00180082'),
    'trigger time': textOf(item, '00181060'),
    'image type': textOf(item, '00080008'),
    acquisition: textOf(item, '00200012'),
    'acquisition time': textOf(item, '00080032'),
  };
  return Object.fromEntries(Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
