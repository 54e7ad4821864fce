/** The volume editor's page: which panes there are, what each shows, and how keys, mouse and sheets change it. */
import type { ErrorComponent, Region, SegmentationInfo, VolumeLayout, VolumeRequests } from '../../src/protocol/volume';
import type { Question } from './connection';
import { centreOf, nearestVoxel, planes, spacingOf, toVoxel, toWorld, type Plane, type Vector3 } from './geometry';
import { labelMiddle } from './labelPlaces';
import { reached } from './milestones';
import { SlicePane, type PaneOwner } from './pane';
import type { PaneContent, Tool, View } from './paneContent';
import { framesPerSecond, PictureExports } from './pictureExports';
import { placeInWords, shortNumber } from './placeInWords';
import { limitZoom } from './placement';
import { fits, sizeMm, sizeText } from './region';
import { ScenePane } from './scenePane';
import { element, sections, type Section } from './sections';
import { paneContent, sceneContent, shownIds } from './shown';
import type { Window } from './slices';
import type { ViewState } from './state';
import { describe, type Study } from './study';
import { Toolbar, toolOfKey } from './toolbar';
import { ctPresets, draggedWindow } from './windowing';

export interface PageHost {
  save(state: ViewState): void;
  chooseSegmentation(): Promise<string | null>;
  savePicture(ask: VolumeRequests['save']['ask']): Question<'save'>;
}

export class Page implements PaneOwner {
  readonly element = element('div', 'page');
  private readonly panesElement = element('main', 'panes');
  private readonly sheets = element('aside', 'sheets');
  private readonly place = element('span', 'place');
  private readonly message = element('span', 'message');
  private readonly banner = element('div', 'banner');
  private readonly exports = new PictureExports(this);
  private readonly toolbar: Toolbar;
  private readonly sections: Section[];
  panes: SlicePane[] = [];
  readonly scene: ScenePane;
  private offsets: Partial<Record<Plane, { rightMm: number; downMm: number }>> = {};
  private active: Plane = 'axial';
  private before: VolumeLayout = { kind: 'planes' };
  private dragged: Window | undefined;
  private timer: ReturnType<typeof setInterval> | undefined;
  private wantsFrame = false;
  private startsScene = false;
  private layoutKey = '';
  /** The difference's first error is gone to as soon as it is known. */
  private wantsLargestError = false;
  private hidesMasks = false;
  tool: Tool = 'crosshair';

  constructor(
    readonly study: Study,
    public state: ViewState,
    readonly host: PageHost,
  ) {
    const { description } = study;
    if (!state.crosshair.every(Number.isFinite)) state.crosshair = centreOf(study.grid);
    if (state.channel >= description.channels.length) state.channel = description.openedChannel;
    state.frame = Math.min(state.frame, description.frames - 1);
    if (state.region && !fits(state.region, study.grid.shape)) state.region = null;
    if (description.dimensions === 2) state.layout = { kind: 'single', plane: 'axial' };
    this.scene = new ScenePane(study.grid);
    this.toolbar = new Toolbar(this);
    this.sections = sections(this);
    this.sheets.setAttribute('aria-label', 'Segmentations and file');
    this.sheets.append(...this.sections.map((section) => section.element));
    this.message.setAttribute('role', 'status');
    const status = element('footer', 'status', this.place, this.message);
    this.showBanner();
    this.element.append(
      this.toolbar.element,
      this.banner,
      element('div', 'body', this.panesElement, this.sheets),
      status,
    );
    this.element.addEventListener('keydown', (event) => this.onKey(event));
    new ResizeObserver(() => this.request()).observe(this.panesElement);
    void study.showImage(state.channel, state.frame);
    this.request();
  }

  private showBanner(): void {
    const warnings = this.study.description.warnings;
    this.banner.hidden = warnings.length === 0;
    this.banner.setAttribute('role', 'note');
    const close = element('button', 'close', '×');
    close.type = 'button';
    close.title = 'Hide; the sheet “File” keeps it';
    close.setAttribute('aria-label', 'Hide warnings');
    close.addEventListener('click', () => {
      this.banner.hidden = true;
      this.request();
    });
    this.banner.replaceChildren(element('span', '', warnings.map(({ message }) => message).join(' ')), close);
  }

  // What changes

  readonly change = (change: Partial<ViewState>): void => {
    this.state = { ...this.state, ...change };
    void this.study.showImage(this.state.channel, this.state.frame);
    this.host.save(this.state);
    this.request();
  };

  setSegmentations(segmentations: SegmentationInfo[], isFirst: boolean): void {
    this.study.setSegmentations(segmentations);
    const exists = (id: string): boolean => segmentations.some((one) => one.id === id);
    let shown = this.state.segmentations.filter(exists);
    // The case's own label is what most people open an image for.
    if (isFirst && shown.length === 0)
      shown = segmentations.filter(({ source }) => source === 'label').map(({ id }) => id);
    const { layout } = this.state;
    const isGone = layout.kind === 'difference' && !(exists(layout.prediction) && exists(layout.reference));
    const kept: VolumeLayout =
      layout.kind === 'compare'
        ? { ...layout, segmentations: layout.segmentations.filter(exists) }
        : isGone
          ? { kind: 'planes' }
          : layout;
    this.change({ segmentations: shown, layout: kept });
  }

  open(ids: string[], layout: VolumeLayout | undefined, goesToLargestError: boolean): void {
    this.wantsLargestError = goesToLargestError;
    this.change({
      segmentations: ids.length > 0 ? ids : this.state.segmentations,
      layout: layout ?? this.state.layout,
    });
  }

  get crosshairVoxel(): Vector3 {
    return nearestVoxel(this.study.grid, this.state.crosshair);
  }

  readonly chooseSegmentation = (): void => {
    this.host.chooseSegmentation().then(
      (id) => {
        if (id !== null && !this.state.segmentations.includes(id))
          this.change({ segmentations: [...this.state.segmentations, id] });
      },
      (error: unknown) => this.say(describe(error).message),
    );
  };

  readonly goToError = (error: ErrorComponent): void =>
    this.moveCrosshair(toWorld(this.study.grid.affine, error.voxel));

  readonly goToLabel = (label: number): void => {
    for (const id of shownIds(this.state)) {
      const layer = this.study.maskLayer(id);
      const middle = layer && labelMiddle(layer, label);
      if (middle) {
        this.moveCrosshair(toWorld(this.study.grid.affine, middle));
        return;
      }
    }
  };

  useWindow(id: string): void {
    const preset = ctPresets.find((one) => one.id === id);
    const { image } = this.study;
    const range = image.state === 'ready' ? image.value.range : null;
    if (preset) this.change({ window: preset.window });
    else if (id === 'full' && range)
      this.change({ window: { low: range.min, high: Math.max(range.max, range.min + 1e-6) } });
    else if (id === 'auto') this.change({ window: null });
  }

  get isPlaying(): boolean {
    return this.timer !== undefined;
  }

  play(isPlaying: boolean): void {
    clearInterval(this.timer);
    this.timer = isPlaying ? setInterval(() => this.activePane()?.step(1, true), 1000 / framesPerSecond) : undefined;
    this.toolbar.refresh();
  }

  resetViews(): void {
    this.offsets = {};
    this.change({ zoom: 1, crosshair: centreOf(this.study.grid) });
  }

  toggleSheets(): void {
    this.sheets.hidden = !this.sheets.hidden;
    this.request();
  }

  say(message: string): void {
    this.message.textContent = message;
  }

  // What panes ask

  view(pane: SlicePane): View {
    return { zoom: this.state.zoom, ...(this.offsets[pane.plane] ?? { rightMm: 0, downMm: 0 }) };
  }

  changeView(pane: SlicePane, { zoom, rightMm, downMm }: View): void {
    this.offsets[pane.plane] = { rightMm, downMm };
    this.change({ zoom });
  }

  moveCrosshair(world: Vector3): void {
    const { affine, shape } = this.study.grid;
    const inside = toVoxel(affine, world).map((value, axis) => Math.min(Math.max(value, 0), (shape[axis] ?? 1) - 1));
    this.change({ crosshair: toWorld(affine, inside as Vector3) });
    this.showPlace(this.state.crosshair);
  }

  dragWindow(phase: 'start' | 'move', right: number, up: number): void {
    if (phase === 'start') this.dragged = this.state.window ?? this.study.autoWindow;
    if (!this.dragged || phase === 'start') return;
    const window = draggedWindow(this.dragged, right, up, this.dragged.high - this.dragged.low);
    this.toolbar.showWindow('own');
    this.change({ window });
    const [level, width] = [(window.low + window.high) / 2, window.high - window.low];
    this.say(`Level ${shortNumber(level)}, width ${shortNumber(width)}`);
  }

  changeRegion(region: Region | null): void {
    const had = this.state.region !== null;
    this.change({ region });
    if (!region) {
      if (had) this.say('The region is removed.');
      return;
    }
    const size = sizeText(sizeMm(region, spacingOf(this.study.grid.affine)));
    this.say(`Region of ${size}: “Predict This Image” can segment only it. Escape removes it.`);
  }

  hover(pane: SlicePane, world: Vector3 | undefined): void {
    if (world) this.active = pane.plane;
    this.showPlace(world ?? this.state.crosshair);
  }

  maximise(pane: SlicePane): void {
    const { layout } = this.state;
    if (layout.kind === 'compare' || this.study.description.dimensions === 2) return;
    if (layout.kind === 'single') this.change({ layout: this.before });
    else {
      this.before = layout;
      this.change({ layout: { kind: 'single', plane: pane.plane } });
    }
  }

  content(pane: SlicePane): PaneContent {
    return paneContent(this.study, this.state, pane.segmentation, this.hidesMasks);
  }

  // Drawing

  readonly request = (): void => {
    if (this.wantsFrame) return;
    this.wantsFrame = true;
    requestAnimationFrame(() => {
      this.wantsFrame = false;
      this.draw();
    });
  };

  private draw(): void {
    this.arrange();
    for (const pane of this.panes) pane.draw();
    if (this.study.imageLayer) reached('slices');
    if (this.scene.hasStarted) this.drawScene();
    else this.startSceneAfterPaint();
    this.toolbar.refresh();
    for (const section of this.sections) section.refresh();
    if (this.wantsLargestError) this.goToLargestError();
    this.showPlace(this.state.crosshair);
  }

  private goToLargestError(): void {
    const { layout } = this.state;
    if (layout.kind !== 'difference') return;
    const load = this.study.difference(layout.prediction, layout.reference);
    if (load.state === 'loading') return;
    this.wantsLargestError = false;
    const first = load.state === 'ready' ? load.value.errors[0] : undefined;
    if (first) this.goToError(first);
  }

  private arrange(): void {
    const { layout } = this.state;
    const key = JSON.stringify([
      layout.kind,
      'plane' in layout && layout.plane,
      'segmentations' in layout && layout.segmentations,
    ]);
    if (key === this.layoutKey) return;
    this.layoutKey = key;
    if (layout.kind === 'compare') this.panes = layout.segmentations.map((id) => new SlicePane(layout.plane, this, id));
    else if (layout.kind === 'single') this.panes = layout.plane === '3d' ? [] : [new SlicePane(layout.plane, this)];
    else this.panes = planes.map((plane) => new SlicePane(plane, this));
    const shows3d =
      layout.kind === 'planes' || (layout.kind === 'single' && layout.plane === '3d') || layout.kind === 'difference';
    const first = this.panes[0];
    if (first && !this.panes.some(({ plane }) => plane === this.active)) this.active = first.plane;
    this.panesElement.dataset.layout = layout.kind;
    this.panesElement.style.setProperty('--columns', String(compareColumns(this.panes.length)));
    this.panesElement.replaceChildren(
      ...this.panes.map((pane) => pane.element),
      ...(shows3d ? [this.scene.element] : []),
    );
    if (layout.kind === 'compare' && this.panes.length === 0)
      this.panesElement.append(element('p', 'empty', 'Tick the segmentations to compare in the sheet at the side.'));
    for (const pane of this.panes) pane.canvas.addEventListener('focus', () => (this.active = pane.plane));
  }

  /** WebGL takes long to start, most of all without a graphics card: the slices are to be seen before. */
  private startSceneAfterPaint(): void {
    if (this.study.image.state !== 'ready' || this.startsScene) return;
    this.startsScene = true;
    requestAnimationFrame(() =>
      setTimeout(() => {
        this.startsScene = false;
        this.drawScene();
      }),
    );
  }

  private drawScene(): void {
    if (this.study.image.state !== 'ready' || !this.scene.element.isConnected) return;
    this.scene.update(sceneContent(this.study, this.state));
  }

  private showPlace(world: Vector3): void {
    const text = placeInWords(this.study, shownIds(this.state), world);
    if (this.place.textContent !== text) this.place.textContent = text;
  }

  // Keys

  activePane(): SlicePane | undefined {
    return (
      this.panes.find(({ canvas }) => canvas === document.activeElement) ??
      this.panes.find(({ plane }) => plane === this.active)
    );
  }

  private onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0];
    const isPane = target instanceof HTMLCanvasElement || target === document.body;
    if (event.key === 'Escape') this.exports.cancel();
    if (!isPane) return;
    const action = this.actions(event.shiftKey ? 10 : 1)[event.key] ?? this.toolAction(event.key);
    if (!action) return;
    event.preventDefault();
    action();
  }

  private toolAction(key: string): (() => void) | undefined {
    const tool = toolOfKey(key);
    if (!tool) return undefined;
    return () => {
      this.tool = tool;
      this.toolbar.refresh();
    };
  }

  private actions(step: number): Record<string, (() => void) | undefined> {
    const pane = this.activePane();
    const nudge = (right: number, down: number) => () => pane?.nudge(right * step, down * step);
    const zoom = (factor: number) => () => this.change({ zoom: limitZoom(this.state.zoom * factor) });
    return {
      ArrowLeft: nudge(-1, 0),
      ArrowRight: nudge(1, 0),
      ArrowUp: nudge(0, -1),
      ArrowDown: nudge(0, 1),
      PageUp: () => pane?.step(step),
      PageDown: () => pane?.step(-step),
      Home: () => pane?.goTo(0),
      End: () => pane?.goTo(Infinity),
      '+': zoom(1.25),
      '=': zoom(1.25),
      '-': zoom(0.8),
      '0': () => this.resetViews(),
      ' ': () => this.play(!this.isPlaying),
      o: () => this.change({ isOutline: !this.state.isOutline }),
      m: () => {
        this.hidesMasks = !this.hidesMasks;
        this.request();
      },
      a: () => {
        this.toolbar.showWindow('auto');
        this.useWindow('auto');
      },
      Enter: () => pane && this.maximise(pane),
      Escape: this.state.region ? () => this.changeRegion(null) : undefined,
    };
  }

  exportPng(): void {
    void this.exports.png();
  }

  exportGif(): void {
    void this.exports.gif();
  }

  dispose(): void {
    this.play(false);
    this.scene.dispose();
    this.element.remove();
  }
}

const compareColumns = (panes: number): number => (panes <= 3 ? Math.max(panes, 1) : Math.ceil(Math.sqrt(panes)));
