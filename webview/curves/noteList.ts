/** The list of what is to be remarked of the trainings, the gravest first; a press on a note leads to its epoch. */
import { t } from '@vscode/l10n';
import type { CurveNote, CurveRun } from '../../src/protocol/curves';
import { iconElement } from '../controls';
import { icons } from './icons';

export class NoteList {
  readonly element = document.createElement('ul');

  /** @param goTo  shows an epoch, counted from 1 */
  constructor(private readonly goTo: (epoch: number) => void) {
    this.element.className = 'notes';
    this.element.setAttribute('aria-label', t('Notes'));
  }

  draw(runs: readonly CurveRun[]): void {
    // The best epoch also stands in the list of trainings: several of them would only push other notes away.
    const all = runs.flatMap((run) =>
      run.notes
        .filter(({ code }) => runs.length === 1 || code !== 'best-epoch')
        .map((note) => ({ note, text: runs.length > 1 ? `${run.name}: ${note.text}` : note.text })),
    );
    const order = { error: 0, warning: 1, info: 2 };
    all.sort((a, b) => order[a.note.severity] - order[b.note.severity]);
    this.element.replaceChildren(...all.map(({ note, text }) => this.row(note, text)));
    if (all.length === 0) {
      const row = document.createElement('li');
      row.className = 'note-none';
      row.textContent = t('Nothing to remark yet.');
      this.element.append(row);
    }
  }

  private row(note: CurveNote, text: string): HTMLElement {
    const row = document.createElement('li');
    row.className = `note note-${note.severity}`;
    const words = document.createElement('span');
    words.textContent = text;
    const icon = iconElement(icons[note.severity]);
    icon.removeAttribute('aria-hidden');
    icon.setAttribute('role', 'img');
    icon.setAttribute(
      'aria-label',
      { error: t('Error'), warning: t('Warning'), info: t('Information') }[note.severity],
    );
    if (note.epoch === undefined) {
      row.append(icon, words);
      return row;
    }
    const epoch = note.epoch + 1;
    const link = document.createElement('button');
    link.className = 'note-link';
    link.type = 'button';
    link.title = t('Show epoch {0}', epoch);
    link.append(icon, words);
    link.addEventListener('click', () => this.goTo(epoch));
    row.append(link);
    return row;
  }
}
