/** A row of groups of controls; those that have no room are behind a button with three dots. */
import { t } from '@vscode/l10n';
import { button, type ButtonControl } from '../controls';
import { element } from './element';
import { groupsThatFit } from './fitting';
import { icons } from './icons';

/** As the style sheet has it. */
const gap = 10;

interface Group {
  element: HTMLElement;
  /** The higher, the longer it stays. */
  importance: number;
}

export class OverflowRow {
  readonly element = element('div', 'toolbar');
  private readonly bar = element('div', 'bar');
  private readonly menu = element('div', 'menu');
  private readonly more: ButtonControl;
  private readonly watching: ResizeObserver;
  private readonly listening = new AbortController();
  /** Widths beside each other: in the menu a group may be folded. */
  private readonly natural = new Map<HTMLElement, number>();

  /** @param fixed  always there, at the end */
  constructor(
    private readonly groups: readonly Group[],
    private readonly fixed: HTMLElement,
  ) {
    this.more = button({
      label: t('More'),
      title: t('More controls'),
      icon: icons.more,
      onClick: () => this.open(!this.isOpen),
    });
    this.menu.id = 'more-controls';
    this.more.element.setAttribute('aria-haspopup', 'true');
    this.more.element.setAttribute('aria-controls', this.menu.id);
    this.fixed.prepend(this.more.element);
    this.bar.append(...groups.map((one) => one.element));
    this.element.append(this.bar, this.fixed, this.menu);
    this.open(false);
    this.watching = new ResizeObserver(() => this.fit());
    for (const one of [this.element, ...groups.map((group) => group.element)]) this.watching.observe(one);
    const { signal } = this.listening;
    this.element.addEventListener('keydown', (event) => this.onEscape(event), { signal });
    document.addEventListener('pointerdown', (event) => this.onPointer(event), { signal });
  }

  private get isOpen(): boolean {
    return this.menu.classList.contains('is-open');
  }

  private open(isOpen: boolean): void {
    this.menu.classList.toggle('is-open', isOpen);
    this.more.element.setAttribute('aria-expanded', String(isOpen));
  }

  private onEscape(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || !this.isOpen) return;
    event.stopPropagation();
    this.open(false);
    this.more.element.focus();
  }

  private onPointer(event: PointerEvent): void {
    if (this.isOpen && !event.composedPath().some((one) => one === this.menu || one === this.more.element))
      this.open(false);
  }

  private fit(): void {
    const isShown = ({ element: one }: Group): boolean => !one.hidden;
    const shown = this.groups.filter(isShown);
    const moreWidth = this.more.element.offsetWidth;
    const room = this.element.clientWidth - 16 - (this.fixed.offsetWidth - moreWidth) - gap;
    const widths = shown.map((one) => this.naturalWidth(one.element));
    const kept = groupsThatFit(
      widths,
      shown.map((one) => one.importance),
      room,
      moreWidth,
      gap,
    );
    const behind = shown.filter((_, index) => !kept.has(index));
    const front = this.groups.filter((one) => !behind.includes(one));
    this.move(this.bar, front);
    this.move(this.menu, behind);
    this.more.element.hidden = behind.length === 0;
    if (behind.length === 0) this.open(false);
  }

  private naturalWidth(one: HTMLElement): number {
    if (one.parentElement === this.bar) this.natural.set(one, one.offsetWidth);
    return this.natural.get(one) ?? one.offsetWidth;
  }

  /** Only what lies elsewhere is moved: moving takes the focus away. */
  private move(to: HTMLElement, groups: readonly Group[]): void {
    groups.forEach(({ element: one }, index) => {
      if (to.children[index] !== one) to.insertBefore(one, to.children[index] ?? null);
    });
  }

  dispose(): void {
    this.watching.disconnect();
    this.listening.abort();
  }
}
