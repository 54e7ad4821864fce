/** Where is this case among those of its folder? "‹ 3 / 25 ›", and whether the worst come first. */
import { t } from '@vscode/l10n';
import { button, checkbox } from '../controls';
import type { VolumeToWebview } from '../../src/protocol/volume';
import { element } from './element';
import { icons } from './icons';

export type CasePlace = Omit<Extract<VolumeToWebview, { type: 'cases' }>, 'type'>;

interface CaseStepsOwner {
  showCase(step: 1 | -1): void;
  orderCases(by: CasePlace['by']): void;
}

export class CaseSteps {
  readonly element = element('div', 'group cases');
  private readonly place = element('span', 'case-place');
  private readonly previous;
  private readonly next;
  private readonly worstFirst;

  constructor(owner: CaseStepsOwner) {
    const step = (icon: 'previous' | 'next', title: string, by: 1 | -1) =>
      button({ label: title, title, icon: icons[icon], onClick: () => owner.showCase(by) });
    this.previous = step('previous', t('Previous case ([)'), -1);
    this.next = step('next', t('Next case (])'), 1);
    this.worstFirst = checkbox({
      label: t('worst first'),
      title: t('Go through the cases by Dice, the worst first'),
      checked: false,
      onChange: (isWorstFirst) => owner.orderCases(isWorstFirst ? 'dice' : 'order'),
    });
    this.element.setAttribute('role', 'group');
    this.place.setAttribute('role', 'status');
    this.element.append(this.previous.element, this.place, this.next.element, this.worstFirst.element);
    this.show(undefined);
  }

  /** @param by  the order that the person chose since the host told the place */
  show(place: CasePlace | undefined, by = place?.by): void {
    this.element.hidden = place === undefined;
    if (!place) return;
    const { index, total, canSortByDice } = place;
    // In another order the place is known once a step was made.
    const isKnown = by === place.by;
    this.place.textContent = `${isKnown ? index + 1 : '–'} / ${total}`;
    this.place.title = t(
      'Case {0} of {1}, {2}',
      isKnown ? index + 1 : '–',
      total,
      by === 'dice' ? t('by Dice, worst first') : t('by name'),
    );
    this.previous.disabled = isKnown && index <= 0;
    this.next.disabled = isKnown && index >= total - 1;
    this.worstFirst.element.hidden = !canSortByDice;
    this.worstFirst.value = by === 'dice';
  }
}
