/** Words what a file says about itself for the editor's header sheet. */
import { t } from '@vscode/l10n';
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
    { section: t('Volume'), name: t('Format'), value: header.format },
    { section: t('Volume'), name: t('Shape'), value: t('{0} voxels', header.fileShape.join(' x ')) },
    {
      section: t('Volume'),
      name: t('Spacing'),
      value: hasSpacing ? `${numbers([x, y, z], ' x ')} mm` : t('not in the file'),
    },
    { section: t('Volume'), name: t('Channels'), value: String(header.channels) },
    ...(hasSpacing ? position(header) : []),
    { section: t('Values'), name: t('Stored type'), value: t('{0}, {1} endian', header.storedType, header.byteOrder) },
  ];
  if (header.scaling) {
    const { slope, intercept } = header.scaling;
    entries.push({
      section: t('Values'),
      name: t('Scaling'),
      value: t('stored x {0} + {1}', number(slope), number(intercept)),
    });
  }
  return [...entries, ...niftiFields];
}

function position({ affine }: ImageHeader): HeaderEntry[] {
  return [
    { section: t('Position'), name: t('Axes run to'), value: axisCodes(affine) },
    ...affine.slice(0, 3).map((row, i) => ({
      section: t('Position'),
      name: t('To {0} (mm)', [t('right'), t('anterior'), t('superior')][i]!),
      value: numbers(row),
    })),
  ];
}

const spaces = [t('unknown'), t('scanner'), t('aligned to another scan'), 'Talairach', 'MNI 152', t('template')];
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
    add(t('Position'), 'qform', spaces[qformCode] ?? String(qformCode));
    add(t('Position'), 'sform', spaces[sformCode] ?? String(sformCode));
    add(t('Position'), t('Unit of length'), units[spatialUnit]);
  }
  const [low, high] = notes.displayRange;
  if (low !== 0 || high !== 0) add(t('Values'), t('Display range (cal_min, cal_max)'), numbers([low, high]));
  if (intentCode !== 0) add(t('Values'), t('Intent'), `${intentCode} ${notes.intentName}`.trim());
  add(t('File'), t('Description'), notes.description);
  add(t('File'), t('Auxiliary file'), notes.auxiliaryFile);
  if ((dim[4] ?? 1) > 1) add(t('Volume'), t('Step of 4th axis'), number(pixdim[4] ?? 0));
  return { entries, hasOrientation: qformCode > 0 || sformCode > 0 };
}
