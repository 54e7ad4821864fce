/** Words what a file says about itself for the editor's header sheet. */
import { axisCodes } from '../../geometry/axes';
import type { NiftiFields } from '../../images/niftiHeader';
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
const units = { unknown: 'unknown', metre: 'metre', mm: 'millimetre', micron: 'micrometre' } as const;

/** What only the NIfTI header says. */
interface DescribedNifti {
  entries: HeaderEntry[];
  /** False: neither qform nor sform is set. */
  hasOrientation: boolean;
}

export function describeNifti({
  format,
  dim,
  pixdim,
  qformCode,
  sformCode,
  spatialUnit,
  intentCode,
  notes,
}: NiftiFields): DescribedNifti {
  const entries: HeaderEntry[] = [];
  const add = (section: string, name: string, value: string): void => {
    if (value) entries.push({ section, name, value });
  };
  if (format !== 'Analyze 7.5') {
    add('Position', 'qform', spaces[qformCode] ?? String(qformCode));
    add('Position', 'sform', spaces[sformCode] ?? String(sformCode));
    add('Position', 'Unit of length', units[spatialUnit]);
  }
  const [low, high] = notes.displayRange;
  if (low !== 0 || high !== 0) add('Values', 'Display range (cal_min, cal_max)', numbers([low, high]));
  if (intentCode !== 0) add('Values', 'Intent', `${intentCode} ${notes.intentName}`.trim());
  add('File', 'Description', notes.description);
  add('File', 'Auxiliary file', notes.auxiliaryFile);
  if ((dim[4] ?? 1) > 1) add('Volume', 'Step of 4th axis', number(pixdim[4] ?? 0));
  return { entries, hasOrientation: qformCode > 0 || sformCode > 0 };
}
