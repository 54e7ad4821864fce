/** What the person should know of the file although it can be shown; they can put it away. */
import { t } from '@vscode/l10n';
import { element } from './element';

/** @param onHide  there is more room for the panes then */
export function warningBanner(messages: readonly string[], onHide: () => void): HTMLElement {
  const banner = element('div', 'banner');
  banner.hidden = messages.length === 0;
  banner.setAttribute('role', 'note');
  const close = element('button', 'close', '×');
  close.type = 'button';
  close.title = t('Hide; the sheet “File” keeps it');
  close.setAttribute('aria-label', t('Hide warnings'));
  close.addEventListener('click', () => {
    banner.hidden = true;
    onHide();
  });
  banner.append(element('span', '', messages.join(' ')), close);
  return banner;
}
