/** A sheet at the side of the panes, built anew only when what it shows has changed, so that the focus stays while slices scroll by. */
import { element } from './element';

const focusable = 'a, button, input, vscode-button, vscode-checkbox, vscode-dropdown';

export class Section {
  readonly element = element('details', 'section');
  private readonly body = element('div', 'section-body');
  private key = '';

  /** @param keyOf  changes with what is shown; undefined where there is nothing to show */
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
    const focused = this.focused();
    this.body.replaceChildren(...this.build());
    // A page that takes the focus back closes the list that the person is choosing from.
    if (focused && document.hasFocus()) this.focusAgain(focused);
  }

  private controls(): HTMLElement[] {
    return [...this.body.querySelectorAll<HTMLElement>(focusable)];
  }

  private focused(): { name: string; at: number } | undefined {
    const at = this.controls().findIndex((one) => one === document.activeElement);
    const found = this.controls()[at];
    return found && { name: nameOf(found), at };
  }

  /** The control of the same name, else the one that took its place. */
  private focusAgain({ name, at }: { name: string; at: number }): void {
    const controls = this.controls();
    (controls.find((one) => nameOf(one) === name) ?? controls[Math.min(at, controls.length - 1)])?.focus();
  }
}

const nameOf = (control: HTMLElement): string =>
  `${control.tagName} ${control.getAttribute('aria-label') ?? control.textContent}`;
