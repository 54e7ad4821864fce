/** The sheets beside the panes: segmentations, labels with Dice, errors, and what the file says about itself. */
import { button, checkbox, dropdown, progressRing, slider } from '../controls';
import type { ComparisonRow, ErrorComponent, SegmentationInfo } from '../../src/protocol/volume';
import { toHex, type Colour } from './colours';
import type { ViewState } from './state';
import { differenceKinds, type Study } from './study';

/** What the sheets may ask of the page. */
export interface SectionOwner {
  readonly study: Study;
  readonly state: ViewState;
  change(change: Partial<ViewState>): void;
  chooseSegmentation(): void;
  goToError(error: ErrorComponent): void;
  goToLabel(label: number): void;
}

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = '',
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** A sheet that is built anew only when what it shows has changed, so that focus stays while slices scroll by. */
export class Section {
  readonly element = element('details', 'section');
  private readonly body = element('div', 'section-body');
  private key = '';

  constructor(
    title: string,
    private readonly keyOf: () => string | undefined,
    private readonly build: () => (Node | string)[],
    isOpen = true,
  ) {
    this.element.open = isOpen;
    this.element.append(element('summary', '', title), this.body);
  }

  refresh(): void {
    const key = this.keyOf();
    this.element.hidden = key === undefined;
    if (key === undefined || key === this.key) return;
    this.key = key;
    this.body.replaceChildren(...this.build());
  }
}

/** The pair that Dice and difference are about: the first shown prediction, and the reference. */
export function comparedPair(study: Study, state: ViewState): { prediction: string; reference: string } | undefined {
  if (state.layout.kind === 'difference')
    return { prediction: state.layout.prediction, reference: state.layout.reference };
  const reference = study.segmentations.find((one) => one.source === 'label');
  const shown = [...state.segmentations, ...(state.layout.kind === 'compare' ? state.layout.segmentations : [])];
  const others = study.segmentations.filter((one) => one !== reference);
  const prediction = others.find((one) => shown.includes(one.id)) ?? others[0];
  if (reference && prediction) return { prediction: prediction.id, reference: reference.id };
  const [first, second] = others;
  return first && second ? { prediction: second.id, reference: first.id } : undefined;
}

export function sections(owner: SectionOwner): Section[] {
  return [segmentationSection(owner), labelSection(owner), errorSection(owner), fileSection(owner)];
}

function segmentationSection(owner: SectionOwner): Section {
  return new Section(
    'Segmentations',
    () => {
      const { study, state } = owner;
      const loads = study.segmentations.map(({ id, name }) => [
        id,
        name,
        shownIds(state).includes(id) && study.mask(id).state,
      ]);
      return JSON.stringify([loads, state.segmentations, state.layout]);
    },
    () => {
      const { study, state } = owner;
      const rows = study.segmentations.map((one) => segmentationRow(owner, one));
      const add = button({
        label: 'Add Segmentation…',
        title: 'Show a segmentation from another file',
        onClick: () => owner.chooseSegmentation(),
      });
      const empty = element(
        'p',
        'hint',
        'No segmentation was found beside this image. A label in labelsTr or a prediction of the same case appears here by itself.',
      );
      const looks = element('div', 'row looks');
      looks.append(
        slider({
          label: 'Opacity',
          min: 0,
          max: 1,
          step: 0.05,
          value: state.opacity,
          describe: (value) => `${Math.round(value * 100)} %`,
          onInput: (opacity) => owner.change({ opacity }),
        }).element,
        checkbox({
          label: 'Outline',
          title: 'Draw labels as outlines (O)',
          checked: state.isOutline,
          onChange: (isOutline) => owner.change({ isOutline }),
        }).element,
      );
      return [...(rows.length > 0 ? [...rows, looks] : [empty]), add.element];
    },
  );
}

const shownIds = (state: ViewState): string[] =>
  state.layout.kind === 'compare' ? state.layout.segmentations : state.segmentations;

function segmentationRow({ study, state, change }: SectionOwner, one: SegmentationInfo): HTMLElement {
  const shown = shownIds(state);
  const isShown = shown.includes(one.id);
  const box = checkbox({
    label: one.name,
    title: `${one.name} (${one.detail})`,
    checked: isShown,
    onChange: (checked) => {
      const ids = checked ? [...shown, one.id] : shown.filter((id) => id !== one.id);
      if (state.layout.kind === 'compare') change({ layout: { ...state.layout, segmentations: ids } });
      else change({ segmentations: ids });
    },
  });
  const row = element('div', 'row segmentation', box.element);
  const load = isShown ? study.mask(one.id) : undefined;
  if (load?.state === 'loading') row.append(progressRing('Reading'));
  if (load?.state === 'failed') {
    const message = element('p', 'error', [load.message, load.hint].filter(Boolean).join(' '));
    message.setAttribute('role', 'alert');
    const again = button({ label: 'Try Again', onClick: () => study.retry(one.id) });
    return element('div', 'block', row, message, again.element);
  }
  const warnings =
    load?.state === 'ready' ? load.value.warnings.map(({ message }) => element('p', 'hint', message)) : [];
  return warnings.length > 0 ? element('div', 'block', row, ...warnings) : row;
}

export function swatch(colour: Colour): HTMLElement {
  const mark = element('span', 'swatch');
  mark.style.background = toHex(colour);
  mark.setAttribute('aria-hidden', 'true');
  return mark;
}

/** Labels that occur in any shown segmentation. */
export function shownLabels(study: Study, state: ViewState): { value: number; voxels: number }[] {
  const pair = state.layout.kind === 'difference' ? [state.layout.prediction, state.layout.reference] : [];
  const found = new Map<number, number>();
  for (const id of pair.length > 0 ? pair : shownIds(state)) {
    const load = study.mask(id);
    if (load.state !== 'ready') continue;
    for (const { value, voxels } of load.value.labels) if (!found.has(value)) found.set(value, voxels);
  }
  return [...found].map(([value, voxels]) => ({ value, voxels })).sort((a, b) => a.value - b.value);
}

const percent = (dice: number | null): string => (dice === null ? '–' : dice.toFixed(3));

function labelSection(owner: SectionOwner): Section {
  return new Section(
    'Labels',
    () => {
      const { study, state } = owner;
      const labels = shownLabels(study, state);
      if (labels.length === 0) return undefined;
      const pair = comparedPair(study, state);
      const comparison = pair && study.compare(pair.prediction, pair.reference);
      return JSON.stringify([labels, state.hiddenLabels, pair, comparison?.state]);
    },
    () => {
      const { study, state } = owner;
      const labels = shownLabels(study, state);
      const pair = comparedPair(study, state);
      const comparison = pair && study.compare(pair.prediction, pair.reference);
      const rows = comparison?.state === 'ready' ? comparison.value.rows : [];
      const list = element('table', 'labels');
      const head = element('tr', '');
      const heading = (text: string, title: string): HTMLElement => {
        const cell = element('th', '', text);
        cell.scope = 'col';
        cell.title = title;
        return cell;
      };
      head.append(
        heading('Label', 'Tick to show; press the name to go there'),
        heading('Dice', 'Overlap of the compared segmentations, 0 to 1'),
      );
      list.append(element('thead', '', head));
      const body = element('tbody', '');
      for (const { value } of labels) body.append(labelRow(owner, value, rows));
      for (const row of rows.filter((one) => one.labels.length > 1)) body.append(regionRow(row));
      list.append(body);
      const all = button({
        label: state.hiddenLabels.length > 0 ? 'Show All Labels' : 'Hide All Labels',
        onClick: () =>
          owner.change({ hiddenLabels: state.hiddenLabels.length > 0 ? [] : labels.map(({ value }) => value) }),
      });
      return [list, ...comparisonNote(study, pair, comparison), all.element];
    },
  );
}

function labelRow(
  { study, state, change, goToLabel }: SectionOwner,
  value: number,
  rows: ComparisonRow[],
): HTMLElement {
  const info = study.labelInfo(value, shownIds(state));
  const isHidden = state.hiddenLabels.includes(value);
  const box = checkbox({
    label: '',
    title: `Show ${info.name}`,
    checked: !isHidden,
    mark: swatch(info.colour),
    onChange: (checked) =>
      change({
        hiddenLabels: checked ? state.hiddenLabels.filter((one) => one !== value) : [...state.hiddenLabels, value],
      }),
  });
  const name = element('button', 'link', info.name);
  name.type = 'button';
  name.title = `Go to the middle of ${info.name}`;
  name.addEventListener('click', () => goToLabel(value));
  const found = rows.find((row) => row.labels.length === 1 && row.labels[0] === value);
  return element('tr', '', element('td', '', element('span', 'label-cell', box.element, name)), diceCell(found));
}

function regionRow(row: ComparisonRow): HTMLElement {
  return element('tr', '', element('td', '', element('span', 'label-cell region', row.name)), diceCell(row));
}

function diceCell(row: ComparisonRow | undefined): HTMLElement {
  const cell = element('td', 'dice', row ? percent(row.dice) : '');
  if (row) {
    const cm3 = (mm3: number): string => (mm3 >= 1000 ? `${(mm3 / 1000).toFixed(1)} cm³` : `${mm3.toFixed(0)} mm³`);
    cell.title = `Prediction ${cm3(row.predictionVolumeMm3)}, reference ${cm3(row.referenceVolumeMm3)}; ${row.falsePositive} voxels too many, ${row.falseNegative} missing`;
    cell.style.setProperty('--dice', String(row.dice ?? 0));
  }
  return cell;
}

function comparisonNote(
  study: Study,
  pair: ReturnType<typeof comparedPair>,
  comparison: ReturnType<Study['compare']> | undefined,
): HTMLElement[] {
  if (!pair || !comparison) return [];
  if (comparison.state === 'loading') return [progressRing('Computing Dice')];
  const [prediction, reference] = [study.segmentation(pair.prediction)?.name, study.segmentation(pair.reference)?.name];
  const names = element('p', 'hint', `${prediction} compared with ${reference}`);
  if (comparison.state === 'failed') {
    const message = element('p', 'error', `Dice could not be computed. ${comparison.message}`);
    message.setAttribute('role', 'alert');
    return [names, message];
  }
  const { meanDice, warnings } = comparison.value;
  const mean = element('p', 'mean', `Mean Dice ${percent(meanDice)}`);
  return [mean, names, ...warnings.map(({ message }) => element('p', 'hint', message))];
}

/** As many errors are listed at once. */
const listedErrors = 50;

function errorSection(owner: SectionOwner): Section {
  return new Section(
    'Differences',
    () => {
      const { study, state } = owner;
      const pair = comparedPair(study, state);
      if (!pair) return undefined;
      const isShown = state.layout.kind === 'difference';
      const load = isShown ? study.difference(pair.prediction, pair.reference) : undefined;
      return JSON.stringify([pair, isShown, load?.state, study.segmentations.map(({ id }) => id)]);
    },
    () => {
      const { study, state, change } = owner;
      const pair = comparedPair(study, state);
      if (!pair) return [];
      if (state.layout.kind !== 'difference') {
        const show = button({
          label: 'Show Differences',
          title: 'Colour where the two segmentations disagree, and list the errors by size',
          onClick: () => change({ layout: { kind: 'difference', ...pair } }),
        });
        return [show.element];
      }
      const choose = (role: 'prediction' | 'reference', label: string): HTMLElement =>
        dropdown({
          label,
          choices: study.segmentations.map(({ id, name }) => ({ value: id, label: name })),
          value: pair[role],
          onChange: (id) => change({ layout: { kind: 'difference', ...pair, [role]: id } }),
        }).element;
      const legend = element('ul', 'legend');
      for (const { name, colour } of differenceKinds.values()) legend.append(element('li', '', swatch(colour), name));
      return [choose('prediction', 'Checked'), choose('reference', 'Reference'), legend, ...errorList(owner, pair)];
    },
  );
}

function errorList(owner: SectionOwner, pair: { prediction: string; reference: string }): HTMLElement[] {
  const load = owner.study.difference(pair.prediction, pair.reference);
  if (load.state === 'loading') return [progressRing('Looking for differences')];
  if (load.state === 'failed') {
    const message = element('p', 'error', [load.message, load.hint].filter(Boolean).join(' '));
    message.setAttribute('role', 'alert');
    return [message];
  }
  const { errors, total } = load.value;
  if (errors.length === 0) return [element('p', 'hint', 'No differences: every voxel has the same label.')];
  const kinds: Record<ErrorComponent['kind'], number> = { falsePositive: 2, falseNegative: 3, otherLabel: 4 };
  const list = element('ol', 'errors');
  for (const error of errors.slice(0, listedErrors)) {
    const kind = differenceKinds.get(kinds[error.kind]);
    const nameOf = (label: number): string => owner.study.labelInfo(label, [pair.prediction, pair.reference]).name;
    const [checked, reference] = [nameOf(error.predictionLabel), nameOf(error.referenceLabel)];
    const detail = {
      falsePositive: checked,
      falseNegative: reference,
      otherLabel: `${checked} instead of ${reference}`,
    };
    const go = element('button', 'error-row');
    go.type = 'button';
    go.append(
      ...(kind ? [swatch(kind.colour)] : []),
      element('span', 'error-name', `${kind?.name ?? ''}: ${detail[error.kind]}`),
      element('span', 'error-size', `${error.voxels.toLocaleString()} voxels`),
    );
    go.title = `Go there (${error.volumeMm3.toFixed(1)} mm³)`;
    go.addEventListener('click', () => owner.goToError(error));
    list.append(element('li', '', go));
  }
  const more = total > listedErrors ? [element('p', 'hint', `The ${listedErrors} largest of ${total}`)] : [];
  return [list, ...more];
}

function fileSection(owner: SectionOwner): Section {
  return new Section(
    'File',
    () => 'once',
    () => {
      const { description } = owner.study;
      const warnings = description.warnings.map(({ message }) => element('p', 'warning', message));
      return [...warnings, ...headerTables(description.header)];
    },
    false,
  );
}

export function headerTables(header: readonly { section: string; name: string; value: string }[]): HTMLElement[] {
  const names = [...new Set(header.map(({ section }) => section))];
  return names.map((section) => {
    const table = element('table', 'header');
    table.append(element('caption', '', section));
    for (const { name, value } of header.filter((one) => one.section === section)) {
      const head = element('th', '', name);
      head.scope = 'row';
      table.append(element('tr', '', head, element('td', '', value)));
    }
    return table;
  });
}
