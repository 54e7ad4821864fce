/** The sheet of the file: what its header says. */
import { t } from '@vscode/l10n';
import { element } from './element';
import { Section } from './section';
import type { SectionOwner } from './sectionOwner';

export function fileSection(owner: SectionOwner): Section {
  return new Section(
    t('File'),
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
