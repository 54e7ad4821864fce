/** The pane of the 3D view: loads vtk.js and starts WebGL only when it is seen, and says why where it cannot. */
import { t } from '@vscode/l10n';
import { button, checkbox } from '../controls';
import type { ShownGrid } from './geometry';
import { reached } from './milestones';
import type { Scene3d } from './scene3d';
import type { SceneContent } from './sceneContent';

export class ScenePane {
  readonly element = document.createElement('figure');
  private readonly view = document.createElement('div');
  private readonly note = document.createElement('figcaption');
  private readonly imageSwitch;
  private scene: Scene3d | undefined;
  private state: 'unseen' | 'loading' | 'loaded' | 'failed' | 'disposed' = 'unseen';
  /** Undefined: shown where there are no labels that it would hide. */
  private showsImage: boolean | undefined;
  private last: SceneContent | undefined;
  private startsSoon = false;

  /** @param hasOrientation  false: the file does not say which side is which */
  constructor(
    private readonly grid: ShownGrid,
    private readonly hasOrientation: boolean,
  ) {
    this.element.className = 'pane pane-3d';
    this.element.dataset.plane = '3d';
    this.view.className = 'scene';
    this.view.setAttribute('role', 'img');
    this.view.tabIndex = 0;
    this.view.addEventListener('pointerdown', () => this.focus());
    this.view.setAttribute(
      'aria-label',
      t('Three-dimensional view. Drag to turn, scroll to zoom, Shift and drag to move.'),
    );
    this.note.className = 'pane-notice';
    this.note.setAttribute('role', 'status');
    this.note.hidden = true;
    this.imageSwitch = checkbox({
      label: t('Scan'),
      title: t('Show the scan as a translucent volume'),
      checked: true,
      onChange: (isShown) => {
        this.showsImage = isShown;
        if (this.last) this.update(this.last);
      },
    });
    const tools = document.createElement('div');
    tools.className = 'scene-tools';
    const side = (label: string, title: string, from: 'anterior' | 'superior' | 'right'): HTMLElement =>
      button({ label, title, onClick: () => this.scene?.lookFrom(from) }).element;
    tools.append(this.imageSwitch.element);
    if (hasOrientation)
      tools.append(
        side('A', t('Look from the front'), 'anterior'),
        side('S', t('Look from above'), 'superior'),
        side('R', t('Look from the right'), 'right'),
      );
    const caption = document.createElement('span');
    caption.className = 'scene-caption';
    caption.textContent = '3D';
    this.element.append(this.view, caption, tools, this.note);
  }

  get hasFocus(): boolean {
    return document.activeElement === this.view;
  }

  focus(): void {
    this.view.focus({ preventScroll: true });
  }

  get hasStarted(): boolean {
    return this.state !== 'unseen';
  }

  /** WebGL takes long to start, most of all without a graphics card: what is painted now is to be seen before. */
  startAfterPaint(content: () => SceneContent | undefined): void {
    if (this.startsSoon) return;
    this.startsSoon = true;
    requestAnimationFrame(() =>
      setTimeout(() => {
        this.startsSoon = false;
        if (!this.isDisposed) this.update(content());
      }),
    );
  }

  /** @param content  undefined while there is nothing to show */
  update(content: SceneContent | undefined): void {
    if (!content || !this.element.isConnected) return;
    this.last = content;
    if (this.view.clientWidth === 0) return;
    if (this.state === 'unseen') this.load().catch((error: unknown) => this.fail(error));
    if (this.state !== 'loaded') return;
    try {
      this.show(content);
    } catch (error) {
      this.fail(error);
    }
  }

  /** vtk.js is five times as large as all the rest of the page. */
  private async load(): Promise<void> {
    this.state = 'loading';
    try {
      const { Scene3d } = await import('./scene3d');
      if (this.isDisposed) return;
      this.scene = new Scene3d(this.view, this.grid, this.hasOrientation, (message) => this.say(message));
      this.state = 'loaded';
      reached('scene');
    } catch (error) {
      this.fail(error);
    }
    if (this.last) this.update(this.last);
  }

  private show(content: SceneContent): void {
    const { scene } = this;
    if (!scene) return;
    scene.resize();
    const showsImage = this.showsImage ?? (content.labels === undefined && !content.awaitsLabels);
    this.imageSwitch.value = showsImage;
    scene.setImage(showsImage ? content.image : undefined, showsImage ? content.imageKey : 'none', content.range);
    scene.setLabels(content.labels, content.labelsKey, content.styleOf);
    scene.setCrosshair(content.crosshair, content.showsCrosshair);
  }

  private fail(error: unknown): void {
    this.state = 'failed';
    this.say(t('The 3D view is not available. {0}', error instanceof Error ? error.message : String(error)), true);
  }

  private get isDisposed(): boolean {
    return this.state === 'disposed';
  }

  private say(message: string | undefined, isError = false): void {
    this.note.hidden = message === undefined;
    this.note.classList.toggle('is-error', isError);
    this.note.textContent = message ?? '';
  }

  picture(): Promise<HTMLImageElement> | undefined {
    return this.scene?.picture();
  }

  dispose(): void {
    this.state = 'disposed';
    this.scene?.dispose();
    this.scene = undefined;
  }
}
