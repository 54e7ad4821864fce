/** The sheets at the side: there where the editor is wide, over the panes and only when asked for where it is narrow. */
import { t } from '@vscode/l10n';
import { element } from './element';
import { narrowBelow } from './fitting';
import type { Section } from './section';
import type { SectionOwner } from './sectionOwner';
import { sections } from './sections';

export class Sheets {
  readonly element = element('aside', 'sheets');
  private readonly sections: Section[];
  private isNarrow: boolean | undefined;

  /**
   * @param wanted  the person's choice; undefined: where there is room
   * @param onChange  they are shown now, or not
   */
  constructor(
    owner: SectionOwner,
    public wanted: boolean | undefined,
    private readonly onChange: () => void,
  ) {
    this.sections = sections(owner);
    this.element.setAttribute('aria-label', t('Segmentations and file'));
    this.element.append(...this.sections.map((section) => section.element));
    this.element.hidden = !this.areShown;
  }

  get areShown(): boolean {
    return this.wanted ?? !this.isNarrow;
  }

  toggle(): void {
    this.wanted = !this.areShown;
    this.show();
  }

  /** @param width  of the whole page, CSS pixels */
  fit(width: number): void {
    const isNarrow = width < narrowBelow;
    if (isNarrow === this.isNarrow) return;
    // What was wanted with much room is not wanted with little.
    if (this.isNarrow !== undefined) this.wanted = undefined;
    this.isNarrow = isNarrow;
    this.element.classList.toggle('is-over', isNarrow);
    this.show();
  }

  private show(): void {
    this.element.hidden = !this.areShown;
    this.onChange();
  }

  refresh(): void {
    for (const section of this.sections) section.refresh();
  }
}
