/** Makes a DICOM SEG of a label map: bits for each structure, slice by slice, that refer to the slices of the series they belong to. */
import { createHash, randomUUID } from 'node:crypto';
import type { Vector3 } from '../../geometry/types';
import { gridOfStack } from './assemble';
import { charsetOf, textOf, type DataSet } from './attributes';
import { decimalString, encodeDicom, type DicomItem, type DicomValue } from './elements';
import type { FrameFacts } from './imageFacts';
import type { Stack } from './stack';
import { structureCodes, type Code } from './structureCodes';

export interface ExportedStructure {
  /** In the label map. */
  value: number;
  name: string;
}

interface SegmentationSource {
  stack: Stack;
  /** Of a slice: what the patient, the visit and the frame of reference are. */
  item: DataSet;
}

const segmentationStorage = '1.2.840.10008.5.1.4.1.1.66.4';
type TextVr = 'CS' | 'DA' | 'DS' | 'IS' | 'LO' | 'LT' | 'PN' | 'SH' | 'TM' | 'UI' | 'AS';
const text = (vr: TextVr, value: string): DicomValue => ({ vr, value });
const word = (value: number): DicomValue => ({ vr: 'US', value });
const items = (...value: DicomItem[]): DicomValue => ({ vr: 'SQ', value });
const decimals = (numbers: readonly number[]): DicomValue => ({ vr: 'DS', value: numbers.map(decimalString) });

/** A UUID as a UID. */
const newUid = (): string => `2.25.${BigInt(`0x${randomUUID().replace(/-/g, '')}`)}`;

/** @param labels  (z, y, x), on the grid of the series as it is read */
export function encodeSegmentation(
  { stack, item }: SegmentationSource,
  labels: ArrayLike<number>,
  structures: readonly ExportedStructure[],
  description: string,
): Buffer {
  const { rows, columns } = stack.frames[0]!.image;
  const planes = sourcePlanes(stack, labels);
  const frames = structures.flatMap(({ value }, i) =>
    planes.flatMap((plane, slice) => (plane.includes(value) ? [{ segment: i + 1, slice, value, plane }] : [])),
  );
  const bits = Buffer.alloc(Math.ceil((frames.length * rows * columns) / 8));
  frames.forEach(({ plane, value }, f) => {
    for (let i = 0; i < plane.length; i++) {
      if (plane[i] !== value) continue;
      const bit = f * plane.length + i;
      bits[bit >> 3]! |= 1 << (bit & 7);
    }
  });
  const now = new Date().toISOString().replace(/[-:T]/g, '');
  const [date, time] = [now.slice(0, 8), now.slice(8, 14)];
  return encodeDicom({
    ...copied(item),
    '00080005': text('CS', 'ISO_IR 192'),
    '00080008': { vr: 'CS', value: ['DERIVED', 'PRIMARY'] },
    '00080016': text('UI', segmentationStorage),
    '00080018': text('UI', newUid()),
    '00080023': text('DA', date),
    '00080033': text('TM', time),
    '00080060': text('CS', 'SEG'),
    '00080070': text('LO', 'nnU-Net for VS Code'),
    '0008103e': text('LO', description.slice(0, 64)),
    '00081090': text('LO', 'nnU-Net'),
    '00081115': items(referredSeries(stack)),
    '00181000': text('LO', '0'),
    '00181020': text('LO', '1'),
    '0020000e': text('UI', newUid()),
    '00200011': text('IS', '900'),
    '00200013': text('IS', '1'),
    ...dimensions(),
    '00280002': word(1),
    '00280004': text('CS', 'MONOCHROME2'),
    '00280008': text('IS', String(frames.length)),
    '00280010': word(rows),
    '00280011': word(columns),
    '00280100': word(1),
    '00280101': word(1),
    '00280102': word(0),
    '00280103': word(0),
    '00282110': text('CS', '00'),
    '00620001': text('CS', 'BINARY'),
    '00620002': items(...structures.map(segment)),
    '00700080': text('CS', 'SEGMENTATION'),
    '00700081': text('LO', description.slice(0, 64)),
    '00700084': text('PN', ''),
    '52009229': items(sharedGroups(stack)),
    '52009230': items(...frames.map(({ segment: number, slice }) => frameGroups(stack, number, slice))),
    '7fe00010': { vr: 'OB', value: bits },
  });
}

/** The labels of each slice of the series: moved back where they were moved, without those that were filled in. */
function sourcePlanes(stack: Stack, labels: ArrayLike<number>): Uint16Array[] {
  const { rows, columns } = stack.frames[0]!.image;
  const { shape, geometry } = gridOfStack(stack);
  const [z, y, x] = shape;
  const offset = geometry.origin.map((mm, axis) => mm - stack.geometry.origin[axis]!);
  const along = (axis: number): number =>
    [0, 1, 2].reduce((sum, r) => sum + offset[r]! * geometry.direction[3 * r + axis]!, 0) / geometry.spacing[axis]!;
  const low = [Math.round(along(0)), Math.round(along(1))] as const;
  return stack.depths.map((depth, i) => {
    const slice = Math.min(z - 1, Math.round(depth / geometry.spacing[2]!));
    const [shiftX, shiftY] = stack.shifts[i]!;
    const plane = new Uint16Array(rows * columns);
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const [column, row] = [Math.round(c + shiftX) - low[0], Math.round(r + shiftY) - low[1]];
        if (column >= 0 && row >= 0 && column < x && row < y)
          plane[r * columns + c] = labels[(slice * y + row) * x + column]!;
      }
    }
    return plane;
  });
}

/** Patient, visit and frame of reference: a SEG goes back to where its series came from. */
function copied(item: DataSet): DicomItem {
  const charset = charsetOf(item);
  const taken: [string, TextVr][] = [
    ['00080020', 'DA'],
    ['00080030', 'TM'],
    ['00080050', 'SH'],
    ['00080090', 'PN'],
    ['00100010', 'PN'],
    ['00100020', 'LO'],
    ['00100030', 'DA'],
    ['00100040', 'CS'],
    ['0020000d', 'UI'],
    ['00200010', 'SH'],
    ['00200052', 'UI'],
    ['00201040', 'LO'],
  ];
  return Object.fromEntries(taken.map(([tag, vr]) => [tag, text(vr, textOf(item, tag, charset) ?? '')]));
}

function referredSeries({ frames }: Stack): DicomItem {
  const images = new Set(frames.map(({ image }) => image));
  return {
    '0008114a': items(...[...images].map((image) => sopReference(image.sopClass, image.sopInstance))),
    '0020000e': text('UI', frames[0]!.image.series),
  };
}

const sopReference = (sopClass: string, instance: string): DicomItem => ({
  '00081150': text('UI', sopClass),
  '00081155': text('UI', instance),
});

function dimensions(): DicomItem {
  const organization = newUid();
  const index = (pointer: string, group: string, label: string): DicomItem => ({
    '00209164': text('UI', organization),
    '00209165': { vr: 'AT', value: [pointer] },
    '00209167': { vr: 'AT', value: [group] },
    '00209421': text('LO', label),
  });
  return {
    '00209221': items({ '00209164': text('UI', organization) }),
    '00209222': items(
      index('0062000b', '0062000a', 'Segment Number'),
      index('00200032', '00209113', 'Image Position Patient'),
    ),
  };
}

function coded({ value, meaning }: Code, scheme = 'SCT'): DicomValue {
  return items({ '00080100': text('SH', value), '00080102': text('SH', scheme), '00080104': text('LO', meaning) });
}

function segment({ name }: ExportedStructure, index: number): DicomItem {
  const { category, type } = structureCodes(name);
  return {
    '00620003': coded(category),
    '00620004': word(index + 1),
    '00620005': text('LO', name.slice(0, 64)),
    '00620008': text('CS', 'AUTOMATIC'),
    '00620009': text('LO', 'nnU-Net'),
    '0062000d': { vr: 'US', value: labColour(name) },
    '0062000f': coded(type),
  };
}

/** CIELab in 16 bits: light, and of a hue that the name decides. */
function labColour(name: string): number[] {
  const [hue = 0] = createHash('sha256').update(name).digest();
  const angle = (hue / 256) * 2 * Math.PI;
  const ab = (value: number): number => Math.round(((value + 128) / 255) * 65535);
  return [Math.round(0.7 * 65535), ab(60 * Math.cos(angle)), ab(60 * Math.sin(angle))];
}

function sharedGroups({ geometry, frames }: Stack): DicomItem {
  const [x = 1, y = 1, z = 1] = geometry.spacing;
  return {
    '00209116': items({ '00200037': decimals(orientationOf(frames[0]!, geometry.direction)) }),
    '00289110': items({ '00180050': decimals([z]), '00180088': decimals([z]), '00280030': decimals([y, x]) }),
  };
}

function orientationOf({ orientation }: FrameFacts, direction: readonly number[]): number[] {
  return orientation ?? [0, 3, 6, 1, 4, 7].map((i) => direction[i]!);
}

function frameGroups(stack: Stack, segmentNumber: number, slice: number): DicomItem {
  const { image, index, position } = stack.frames[slice]!;
  const isPartOfMany = image.frames.length > 1;
  return {
    '00089124': items({
      '00082112': items({
        ...sopReference(image.sopClass, image.sopInstance),
        ...(isPartOfMany ? { '00081160': text('IS', String(index + 1)) } : {}),
        '0040a170': coded({ value: '121322', meaning: 'Source image for image processing operation' }, 'DCM'),
      }),
      '00089215': coded({ value: '113076', meaning: 'Segmentation' }, 'DCM'),
    }),
    '00209111': items({ '00209157': { vr: 'UL', value: [segmentNumber, slice + 1] } }),
    '00209113': items({ '00200032': decimals(position ?? (stack.geometry.origin as Vector3)) }),
    '0062000a': items({ '0062000b': word(segmentNumber) }),
  };
}
