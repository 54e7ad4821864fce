/** Which panes does a layout have, and where? The focus stays on the plane it was on. */
import { t } from '@vscode/l10n';
import type { VolumeLayout } from '../../src/protocol/volume';
import { element } from './element';
import { columnsOf } from './fitting';
import { planes, type Plane } from './geometry';
import { SlicePane, type PaneOwner } from './pane';
import type { ScenePane } from './scenePane';

export class PaneGrid {
  readonly element = element('main', 'panes');
  panes: SlicePane[] = [];
  /** The plane that keys go to where no pane has the focus. */
  active: Plane = 'axial';
  private key = '';

  constructor(
    private readonly owner: PaneOwner,
    private readonly scene: ScenePane,
  ) {}

  arrange(layout: VolumeLayout): void {
    const key = JSON.stringify([
      layout.kind,
      'plane' in layout && layout.plane,
      'segmentations' in layout && layout.segmentations,
    ]);
    if (key !== this.key) {
      this.key = key;
      this.replace(layout);
    }
    const { clientWidth, clientHeight } = this.element;
    const columns = columnsOf(layout.kind, this.element.childElementCount, clientWidth, clientHeight);
    this.element.style.setProperty('--columns', String(columns));
  }

  private replace(layout: VolumeLayout): void {
    const focused = this.focused();
    const { owner } = this;
    if (layout.kind === 'compare')
      this.panes = layout.segmentations.map((id) => new SlicePane(layout.plane, owner, id));
    else if (layout.kind === 'single') this.panes = layout.plane === '3d' ? [] : [new SlicePane(layout.plane, owner)];
    else this.panes = planes.map((plane) => new SlicePane(plane, owner));
    const shows3d =
      layout.kind === 'planes' || layout.kind === 'difference' || (layout.kind === 'single' && layout.plane === '3d');
    const first = this.panes[0];
    if (first && !this.panes.some(({ plane }) => plane === this.active)) this.active = first.plane;
    this.element.dataset.layout = layout.kind;
    this.element.replaceChildren(...this.panes.map((pane) => pane.element), ...(shows3d ? [this.scene.element] : []));
    if (layout.kind === 'compare' && this.panes.length === 0)
      this.element.append(element('p', 'empty', t('Tick the segmentations to compare in the sheet at the side.')));
    for (const pane of this.panes) pane.canvas.addEventListener('focus', () => (this.active = pane.plane));
    if (focused !== undefined && document.hasFocus()) this.focus(focused);
  }

  private focused(): Plane | '3d' | undefined {
    if (this.scene.hasFocus) return '3d';
    return this.panes.find(({ canvas }) => canvas === document.activeElement)?.plane;
  }

  private focus(plane: Plane | '3d'): void {
    const pane = this.panes.find((one) => one.plane === plane) ?? this.panes[0];
    if (this.scene.element.isConnected && (plane === '3d' || !pane)) this.scene.focus();
    else pane?.canvas.focus({ preventScroll: true });
  }

  activePane(): SlicePane | undefined {
    return (
      this.panes.find(({ canvas }) => canvas === document.activeElement) ??
      this.panes.find(({ plane }) => plane === this.active)
    );
  }
}
