/** The card of a dataset, as HTML for a page: what cases there are, how large, how bright, how much of each label, and which fold leaves out which. */
import { t } from '@vscode/l10n';
import type { Split } from '../../method/splits';
import { boxPlot, median } from '../../method/statistics';
import { counted } from '../../words/counted';
import { escaped } from '../../words/escaped';
import { millilitres, threeDigits } from '../../words/quantities';
import { boxPlots, histogram } from '../charts';
import type { CardChannel, DatasetCard } from './datasetCard';

/** So many cases stand in the table. */
const mostRows = 300;

/** @param splits  undefined: there is no splits_final.json that can be read */
export function datasetCardBody(card: DatasetCard, splits: readonly Split[] | undefined): string {
  const { dataset, cases, labels, channels, unread } = card;
  return [
    `<h1>${escaped(dataset)}</h1>`,
    `<p>${escaped(overview(card))}</p>`,
    ...unread.map(({ id, message }) => `<p role="note">${escaped(t('{0} was left out: {1}', id, message))}</p>`),
    pictures(card),
    heading(t('Sizes')),
    table([t('Axis'), t('Voxels'), t('Median'), t('Spacing (mm)'), t('Median')], sizeRows(card)),
    heading(t('Intensities')),
    ...channels.map(channelPart),
    heading(t('Volumes of the labels ({0})', card.volumeUnit)),
    boxPlots(
      labels.map(({ key, name }) => ({ name, boxes: [boxPlot(present(card, key))] })),
      t(
        'Volume of each label in the cases that have it: quartiles, whiskers to 1.5 times their distance, and outliers',
      ),
    ),
    table(
      [t('Label'), t('Cases with it'), t('Median'), t('Smallest'), t('Largest')],
      labels.map(({ key, name }) => volumeRow(card, key, name)),
    ),
    heading(t('Folds')),
    foldsPart(card, splits),
    heading(t('Cases')),
    table(
      [t('Case'), t('Size (x × y × z)'), t('Spacing (mm)'), ...labels.map(({ name }) => name)],
      cases
        .slice(0, mostRows)
        .map(({ id, shape, spacing, volumes }) => [
          ...[id, sizes(shape), sizes(spacing)],
          ...labels.map(({ key }) => millilitres(volumes[key] ?? 0)),
        ]),
    ),
    cases.length > mostRows ? `<p>${escaped(t('{0} more.', cases.length - mostRows))}</p>` : '',
  ].join('\n');
}

function overview({ cases, channels, labels, created }: DatasetCard): string {
  return t(
    '{0}, {1} ({2}), {3}: {4}. As of {5}.',
    counted(cases.length, 'training case'),
    counted(channels.length, 'channel'),
    channels.map(({ name }) => name).join(', '),
    counted(labels.length, 'label'),
    labels.map(({ name }) => name).join(', '),
    created.slice(0, 10),
  );
}

function pictures({ cases }: DatasetCard): string {
  const drawn = cases.flatMap(({ id, picture }) =>
    picture
      ? [
          `<figure><img src="data:image/png;base64,${picture.png}" width="${picture.width}" height="${picture.height}" alt="${escaped(t('{0}, {1}', id, picture.name))}"><figcaption>${escaped(id)}</figcaption></figure>`,
        ]
      : [],
  );
  return drawn.length > 0 ? `<div class="pictures">${drawn.join('\n')}</div>` : '';
}

/** x, y and z of the image. */
function sizeRows({ cases }: DatasetCard): string[][] {
  return ['x', 'y', 'z'].map((name, at) => {
    const [voxels, mm] = [cases.map(({ shape }) => shape[2 - at]!), cases.map(({ spacing }) => spacing[2 - at]!)];
    return [name, rangeText(voxels), shown(voxels), rangeText(mm), shown(mm)];
  });
}

function shown(values: readonly number[]): string {
  return values.length === 0 ? '' : threeDigits(median(values));
}

function rangeText(values: readonly number[]): string {
  if (values.length === 0) return '';
  const [low, high] = [threeDigits(Math.min(...values)), threeDigits(Math.max(...values))];
  return low === high ? low : t('{0} to {1}', low, high);
}

function channelPart({ name, range: [low, high], all, labelled }: CardChannel): string {
  const draw = (counts: readonly number[], title: string): string =>
    `<figure>${histogram({ low, high, counts }, title)}<figcaption>${escaped(title)}</figcaption></figure>`;
  return [
    `<h3>${escaped(name)}</h3>`,
    draw(all, t('Intensities of {0} in all voxels, but for the last half percent on both sides', name)),
    draw(labelled, t('Intensities of {0} within labels', name)),
  ].join('\n');
}

const present = ({ cases }: DatasetCard, key: string): number[] =>
  cases.flatMap(({ volumes }) => ((volumes[key] ?? 0) > 0 ? volumes[key]! : []));

function volumeRow(card: DatasetCard, key: string, name: string): string[] {
  const values = present(card, key);
  const count = t('{0} of {1}', values.length, card.cases.length);
  if (values.length === 0) return [name, count, '', '', ''];
  return [name, count, ...[median(values), Math.min(...values), Math.max(...values)].map(millilitres)];
}

/** Are the folds alike? How many cases each leaves out, which, and how large their labels are. */
function foldsPart({ cases, labels, volumeUnit }: DatasetCard, splits: readonly Split[] | undefined): string {
  if (!splits) {
    return `<p>${escaped(t('There is no splits_final.json yet: the first training makes it, as nnU-Net does, with five folds by chance.'))}</p>`;
  }
  const byId = new Map(cases.map((one) => [one.id, one]));
  const rows = splits.map(({ train, val }, fold) => [
    ...[t('Fold {0}', fold), String(train.length), String(val.length)],
    ...labels.map(({ key }) => {
      const volumes = val.flatMap((id) => byId.get(id)?.volumes[key] ?? []);
      return volumes.length === 0 ? '' : millilitres(median(volumes));
    }),
  ]);
  const heads = [
    t('Fold'),
    t('Trains on'),
    t('Leaves out'),
    ...labels.map(({ name }) => t('Median {0} ({1})', name, volumeUnit)),
  ];
  const lists = splits.map(
    ({ val }, fold) =>
      `<details><summary>${escaped(t('Fold {0} leaves out {1}', fold, counted(val.length, 'case')))}</summary><p>${escaped(val.join(', '))}</p></details>`,
  );
  return [table(heads, rows), ...lists].join('\n');
}

const sizes = (values: readonly number[]): string => [...values].reverse().map(threeDigits).join(' × ');

const heading = (words: string): string => `<h2>${escaped(words)}</h2>`;

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = heads.map((name) => `<th scope="col">${escaped(name)}</th>`).join('');
  const body = rows.map(([first = '', ...rest]) => {
    return `<tr><th scope="row">${escaped(first)}</th>${rest.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`;
  });
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table></div>`;
}
