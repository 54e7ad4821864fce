/** A notice that lies over a pane, or over all of them. */
import { t } from '@vscode/l10n';
import { button } from '../controls';
import { element } from './element';
import type { Notice } from './paneContent';

export class NoticeOver {
  readonly element = element('figcaption', 'pane-notice');
  private readonly text = element('span', '');
  private readonly again: HTMLElement | undefined;

  /** @param tryAgain  what a failure offers */
  constructor(tryAgain?: () => void) {
    this.element.hidden = true;
    this.element.append(this.text);
    if (!tryAgain) return;
    this.again = button({ label: t('Try Again'), onClick: tryAgain }).element;
    this.element.append(this.again);
  }

  show(notice: Notice | undefined): void {
    this.element.hidden = !notice;
    this.element.classList.toggle('is-error', notice?.isError === true);
    if (this.again) this.again.hidden = notice?.isError !== true;
    const text = notice ? [notice.message, notice.hint].filter(Boolean).join('\n') : '';
    if (this.text.textContent !== text) this.text.textContent = text;
    this.element.setAttribute('role', notice?.isError ? 'alert' : 'status');
  }
}
