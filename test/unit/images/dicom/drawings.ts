/** Writes DICOM SEG and RTSTRUCT for tests, as other programs do. */
import { decimalString, type DicomItem } from '../../../../src/images/dicom/elements';
import type { SeriesOptions } from './series';

const text = (vr: 'LO' | 'CS' | 'PN' | 'UI' | 'DS' | 'IS' | 'SH', value: string) => ({ vr, value }) as const;
const words = (value: number) => ({ vr: 'US', value }) as const;

interface SegOptions {
  names: readonly string[];
  /** Of a segment (from 1) on a slice of the series: which voxels. */
  isIn: (segment: number, slice: number, row: number, column: number) => boolean;
  type?: 'BINARY' | 'FRACTIONAL' | 'LABELMAP';
  /** Rows run the other way than in the series. */
  isFlipped?: boolean;
}

/** One frame for each segment and slice that it is in. */
export function segmentationOf(
  series: SeriesOptions,
  { names, isIn, type = 'BINARY', isFlipped = false }: SegOptions,
): DicomItem {
  const { rows, columns, positions, orientation, pixelSpacing } = series;
  const size = rows * columns;
  const frames: { segment: number; slice: number; voxels: number[] }[] = [];
  const rowIn = (row: number): number => (isFlipped ? rows - 1 - row : row);
  for (let segment = 1; segment <= (type === 'LABELMAP' ? 1 : names.length); segment++) {
    for (let slice = 0; slice < positions.length; slice++) {
      const voxels = Array.from({ length: size }, (_, i) => {
        const [row, column] = [rowIn(Math.floor(i / columns)), i % columns];
        if (type !== 'LABELMAP')
          return isIn(segment, slice, row, column) ? (type === 'FRACTIONAL' ? 200 : 1) : type === 'FRACTIONAL' ? 90 : 0;
        return names.findLastIndex((_name, k) => isIn(k + 1, slice, row, column)) + 1;
      });
      if (voxels.some((value) => value > 0)) frames.push({ segment, slice, voxels });
    }
  }
  // The last frames come first: nobody promises an order.
  frames.reverse();
  const bytes =
    type === 'BINARY'
      ? packed(frames.flatMap(({ voxels }) => voxels))
      : Buffer.from(frames.flatMap(({ voxels }) => voxels));
  const columnDirection = orientation.slice(3).map((cosine) => (isFlipped ? -cosine : cosine));
  const bits = type === 'BINARY' ? 1 : 8;
  return {
    '00080016': text('UI', type === 'LABELMAP' ? '1.2.840.10008.5.1.4.1.1.66.7' : '1.2.840.10008.5.1.4.1.1.66.4'),
    '00080018': text('UI', `${series.uid}.500`),
    '00080060': text('CS', 'SEG'),
    '00081115': { vr: 'SQ', value: [{ '0020000e': text('UI', series.uid) }] },
    '00100010': text('PN', series.patient),
    '0020000d': text('UI', series.study),
    '0020000e': text('UI', `${series.uid}.5`),
    '00200052': text('UI', series.frameOfReference),
    '00280002': words(1),
    '00280004': text('CS', 'MONOCHROME2'),
    '00280008': text('IS', String(frames.length)),
    '00280010': words(rows),
    '00280011': words(columns),
    '00280100': words(bits),
    '00280101': words(bits),
    '00280102': words(bits - 1),
    '00280103': words(0),
    '00620001': text('CS', type),
    ...(type === 'FRACTIONAL' ? { '0062000e': words(255) } : {}),
    '00620002': {
      vr: 'SQ',
      value: names.map((name, i) => ({ '00620004': words(i + 1), '00620005': text('LO', name) })),
    },
    '52009229': {
      vr: 'SQ',
      value: [
        {
          '00209116': {
            vr: 'SQ',
            value: [
              { '00200037': { vr: 'DS', value: [...orientation.slice(0, 3), ...columnDirection].map(decimalString) } },
            ],
          },
          '00289110': { vr: 'SQ', value: [{ '00280030': { vr: 'DS', value: pixelSpacing.map(decimalString) } }] },
        },
      ],
    },
    '52009230': {
      vr: 'SQ',
      value: frames.map(({ segment, slice }) => ({
        '0062000a': { vr: 'SQ', value: [{ '0062000b': words(segment) }] },
        '00209113': {
          vr: 'SQ',
          value: [{ '00200032': { vr: 'DS', value: firstVoxel(series, slice, isFlipped).map(decimalString) } }],
        },
      })),
    },
    '7fe00010': { vr: 'OB', value: bytes },
  };
}

function firstVoxel(
  { positions, rows, pixelSpacing, orientation }: SeriesOptions,
  slice: number,
  isFlipped: boolean,
): number[] {
  const down = isFlipped ? (rows - 1) * pixelSpacing[0] : 0;
  return positions[slice]!.map((mm, axis) => mm + down * orientation[3 + axis]!);
}

/** Eight voxels a byte, the first one lowest; frames follow each other without a gap. */
function packed(bits: readonly number[]): Buffer {
  const bytes = Buffer.alloc(Math.ceil(bits.length / 8));
  bits.forEach((bit, i) => {
    bytes[i >> 3]! |= bit << (i & 7);
  });
  return bytes;
}

export interface Roi {
  name: string;
  /** Corners in voxels of the series (column, row), slice by slice. */
  contours: readonly { slice: number; corners: readonly (readonly [number, number])[] }[];
}

export function structureSetOf(series: SeriesOptions, rois: readonly Roi[]): DicomItem {
  const place = (slice: number, [column, row]: readonly [number, number]): number[] =>
    [0, 1, 2].map(
      (axis) =>
        series.positions[slice]![axis]! +
        column * series.pixelSpacing[1] * series.orientation[axis]! +
        row * series.pixelSpacing[0] * series.orientation[3 + axis]!,
    );
  return {
    '00080016': text('UI', '1.2.840.10008.5.1.4.1.1.481.3'),
    '00080018': text('UI', `${series.uid}.600`),
    '00080060': text('CS', 'RTSTRUCT'),
    '0020000d': text('UI', series.study),
    '0020000e': text('UI', `${series.uid}.6`),
    '30060010': {
      vr: 'SQ',
      value: [
        {
          '00200052': text('UI', series.frameOfReference),
          '30060012': {
            vr: 'SQ',
            value: [{ '30060014': { vr: 'SQ', value: [{ '0020000e': text('UI', series.uid) }] } }],
          },
        },
      ],
    },
    '30060020': {
      vr: 'SQ',
      value: rois.map(({ name }, i) => ({ '30060022': text('IS', String(i + 1)), '30060026': text('LO', name) })),
    },
    '30060039': {
      vr: 'SQ',
      value: rois.map(({ contours }, i) => ({
        '30060084': text('IS', String(i + 1)),
        '30060040': {
          vr: 'SQ',
          value: contours.map(({ slice, corners }) => ({
            '30060042': text('CS', 'CLOSED_PLANAR'),
            '30060046': text('IS', String(corners.length)),
            '30060050': { vr: 'DS', value: corners.flatMap((corner) => place(slice, corner)).map(decimalString) },
          })),
        },
      })),
    },
  };
}
