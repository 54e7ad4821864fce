/** The list of keys over the page: Escape or its button closes it, and the focus goes back to where it was. */
import { t } from '@vscode/l10n';
import { button } from '../controls';
import { element } from './element';
import { keyGroups } from './keys';

export function showKeys(page: HTMLElement): void {
  if (page.querySelector('dialog.keys')) return;
  const dialog = element('dialog', 'keys');
  const heading = element('h1', '', t('Keys'));
  heading.id = 'keys-heading';
  dialog.setAttribute('aria-labelledby', heading.id);
  const before = document.activeElement;
  const close = button({ label: t('Close'), onClick: () => dialog.close() });
  const groups = keyGroups.map(({ title, lines }) => {
    const table = element('table', '', element('caption', '', title));
    for (const { keys, does } of lines) {
      const names = keys.flatMap((key, index) => [...(index > 0 ? [' '] : []), element('kbd', '', key)]);
      const head = element('th', '', ...names);
      head.scope = 'row';
      table.append(element('tr', '', head, element('td', '', does)));
    }
    return table;
  });
  const hint = element('p', 'hint', t('Keys work while a pane has the focus: click into it, or press Tab.'));
  dialog.append(heading, element('div', 'groups', ...groups), hint, close.element);
  // What is pressed here is not for the panes.
  dialog.addEventListener('keydown', (event) => {
    event.stopPropagation();
    if (event.key === '?') dialog.close();
  });
  dialog.addEventListener('close', () => {
    dialog.remove();
    if (before instanceof HTMLElement && before.isConnected) before.focus();
  });
  page.append(dialog);
  dialog.showModal();
  close.element.focus();
}
