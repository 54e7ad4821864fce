/** The list of trainings beside the charts: which are shown, how each is doing, its log, and how it leaves the page. */
import { t } from '@vscode/l10n';
import type { CurveColumns, CurveRun, CurvesRequest } from '../../src/protocol/curves';
import { button, checkbox, themeKind } from '../controls';
import { swatch } from './chart';
import { icons } from './icons';
import { lineColor } from './palette';
import { rowOfEpoch } from './series';

interface RunListOwner {
  numbers: ReadonlyMap<string, CurveColumns>;
  /** What a run that is going on does now. */
  progress: ReadonlyMap<string, string>;
  isHidden(run: string): boolean;
  show(run: string, isShown: boolean): void;
  ask(request: CurvesRequest): void;
}

const stateWords: Record<CurveRun['state'], string> = {
  running: t('Running'),
  finished: t('Finished'),
  stopped: t('Stopped'),
  failed: t('Failed'),
  interrupted: t('Interrupted'),
  unknown: '',
};

export class RunList {
  readonly element = document.createElement('ul');
  private readonly states = new Map<CurveRun, HTMLElement>();

  constructor(private readonly owner: RunListOwner) {
    this.element.className = 'runs';
    this.element.setAttribute('aria-label', t('Trainings'));
  }

  draw(runs: readonly CurveRun[]): void {
    const focused = (document.activeElement as HTMLElement | null)?.dataset.focusKey;
    this.states.clear();
    this.element.replaceChildren(...runs.map((run, index) => this.row(run, index)));
    if (focused && document.hasFocus())
      document.querySelector<HTMLElement>(`[data-focus-key="${CSS.escape(focused)}"]`)?.focus();
  }

  /** Only the words: buttons that were made anew several times a second could not be clicked. */
  tellStates(): void {
    for (const [run, state] of this.states) state.textContent = this.stateText(run);
  }

  private row(run: CurveRun, index: number): HTMLElement {
    const row = document.createElement('li');
    row.className = 'run';
    row.title = run.detail;
    const toggle = checkbox({
      label: run.name,
      checked: !this.owner.isHidden(run.id),
      mark: swatch(lineColor(themeKind(), index), [], 3),
      onChange: (isShown) => this.owner.show(run.id, isShown),
    });
    const log = button({
      label: t('Show Log'),
      title: t('Show the log of {0}', run.name),
      icon: icons.log,
      onClick: () => this.owner.ask({ type: 'showLog', run: run.id }),
    });
    const remove = button({
      label: t('Remove'),
      title: t('Remove {0} from this view', run.name),
      icon: icons.remove,
      onClick: () => this.owner.ask({ type: 'removeRun', run: run.id }),
    });
    toggle.element.dataset.focusKey = `show ${run.id}`;
    log.element.dataset.focusKey = `log ${run.id}`;
    remove.element.dataset.focusKey = `remove ${run.id}`;
    const line = document.createElement('div');
    line.className = 'run-line';
    line.append(toggle.element, log.element, remove.element);
    const state = document.createElement('span');
    state.className = 'run-state';
    this.states.set(run, state);
    state.textContent = this.stateText(run);
    row.append(line, state);
    return row;
  }

  private stateText(run: CurveRun): string {
    if (run.problem) return run.problem;
    const columns = this.owner.numbers.get(run.id);
    const last = columns?.epoch.at(-1);
    const progress = run.state === 'running' ? this.owner.progress.get(run.id) : undefined;
    const parts = [progress || stateWords[run.state]];
    if (columns && last !== undefined) {
      if (!progress)
        parts.push(run.plannedEpochs ? t('epoch {0} of {1}', last + 1, run.plannedEpochs) : t('epoch {0}', last + 1));
      const row = run.bestEpoch === null ? -1 : rowOfEpoch(columns.epoch, run.bestEpoch);
      if (row >= 0) parts.push(t('best Dice {0}', columns.emaDice[row]!.toFixed(3)));
    } else if (run.state === 'running' && !progress) parts.push(t('the first epoch is not finished yet'));
    return parts.filter(Boolean).join(' · ');
  }
}
