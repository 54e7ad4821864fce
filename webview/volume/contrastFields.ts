/** The controls of contrast: a choice of presets, and the level and width that are in force. */
import { t } from '@vscode/l10n';
import { dropdown, numberField, type Control } from '../controls';
import { element } from './element';
import type { Window } from './slices';
import type { ViewState } from './state';
import type { Study } from './study';
import { choiceOf, ctPresets, levelAndWidth, shownLevelAndWidth, windowOf } from './windowing';

interface ContrastOwner {
  readonly study: Study;
  readonly window: Window;
  change(change: Partial<ViewState>): void;
  useWindow(id: string): void;
}

export class ContrastFields {
  readonly element = element('div', 'contrast');
  private readonly preset;
  private readonly level: Control<number>;
  private readonly width: Control<number>;

  constructor(private readonly owner: ContrastOwner) {
    this.preset = dropdown<string>({
      label: t('Contrast'),
      showsLabel: false,
      choices: [
        { value: 'auto', label: t('Auto contrast') },
        { value: 'full', label: t('Full range') },
        ...ctPresets.map(({ id, name }) => ({ value: id, label: name })),
        { value: 'own', label: t('Own contrast') },
      ],
      value: 'auto',
      onChange: (id) => owner.useWindow(id),
    });
    const { level, width } = shownLevelAndWidth(owner.window, owner.study.image.hasWholeValues);
    this.level = numberField({
      label: 'L',
      title: t('Level: the value in the middle of the greys'),
      value: level,
      onChange: (typed) => this.use(typed, levelAndWidth(owner.window).width),
    });
    this.width = numberField({
      label: 'W',
      title: t('Width: from black to white'),
      value: width,
      onChange: (typed) => this.use(levelAndWidth(owner.window).level, typed),
    });
    // A colour picture is shown as it is.
    if (!owner.study.description.isColour)
      this.element.append(this.preset.element, this.level.element, this.width.element);
    this.element.hidden = owner.study.description.isColour;
  }

  private use(level: number, width: number): void {
    const window = windowOf(level, width);
    if (window) this.owner.change({ window });
    else this.refresh();
  }

  refresh(): void {
    const { study, window } = this.owner;
    const { level, width } = shownLevelAndWidth(window, study.image.hasWholeValues);
    this.level.value = level;
    this.width.value = width;
    const choice = choiceOf(window, study.image.autoWindow, study.image.range);
    if (this.preset.value !== choice) this.preset.value = choice;
  }
}
