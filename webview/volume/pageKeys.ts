/** Does what a key says, while a pane or nothing has the focus; the list of keys is there from everywhere. */
import { actionOf, type Action } from './keys';
import type { SlicePane } from './pane';
import type { Tool } from './paneContent';
import { limitZoom } from './placement';
import type { ViewState } from './state';

interface KeysOwner {
  readonly element: HTMLElement;
  readonly state: ViewState;
  readonly isPlaying: boolean;
  tool: Tool;
  change(change: Partial<ViewState>): void;
  activePane(): SlicePane | undefined;
  play(isPlaying: boolean): void;
  maximiseActive(): void;
  resetViews(): void;
  useWindow(id: string): void;
  toggleMasks(): void;
  toggleDifferences(): void;
  toggleSheets(): void;
  changeRegion(region: null): void;
  cancelExport(): void;
  showCase(step: 1 | -1): void;
  showKeys(): void;
  request(): void;
}

export class PageKeys {
  private readonly listening = new AbortController();

  constructor(private readonly owner: KeysOwner) {
    document.addEventListener('keydown', (event) => this.onKey(event), { signal: this.listening.signal });
  }

  dispose(): void {
    this.listening.abort();
  }

  private onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const action = actionOf(event.key);
    if (!action) return;
    if (event.key === 'Escape') this.owner.cancelExport();
    const [target] = event.composedPath();
    const isTyped = target instanceof HTMLInputElement;
    const isForPanes =
      target === document.body || (target instanceof HTMLElement && target.closest('.pane, .panes') !== null);
    const isButton = target instanceof HTMLElement && target.closest('vscode-button, vscode-checkbox, button') !== null;
    if (!(isForPanes && !isButton) && !(action === 'keys' && !isTyped)) return;
    const act = this.actions(event.shiftKey ? 10 : 1)[action];
    if (!act) return;
    event.preventDefault();
    act();
  }

  private actions(step: number): Record<Action, (() => void) | undefined> {
    const { owner } = this;
    const pane = owner.activePane();
    const nudge = (right: number, down: number) => () => pane?.nudge(right * step, down * step);
    const zoom = (factor: number) => () => owner.change({ zoom: limitZoom(owner.state.zoom * factor) });
    const use = (tool: Tool) => () => {
      owner.tool = tool;
      owner.request();
    };
    return {
      left: nudge(-1, 0),
      right: nudge(1, 0),
      up: nudge(0, -1),
      down: nudge(0, 1),
      nextSlice: () => pane?.step(step),
      previousSlice: () => pane?.step(-step),
      firstSlice: () => pane?.goTo(0),
      lastSlice: () => pane?.goTo(Infinity),
      play: () => owner.play(!owner.isPlaying),
      maximise: () => owner.maximiseActive(),
      zoomIn: zoom(1.25),
      zoomOut: zoom(0.8),
      reset: () => owner.resetViews(),
      autoContrast: () => owner.useWindow('auto'),
      crosshairTool: use('crosshair'),
      contrastTool: use('window'),
      panTool: use('pan'),
      zoomTool: use('zoom'),
      regionTool: use('region'),
      outline: () => owner.change({ isOutline: !owner.state.isOutline }),
      masks: () => owner.toggleMasks(),
      differences: () => owner.toggleDifferences(),
      removeRegion: owner.state.region ? () => owner.changeRegion(null) : undefined,
      nextCase: () => owner.showCase(1),
      previousCase: () => owner.showCase(-1),
      sheets: () => owner.toggleSheets(),
      keys: () => owner.showKeys(),
    };
  }
}
