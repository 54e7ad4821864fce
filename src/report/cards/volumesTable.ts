/** The volumes of the labels in a folder of masks, as a table, with means below. */
import { t } from '@vscode/l10n';
import { mean } from '../../method/means';
import { standardDeviation } from '../../method/statistics';
import type { MeasuredVolumes } from '../../jobs/results';
import type { TableCell, TableContent } from '../../protocol/table';
import { counted } from '../../words/counted';
import { millilitres } from '../../words/quantities';

export function volumesTable({ cases, labels, unit, file }: MeasuredVolumes, folder: string): TableContent {
  const means: [string, TableCell][] = labels.map(({ key }) => {
    const values = cases.map(({ volumes }) => volumes[key] ?? 0);
    const deviation = standardDeviation(values);
    const middle = millilitres(mean(values));
    return [
      key,
      { text: Number.isNaN(deviation) ? middle : `${middle} ± ${millilitres(deviation)}`, value: mean(values) },
    ];
  });
  return {
    title: t('Volumes: {0}', folder),
    text: [t('{0}, in {1}. The same stands in {2}.', counted(cases.length, 'mask'), unit, file)],
    columns: [
      { key: 'case', title: t('Mask') },
      ...labels.map(({ key, name }) => ({ key, title: `${name} (${unit})`, isNumber: true })),
    ],
    rows: cases.map(({ id, mask, volumes }) => ({
      id: mask,
      cells: {
        case: { text: id, link: mask, title: t('Open {0}', mask) },
        ...Object.fromEntries(
          labels.map(({ key }) => [key, { text: millilitres(volumes[key] ?? 0), value: volumes[key] ?? 0 }]),
        ),
      },
    })),
    footer: [{ id: 'mean', cells: { case: { text: t('Mean') }, ...Object.fromEntries(means) } }],
  };
}
