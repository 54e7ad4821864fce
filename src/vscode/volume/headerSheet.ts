/** Words what a file says about itself for the editor's header sheet. The fields of NIfTI files are read by nifti-reader-js. */
import { NIFTI1, readHeader, type NIFTI2 } from 'nifti-reader-js';
import { axisCodes } from '../../geometry/axes';
import type { ImageHeader } from '../../images/types';
import type { HeaderEntry } from '../../protocol/volume';

const number = (value: number): string => String(Number(value.toPrecision(7)));
const numbers = (values: readonly number[], between = ', '): string => values.map(number).join(between);

/** @param hasSpacing  false: what the reader says of millimetres are its defaults, and not shown */
export function headerSheet(
  header: ImageHeader,
  hasSpacing: boolean,
  niftiFields: readonly HeaderEntry[],
): HeaderEntry[] {
  const [z, y, x] = header.spacing;
  const entries: HeaderEntry[] = [
    { section: 'Volume', name: 'Format', value: header.format },
    { section: 'Volume', name: 'Shape', value: `${header.fileShape.join(' x ')} voxels` },
    { section: 'Volume', name: 'Spacing', value: hasSpacing ? `${numbers([x, y, z], ' x ')} mm` : 'not in the file' },
    { section: 'Volume', name: 'Channels', value: String(header.channels) },
    ...(hasSpacing ? position(header) : []),
    { section: 'Values', name: 'Stored type', value: `${header.storedType}, ${header.byteOrder} endian` },
  ];
  if (header.scaling) {
    const { slope, intercept } = header.scaling;
    entries.push({ section: 'Values', name: 'Scaling', value: `stored x ${number(slope)} + ${number(intercept)}` });
  }
  return [...entries, ...niftiFields];
}

function position({ affine }: ImageHeader): HeaderEntry[] {
  return [
    { section: 'Position', name: 'Axes run to', value: axisCodes(affine) },
    ...affine.slice(0, 3).map((row, i) => ({
      section: 'Position',
      name: `To ${['right', 'anterior', 'superior'][i]} (mm)`,
      value: numbers(row),
    })),
  ];
}

const spaces = ['unknown', 'scanner', 'aligned to another scan', 'Talairach', 'MNI 152', 'template'];
const units = ['unknown', 'metre', 'millimetre', 'micrometre'];

/** What only the NIfTI header says. Empty where it can't be read: then it is src/images that says why. */
interface NiftiFields {
  entries: HeaderEntry[];
  /** False: neither qform nor sform is set. */
  hasOrientation: boolean;
}

/** @param start  beginning of the uncompressed file */
export function readNiftiFields(start: Uint8Array): NiftiFields | undefined {
  let header: NIFTI1 | NIFTI2;
  try {
    // A copy that ends with the header: extensions may be cut off here, and are not shown.
    const isSecond = start[0] === 0x1c || start[3] === 0x1c;
    const bytes = new Uint8Array((isSecond ? 540 : 348) + 4);
    bytes.set(start.subarray(0, bytes.length - 4));
    header = readHeader(bytes.buffer, true);
  } catch {
    return undefined;
  }
  const entries: HeaderEntry[] = [];
  const add = (section: string, name: string, value: string): void => {
    const text = printable(value);
    if (text) entries.push({ section, name, value: text });
  };
  add('Position', 'qform', spaces[header.qform_code] ?? String(header.qform_code));
  add('Position', 'sform', spaces[header.sform_code] ?? String(header.sform_code));
  add('Position', 'Unit of length', units[header.xyzt_units & NIFTI1.SPATIAL_UNITS_MASK] ?? 'unknown');
  if (header.cal_max !== 0 || header.cal_min !== 0)
    add('Values', 'Display range (cal_min, cal_max)', numbers([header.cal_min, header.cal_max]));
  if (header.intent_code !== 0) add('Values', 'Intent', `${header.intent_code} ${printable(header.intent_name)}`);
  add('File', 'Description', header.description);
  add('File', 'Auxiliary file', header.aux_file);
  if ((header.dims[4] ?? 1) > 1) add('Volume', 'Step of 4th axis', number(header.pixDims[4] ?? 0));
  return { entries, hasOrientation: header.qform_code > 0 || header.sform_code > 0 };
}

/** Header strings end at the first zero byte and may hold anything behind it. */
function printable(text: string | undefined): string {
  const [before = ''] = (text ?? '').split('\0');
  return before.replace(/[\u0000-\u001f\u007f]/g, ' ').trim();
}
