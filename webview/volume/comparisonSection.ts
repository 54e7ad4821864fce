/** The sheet of the comparison: what is checked against what, Dice, and the list of errors to go through. */
import { t } from '@vscode/l10n';
import { button, dropdown, progressRing } from '../controls';
import type { ErrorComponent } from '../../src/protocol/volume';
import { compared, type Compared } from './compared';
import { differenceKinds, kindOf } from './differenceKinds';
import { alertText, element, swatch } from './element';
import { failures } from './failures';
import { diceText } from './labelSection';
import { countText, volumeText } from './quantities';
import { swapped, withPair } from './roles';
import { Section } from './section';
import type { SectionOwner } from './sectionOwner';
import { shortened } from './shortened';
import type { Pair } from './state';

/** As many errors are listed at once. */
const listedErrors = 50;
/** Characters that a choice has room for. */
const choiceLength = 30;

export function comparisonSection(owner: SectionOwner): Section {
  return new Section(
    t('Comparison'),
    () => {
      const { study, state } = owner;
      const of = compared(study, state);
      if (!of) return undefined;
      const isShown = state.layout.kind === 'difference';
      const load = isShown ? study.comparisons.difference(of.pair.prediction, of.pair.reference).state : undefined;
      const names = study.segmentations.map(({ id, name }) => [id, name]);
      const { comparison, difference } = failures(study, state);
      const isLost = isUnreadable(owner, of.pair);
      return JSON.stringify([
        isLost,
        of.pair,
        of.outcome?.state,
        isShown,
        load,
        names,
        comparison,
        difference,
        state.colours,
      ]);
    },
    () => {
      const { study, state } = owner;
      const of = compared(study, state);
      if (!of) return [];
      const said = failures(study, state);
      if (isUnreadable(owner, of.pair)) return roles(owner, of.pair);
      return [
        ...roles(owner, of.pair),
        ...diceNote(owner, of),
        ...(said.comparison ? [alertText(t('Dice could not be computed.'), said.comparison.message)] : []),
        ...differences(owner, of.pair),
        ...(said.difference ? [alertText(said.difference.message, said.difference.hint)] : []),
      ];
    },
  );
}

/** Its row in the sheet of segmentations says why. */
const isUnreadable = ({ study }: SectionOwner, { prediction, reference }: Pair): boolean =>
  [prediction, reference].some((id) => study.knownMask(id)?.state === 'failed');

/** Who is checked and who is the truth, to be seen and turned round. */
function roles({ study, state, change }: SectionOwner, pair: Pair): HTMLElement[] {
  const choose = (role: keyof Pair, label: string): HTMLElement => {
    const { element: control } = dropdown({
      label,
      choices: study.segmentations.map(({ id, name }) => ({ value: id, label: shortened(name, choiceLength) })),
      value: pair[role],
      onChange: (id) => {
        const other = role === 'prediction' ? pair.reference : pair.prediction;
        change(withPair(state, id === other ? swapped(pair) : { ...pair, [role]: id }));
      },
    });
    const chosen = study.segmentation(pair[role]);
    control.title = `${label}: ${chosen?.name ?? ''} (${chosen?.detail ?? ''})`;
    control.classList.add('role');
    control.dataset.role = role;
    return control;
  };
  const swap = button({
    label: t('Swap'),
    title: t('Swap: check the reference against the other'),
    onClick: () => change(withPair(state, swapped(pair))),
  });
  return [
    element('div', 'roles', choose('prediction', t('Checked')), choose('reference', t('Reference')), swap.element),
  ];
}

function diceNote({ study }: SectionOwner, { pair, outcome }: Compared): HTMLElement[] {
  if (!outcome) {
    const ask = button({
      label: t('Compare'),
      title: t('Compute Dice of these two'),
      onClick: () => study.comparisons.ask(pair),
    });
    return [ask.element];
  }
  if (outcome.state === 'loading') return [progressRing(t('Computing Dice'))];
  if (outcome.state === 'failed') return [];
  const { meanDice, warnings } = outcome.value;
  const masks = [pair.prediction, pair.reference].map((id) => study.knownMask(id));
  const known = masks.flatMap((load) => (load?.state === 'ready' ? load.value.warnings : [])).map((one) => one.message);
  return [
    element('p', 'mean', t('Mean Dice {0}', diceText(meanDice))),
    ...warnings.filter(({ message }) => !known.includes(message)).map(({ message }) => element('p', 'hint', message)),
  ];
}

function differences(owner: SectionOwner, pair: Pair): HTMLElement[] {
  if (owner.state.layout.kind !== 'difference') {
    const show = button({
      label: t('Show Differences'),
      title: t('Colour where the two segmentations disagree, and list the errors by size (D)'),
      onClick: () => owner.toggleDifferences(),
    });
    return [show.element];
  }
  const leave = button({
    label: t('Leave Differences'),
    title: t('Back to the masks (D)'),
    onClick: () => owner.toggleDifferences(),
  });
  const legend = element('ul', 'legend');
  for (const { name, colour } of differenceKinds.values()) legend.append(element('li', '', swatch(colour), name));
  return [leave.element, legend, ...errorList(owner, pair)];
}

function errorList(owner: SectionOwner, pair: Pair): HTMLElement[] {
  const load = owner.study.comparisons.difference(pair.prediction, pair.reference);
  if (load.state === 'loading') return [progressRing(t('Looking for differences'))];
  if (load.state === 'failed') return [];
  const { errors, total } = load.value;
  if (errors.length === 0) return [element('p', 'hint', t('No differences: every voxel has the same label.'))];
  const list = element('ol', 'errors');
  for (const error of errors.slice(0, listedErrors)) list.append(element('li', '', errorRow(owner, pair, error)));
  const more = total > listedErrors ? [element('p', 'hint', t('The {0} largest of {1}', listedErrors, total))] : [];
  return [list, ...more];
}

function errorRow({ study, goToError }: SectionOwner, pair: Pair, error: ErrorComponent): HTMLElement {
  const kind = kindOf(error);
  const nameOf = (label: number): string => study.labelInfo(label, [pair.prediction, pair.reference]).name;
  const [checked, reference] = [nameOf(error.predictionLabel), nameOf(error.referenceLabel)];
  const detail = {
    falsePositive: checked,
    falseNegative: reference,
    otherLabel: t('{0} instead of {1}', checked, reference),
  };
  const go = element('button', 'error-row');
  go.type = 'button';
  go.append(
    ...(kind ? [swatch(kind.colour)] : []),
    element('span', 'error-name', `${kind?.name ?? ''}: ${detail[error.kind]}`),
    element('span', 'error-size', countText(error.voxels, study.description)),
  );
  go.title = study.description.hasSpacing ? t('Go there ({0})', volumeText(error.volumeMm3)) : t('Go there');
  go.addEventListener('click', () => goToError(error));
  return go;
}
