/** Writes DICOM: turns attributes into the bytes of a Part 10 file in explicit little endian. */

/** VR and values of one attribute; of sequences the items. */
export type DicomValue =
  | { vr: StringVr; value: string | readonly string[] }
  | { vr: NumberVr; value: number | readonly number[] }
  /** The tags, as `(gggg,eeee)` in eight hexadecimal digits. */
  | { vr: 'AT'; value: readonly string[] }
  | { vr: 'OB' | 'OW' | 'OF' | 'UN'; value: Uint8Array }
  | { vr: 'SQ'; value: readonly DicomItem[] }
  /** Compressed pixel data, one fragment a frame. */
  | { vr: 'encapsulated'; value: readonly Uint8Array[] };

type StringVr =
  'AE' | 'AS' | 'CS' | 'DA' | 'DS' | 'DT' | 'IS' | 'LO' | 'LT' | 'PN' | 'SH' | 'ST' | 'TM' | 'UC' | 'UI' | 'UT';
type NumberVr = 'FD' | 'FL' | 'SL' | 'SS' | 'UL' | 'US';

/** By tag, eight hexadecimal digits ("00280010"); written in the order of the tags. */
export type DicomItem = Readonly<Record<string, DicomValue>>;

const explicitLittleEndian = '1.2.840.10008.1.2.1';

/** Of this program: its own arc below the UUID root (2.25), so that nobody else has it. */
const implementation = '2.25.187340917353310251436298274502185330281';

/** A whole file: preamble, meta information, then the attributes. They must hold SOP class and instance. */
export function encodeDicom(item: DicomItem, transferSyntax = explicitLittleEndian): Buffer {
  const uid = (tag: string): string => String(item[tag]?.value ?? '');
  const meta: DicomItem = {
    '00020001': { vr: 'OB', value: Uint8Array.of(0, 1) },
    '00020002': { vr: 'UI', value: uid('00080016') },
    '00020003': { vr: 'UI', value: uid('00080018') },
    '00020010': { vr: 'UI', value: transferSyntax },
    '00020012': { vr: 'UI', value: implementation },
    '00020013': { vr: 'SH', value: 'NNUNET_VSCODE' },
  };
  const header = encodeItem(meta);
  const length = encodeElement('00020000', { vr: 'UL', value: header.length });
  const preamble = Buffer.alloc(132);
  preamble.write('DICM', 128, 'latin1');
  return Buffer.concat([preamble, length, header, encodeItem(item)]);
}

function encodeItem(item: DicomItem): Buffer {
  const tags = Object.keys(item).sort();
  return Buffer.concat(tags.map((tag) => encodeElement(tag, item[tag]!)));
}

const longForms = ['OB', 'OW', 'OF', 'UN', 'SQ', 'UC', 'UT'];
const undefinedLength = 0xffffffff;

function encodeElement(tag: string, value: DicomValue): Buffer {
  if (value.vr === 'encapsulated') return encapsulated(tag, value.value);
  const bytes = encodeValue(value);
  const head = Buffer.alloc(longForms.includes(value.vr) ? 12 : 8);
  writeTag(head, tag, 0);
  head.write(value.vr, 4, 'latin1');
  if (head.length === 12) head.writeUInt32LE(bytes.length, 8);
  else head.writeUInt16LE(bytes.length, 6);
  return Buffer.concat([head, bytes]);
}

function writeTag(target: Buffer, tag: string, at: number): void {
  target.writeUInt16LE(parseInt(tag.slice(0, 4), 16), at);
  target.writeUInt16LE(parseInt(tag.slice(4), 16), at + 2);
}

function encodeValue(value: Exclude<DicomValue, { vr: 'encapsulated' }>): Buffer {
  switch (value.vr) {
    case 'SQ':
      return Buffer.concat(value.value.map((item) => delimited(encodeItem(item))));
    case 'OB':
    case 'OW':
    case 'OF':
    case 'UN':
      return evenBytes(Buffer.from(value.value.buffer, value.value.byteOffset, value.value.byteLength), 0);
    case 'AT': {
      const bytes = Buffer.alloc(4 * value.value.length);
      value.value.forEach((tag, i) => writeTag(bytes, tag, 4 * i));
      return bytes;
    }
    case 'FD':
    case 'FL':
    case 'SL':
    case 'SS':
    case 'UL':
    case 'US':
      return encodeNumbers(value.vr, [value.value].flat());
    default:
      return evenBytes(Buffer.from([value.value].flat().join('\\'), 'utf8'), value.vr === 'UI' ? 0 : 0x20);
  }
}

const encodeNumbers = (vr: NumberVr, numbers: readonly number[]): Buffer => {
  const size = vr === 'FD' ? 8 : vr === 'US' || vr === 'SS' ? 2 : 4;
  const bytes = Buffer.alloc(size * numbers.length);
  numbers.forEach((number, i) => {
    const at = size * i;
    if (vr === 'FD') bytes.writeDoubleLE(number, at);
    else if (vr === 'FL') bytes.writeFloatLE(number, at);
    else if (vr === 'SL') bytes.writeInt32LE(number, at);
    else if (vr === 'UL') bytes.writeUInt32LE(number, at);
    else if (vr === 'SS') bytes.writeInt16LE(number, at);
    else bytes.writeUInt16LE(number, at);
  });
  return bytes;
};

function evenBytes(bytes: Buffer, padding: number): Buffer {
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.of(padding)]);
}

function delimited(bytes: Buffer): Buffer {
  const head = Buffer.alloc(8);
  writeTag(head, 'fffee000', 0);
  head.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([head, bytes]);
}

/** With an offset table, so that readers find each frame. */
function encapsulated(tag: string, frames: readonly Uint8Array[]): Buffer {
  const head = Buffer.alloc(12);
  writeTag(head, tag, 0);
  head.write('OB', 4, 'latin1');
  head.writeUInt32LE(undefinedLength, 8);
  const fragments = frames.map((frame) => delimited(evenBytes(Buffer.from(frame), 0)));
  const table = Buffer.alloc(4 * frames.length);
  let at = 0;
  fragments.forEach((fragment, i) => {
    table.writeUInt32LE(at, 4 * i);
    at += fragment.length;
  });
  const end = Buffer.alloc(8);
  writeTag(end, 'fffee0dd', 0);
  return Buffer.concat([head, delimited(table), ...fragments, end]);
}
/** DS holds at most 16 characters: the number with as many digits as fit. */
export function decimalString(value: number): string {
  for (let digits = 16; digits > 0; digits--) {
    const text = String(Number(value.toPrecision(digits)));
    if (text.length <= 16) return text;
  }
  return '0';
}
