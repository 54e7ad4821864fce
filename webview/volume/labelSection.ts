/** The sheet of labels: what is shown in which colour, how large each is, and Dice. */
import { t } from '@vscode/l10n';
import { button, checkbox } from '../controls';
import type { ComparisonRow } from '../../src/protocol/volume';
import { grouped } from '../../src/words/quantities';
import { fromHex, toHex } from './colours';
import { compared } from './compared';
import { element } from './element';
import { isFound, labelTable, searchedFrom, type LabelRow, type LabelTable, type Size } from './labelTable';
import { countText, volumeText } from './quantities';
import { Section } from './section';
import type { SectionOwner } from './sectionOwner';
import { shortened } from './shortened';

export function labelSection(owner: SectionOwner): Section {
  let sought = '';
  const table = (): LabelTable => labelTable(owner.study, owner.state, compared(owner.study, owner.state));
  return new Section(
    t('Labels'),
    () => {
      const shown = table();
      return shown.rows.length > 0 ? JSON.stringify(shown) : undefined;
    },
    () => {
      const shown = table();
      const { list, rows } = tableElement(owner, shown);
      const filter = (): void => {
        for (const { name, row } of rows) row.hidden = !isFound(name, sought);
      };
      const isLong = shown.rows.length >= searchedFrom;
      if (!isLong) sought = '';
      const search = isLong
        ? [
            searchField(sought, (text) => {
              sought = text;
              filter();
            }),
          ]
        : [];
      filter();
      return [...search, switches(owner, shown), element('div', 'scrolled', list), ...regionNote(shown)];
    },
  );
}

function searchField(value: string, onInput: (text: string) => void): HTMLElement {
  const input = element('input', 'search');
  input.type = 'search';
  input.placeholder = t('Find a label');
  input.setAttribute('aria-label', t('Find a label'));
  input.value = value;
  input.addEventListener('input', () => onInput(input.value));
  return input;
}

function switches({ state, change }: SectionOwner, table: LabelTable): HTMLElement {
  const { rows, columns } = table;
  const values = rows.map(({ value }) => value);
  const all = button({ label: t('All'), title: t('Show all labels'), onClick: () => change({ hiddenLabels: [] }) });
  const none = button({
    label: t('None'),
    title: t('Hide all labels'),
    onClick: () => change({ hiddenLabels: values }),
  });
  all.disabled = state.hiddenLabels.length === 0;
  none.disabled = values.every((value) => state.hiddenLabels.includes(value));
  // The columns of several have no room for it.
  const units = columns.length > 1 ? [element('span', 'hint units', unitsOf(table))] : [];
  return element('div', 'row switches', all.element, none.element, ...units);
}

/** Above the columns of several. */
function unitsOf({ unit, arePixels }: Pick<LabelTable, 'unit' | 'arePixels'>): string {
  if (unit) return arePixels ? t('{0} / pixels', unit) : t('{0} / voxels', unit);
  return arePixels ? t('pixels') : t('voxels');
}

function tableElement(
  owner: SectionOwner,
  table: LabelTable,
): { list: HTMLElement; rows: { name: string; row: HTMLElement }[] } {
  // One is told apart from the others by its column's name; alone it has columns for its two sizes.
  const isOne = table.columns.length === 1;
  const list = element('table', isOne ? 'labels' : 'labels of-many');
  list.append(element('thead', '', isOne ? oneHead(table) : manyHead(table)));
  const body = element('tbody', '');
  const rows = table.rows.map((row) => ({ name: row.name, row: labelRow(owner, table, row, isOne) }));
  body.append(...rows.map(({ row }) => row));
  for (const region of table.regions) body.append(regionRow(owner, table, region, isOne));
  list.append(body);
  return { list, rows };
}

function heading(content: Node | string, title: string, className = ''): HTMLElement {
  const cell = element('th', className, content);
  cell.scope = 'col';
  cell.title = title;
  return cell;
}

const labelHeading = (): HTMLElement => heading(t('Label'), t('Tick to show; press the name to go there'));
const diceHeading = ({ hasOverlap }: LabelTable): HTMLElement[] =>
  hasOverlap ? [heading('Dice', t('Overlap of the compared segmentations, 0 to 1'), 'dice')] : [];

function oneHead(table: LabelTable): HTMLElement {
  const [column] = table.columns;
  const place = column?.isOfRegion ? ` ${t('in the region')}` : '';
  const whole = column?.whole ?? '';
  const unit = table.unit ? [heading(`${table.unit}${place}`, t('Size in {0}', whole), 'size')] : [];
  const counts = heading(
    `${table.arePixels ? t('Pixels') : t('Voxels')}${table.unit ? '' : place}`,
    t('Size in {0}', whole),
    'size',
  );
  return element('tr', '', labelHeading(), ...diceHeading(table), ...unit, counts);
}

function manyHead(table: LabelTable): HTMLElement {
  const names = table.columns.map(({ name, whole, isOfRegion }) => {
    const cell = heading(element('span', 'column-name', shortened(name, 26)), whole, 'size');
    if (isOfRegion) cell.append(element('span', 'place', t('in the region')));
    return cell;
  });
  return element('tr', '', labelHeading(), ...diceHeading(table), ...names);
}

function labelRow(owner: SectionOwner, table: LabelTable, row: LabelRow, isOne: boolean): HTMLElement {
  const { state, change, goToLabel } = owner;
  const { value, name } = row;
  const box = checkbox({
    label: '',
    title: t('Show {0}', name),
    checked: row.isShown,
    onChange: (checked) =>
      change({
        hiddenLabels: checked ? state.hiddenLabels.filter((one) => one !== value) : [...state.hiddenLabels, value],
      }),
  });
  const go = element('button', 'link', name);
  go.type = 'button';
  go.title = t('Go to the middle of {0}', name);
  go.addEventListener('click', () => goToLabel(value));
  const only = element('button', 'only', t('only'));
  only.type = 'button';
  only.title = t('Show only {0}', name);
  only.setAttribute('aria-label', only.title);
  only.addEventListener('click', () =>
    change({ hiddenLabels: table.rows.map((one) => one.value).filter((one) => one !== value) }),
  );
  const label = element('span', 'label-cell', box.element, colourField(owner, row), go, only);
  const cells = row.sizes.flatMap((size) => (isOne ? twoCells(size, table.unit) : [oneCell(size, table.unit)]));
  return element('tr', '', element('td', '', label), ...diceCell(owner, table, row.overlap), ...cells);
}

/** The browser's own field: the theme has none. */
function colourField({ state, change }: SectionOwner, { value, name, colour }: LabelRow): HTMLElement {
  const input = element('input', 'swatch');
  input.type = 'color';
  input.value = toHex(colour);
  input.title = t('Colour of {0}', name);
  input.setAttribute('aria-label', input.title);
  input.addEventListener('change', () => {
    const [red, green, blue] = fromHex(input.value) ?? colour;
    change({ colours: { ...state.colours, [value]: [red, green, blue] } });
  });
  return input;
}

function twoCells(size: Size | undefined, unit: string | undefined): HTMLElement[] {
  const count = element('td', 'size', size ? grouped(size.voxels) : '…');
  return unit ? [element('td', 'size', size?.amount ?? '…'), count] : [count];
}

function oneCell(size: Size | undefined, unit: string | undefined): HTMLElement {
  if (!size) return element('td', 'size', '…');
  const count = grouped(size.voxels);
  const cell = unit
    ? element('td', 'size', size.amount ?? '', element('span', 'count', count))
    : element('td', 'size', count);
  cell.title = size.count;
  return cell;
}

function regionRow(owner: SectionOwner, table: LabelTable, row: ComparisonRow, isOne: boolean): HTMLElement {
  const empty = table.columns.flatMap(() => (isOne && table.unit ? [1, 2] : [1])).map(() => element('td', 'size'));
  const name = element('td', '', element('span', 'label-cell region', row.name));
  return element('tr', '', name, ...diceCell(owner, table, row), ...empty);
}

export const diceText = (dice: number | null): string => (dice === null ? '–' : dice.toFixed(3));

function diceCell({ study }: SectionOwner, table: LabelTable, row: ComparisonRow | undefined): HTMLElement[] {
  if (!table.hasOverlap) return [];
  const cell = element('td', 'dice', row ? diceText(row.dice) : '');
  if (row) {
    const { description } = study;
    const volumes = [volumeText(row.predictionVolumeMm3), volumeText(row.referenceVolumeMm3)] as const;
    const counts = [countText(row.falsePositive, description), countText(row.falseNegative, description)] as const;
    cell.title = description.hasSpacing
      ? t('Checked {0}, reference {1}; {2} too many, {3} missing', ...volumes, ...counts)
      : t('{0} too many, {1} missing', ...counts);
    cell.style.setProperty('--dice', String(row.dice ?? 0));
  }
  return [cell];
}

function regionNote({ columns }: LabelTable): HTMLElement[] {
  const some = columns.filter(({ isOfRegion }) => isOfRegion).map(({ name }) => name);
  if (some.length === 0) return [];
  return [element('p', 'hint', t('{0}: only the drawn region was segmented; sizes are those in it.', some.join(', ')))];
}
