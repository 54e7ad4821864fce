/** Writes small DICOM series for tests: slices of a body whose value changes evenly with the place, so that every voxel tells where it lies. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decimalString, encodeDicom, type DicomItem } from '../../../../src/images/dicom/elements';

type Vector = readonly [number, number, number];

export interface SeriesOptions {
  rows: number;
  columns: number;
  /** LPS mm of the first voxel of each slice, in the order of the files. */
  positions: readonly Vector[];
  /** Of a row, of a column. */
  orientation: readonly number[];
  /** mm between rows, between columns. */
  pixelSpacing: readonly [number, number];
  slope: (slice: number) => number;
  intercept: (slice: number) => number;
  /** Real value at a place. */
  value: (place: Vector) => number;
  isSigned: boolean;
  uid: string;
  study: string;
  frameOfReference: string;
  patient: string;
  modality: string;
  description: string;
  /** Of a file. */
  name: (slice: number) => string;
  extra: (slice: number) => DicomItem;
}

export const axialSlices = (count: number, stepMm = 2.5): Vector[] =>
  Array.from({ length: count }, (_, i) => [-20, -15, 100 + i * stepMm] as const);

/** Whole numbers for whole millimetres, other in each direction. */
export const evenField = ([x, y, z]: Vector): number => 3 * x - 2 * y + 4 * z;

const defaults: SeriesOptions = {
  rows: 6,
  columns: 8,
  positions: axialSlices(5),
  orientation: [1, 0, 0, 0, 1, 0],
  pixelSpacing: [1, 1],
  slope: () => 1,
  intercept: () => -1024,
  value: evenField,
  isSigned: false,
  uid: '1.2.826.0.1.1',
  study: '1.2.826.0.1',
  frameOfReference: '1.2.826.0.9',
  patient: 'Doe^Jane',
  modality: 'CT',
  description: 'Abdomen portal venous',
  name: (slice) => `IM${String(slice).padStart(4, '0')}`,
  extra: () => ({}),
};

export const ctClass = '1.2.840.10008.5.1.4.1.1.2';
const text = (vr: 'LO' | 'CS' | 'PN' | 'DA' | 'UI' | 'DS' | 'IS', value: string) => ({ vr, value }) as const;
const words = (value: number) => ({ vr: 'US', value }) as const;

/** @returns the files, in the order of `positions` */
export function writeSeries(folder: string, changes: Partial<SeriesOptions> = {}): string[] {
  mkdirSync(folder, { recursive: true });
  const options = { ...defaults, ...changes };
  return options.positions.map((_, slice) => {
    const file = join(folder, options.name(slice));
    writeFileSync(file, encodeDicom(sliceOf(options, slice)));
    return file;
  });
}

export function seriesOptions(changes: Partial<SeriesOptions> = {}): SeriesOptions {
  return { ...defaults, ...changes };
}

/** Stored values of a slice. */
export function storedSlice(options: SeriesOptions, slice: number): Int16Array | Uint16Array {
  const { rows, columns, positions, orientation, pixelSpacing } = options;
  const stored = new (options.isSigned ? Int16Array : Uint16Array)(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const place = [0, 1, 2].map(
        (axis) =>
          positions[slice]![axis]! +
          c * pixelSpacing[1] * orientation[axis]! +
          r * pixelSpacing[0] * orientation[3 + axis]!,
      ) as unknown as Vector;
      stored[r * columns + c] = Math.round((options.value(place) - options.intercept(slice)) / options.slope(slice));
    }
  }
  return stored;
}

export function sliceOf(options: SeriesOptions, slice: number): DicomItem {
  const stored = storedSlice(options, slice);
  return {
    ...aboutSeries(options),
    '00080016': text('UI', ctClass),
    '00080018': text('UI', `${options.uid}.${slice + 1}`),
    '00200013': text('IS', String(slice + 1)),
    '00200032': { vr: 'DS', value: options.positions[slice]!.map(decimalString) },
    '00200037': { vr: 'DS', value: options.orientation.map(decimalString) },
    '00280030': { vr: 'DS', value: options.pixelSpacing.map(decimalString) },
    '00281052': text('DS', decimalString(options.intercept(slice))),
    '00281053': text('DS', decimalString(options.slope(slice))),
    ...storage(options),
    '7fe00010': { vr: 'OW', value: new Uint8Array(stored.buffer) },
    ...options.extra(slice),
  };
}

/** The same as one enhanced CT: a file of many frames, in the order of `positions`. */
export function enhancedOf(options: SeriesOptions): DicomItem {
  const all = options.positions.map((_, slice) => new Uint8Array(storedSlice(options, slice).buffer));
  return {
    ...aboutSeries(options),
    '00080016': text('UI', '1.2.840.10008.5.1.4.1.1.2.1'),
    '00080018': text('UI', `${options.uid}.99`),
    '00280008': text('IS', String(all.length)),
    ...storage(options),
    '52009229': {
      vr: 'SQ',
      value: [
        {
          '00209116': {
            vr: 'SQ',
            value: [{ '00200037': { vr: 'DS', value: options.orientation.map(decimalString) } }],
          },
          '00289110': {
            vr: 'SQ',
            value: [{ '00280030': { vr: 'DS', value: options.pixelSpacing.map(decimalString) } }],
          },
        },
      ],
    },
    '52009230': {
      vr: 'SQ',
      value: options.positions.map((position, slice) => ({
        '00209113': { vr: 'SQ', value: [{ '00200032': { vr: 'DS', value: position.map(decimalString) } }] },
        '00289145': {
          vr: 'SQ',
          value: [
            {
              '00281052': text('DS', decimalString(options.intercept(slice))),
              '00281053': text('DS', decimalString(options.slope(slice))),
            },
          ],
        },
      })),
    },
    '7fe00010': { vr: 'OW', value: Buffer.concat(all) },
  };
}

function aboutSeries(options: SeriesOptions): DicomItem {
  return {
    '00080008': { vr: 'CS', value: ['ORIGINAL', 'PRIMARY', 'AXIAL'] },
    '00080020': text('DA', '20240229'),
    '00080060': text('CS', options.modality),
    '00080080': text('LO', 'Clinic of Names'),
    '0008103e': text('LO', options.description),
    '00100010': text('PN', options.patient),
    '00100020': text('LO', `ID-${options.patient}`),
    '00100030': text('DA', '19500101'),
    '0020000d': text('UI', options.study),
    '0020000e': text('UI', options.uid),
    '00200011': text('IS', '3'),
    '00200052': text('UI', options.frameOfReference),
  };
}

function storage({ rows, columns, isSigned }: SeriesOptions): DicomItem {
  return {
    '00280002': words(1),
    '00280004': text('CS', 'MONOCHROME2'),
    '00280010': words(rows),
    '00280011': words(columns),
    '00280100': words(16),
    '00280101': words(16),
    '00280102': words(15),
    '00280103': words(isSigned ? 1 : 0),
  };
}
