/** The volume editor's page: what it shows, and how messages, sheets and panes change it. */
import { t } from '@vscode/l10n';
import { applyAffine } from '../../src/geometry/affine';
import type { Vector3 } from '../../src/geometry/types';
import type { ErrorComponent, Region, SegmentationInfo, VolumeLayout } from '../../src/protocol/volume';
import { warningBanner } from './banner';
import type { CasePlace } from './caseSteps';
import { element } from './element';
import { centreOf, insideGrid, nearestVoxel, spacingOf, type Plane } from './geometry';
import { showKeys } from './keysDialog';
import { labelMiddle } from './labelPlaces';
import { LayoutMemory } from './layoutMemory';
import { describe } from './loads';
import { reached } from './milestones';
import { NoticeOver } from './noticeOver';
import { pageNotice } from './notices';
import type { SlicePane, PaneOwner } from './pane';
import type { PaneContent, Tool, View } from './paneContent';
import type { Carried, Offsets, PageHost } from './pageHost';
import { PageKeys } from './pageKeys';
import { PaneGrid } from './paneGrid';
import { framesPerSecond, PictureExports } from './pictureExports';
import { placeInWords } from './placeInWords';
import { sizeText } from './quantities';
import { fits, sideLengths } from './region';
import { comparedPair } from './roles';
import type { SceneContent } from './sceneContent';
import { ScenePane } from './scenePane';
import { Sheets } from './sheets';
import { awaitsLabels, paneContent, sceneContent, windowInForce } from './shown';
import type { Window } from './slices';
import { presentPart, shownAtFirst, shownIds, type ViewState } from './state';
import type { Study } from './study';
import { Toolbar } from './toolbar';
import { ctPresets, draggedWindow } from './windowing';

export class Page implements PaneOwner {
  readonly element = element('div', 'page');
  private readonly sheets: Sheets;
  private readonly place = element('span', 'place');
  private readonly message = element('span', 'message');
  private readonly notice = new NoticeOver(() => this.study.image.retry());
  private readonly exports = new PictureExports(this);
  private readonly toolbar: Toolbar;
  private readonly grid: PaneGrid;
  private readonly keys = new PageKeys(this);
  private readonly watching: ResizeObserver;
  readonly scene: ScenePane;
  private offsets: Offsets;
  private readonly layouts = new LayoutMemory();
  /** What the person wants to see, whether or not it is there. */
  private wished: Pick<ViewState, 'segmentations' | 'layout'>;
  private dragged: Window | undefined;
  private timer: ReturnType<typeof setInterval> | undefined;
  private wantsFrame = false;
  /** The difference's first error is gone to as soon as it is known. */
  private wantsLargestError = false;
  private hidesMasks: boolean;
  private cases: CasePlace | undefined;
  private caseOrder: CasePlace['by'] | undefined;
  private isDisposed = false;
  tool: Tool;

  constructor(
    readonly study: Study,
    public state: ViewState,
    readonly host: PageHost,
    carried?: Carried,
  ) {
    const { description } = study;
    if (!state.crosshair.every(Number.isFinite)) state.crosshair = centreOf(study.grid);
    else state.crosshair = insideGrid(study.grid, state.crosshair);
    if (state.channel >= description.channels.length) state.channel = description.openedChannel;
    state.frame = Math.min(state.frame, description.frames - 1);
    if (state.region && !fits(state.region, study.grid.shape)) state.region = null;
    if (description.dimensions === 2) state.layout = { kind: 'single', plane: 'axial' };
    this.offsets = carried?.offsets ?? {};
    this.tool = carried?.tool ?? 'crosshair';
    this.hidesMasks = carried?.hidesMasks ?? false;
    this.wished = { segmentations: state.segmentations, layout: state.layout };
    study.colours = state.colours;
    this.scene = new ScenePane(study.grid, description.hasOrientation);
    this.grid = new PaneGrid(this, this.scene);
    this.toolbar = new Toolbar(this);
    this.sheets = new Sheets(this, carried?.wantsSheets, () => {
      this.toolbar.showSheets(this.sheets.areShown);
      this.request();
    });
    this.toolbar.showSheets(this.sheets.areShown);
    this.message.setAttribute('role', 'status');
    const banner = warningBanner(
      description.warnings.map(({ message }) => message),
      this.request,
    );
    const stage = element('div', 'stage', this.grid.element, this.notice.element);
    this.element.append(
      this.toolbar.element,
      banner,
      element('div', 'body', stage, this.sheets.element),
      element('footer', 'status', this.place, this.message),
    );
    this.watching = new ResizeObserver(() => {
      this.sheets.fit(this.element.clientWidth);
      this.request();
    });
    for (const one of [this.element, stage]) this.watching.observe(one);
    study.showImage(state.channel, state.frame);
    this.request();
  }

  get panes(): SlicePane[] {
    return this.grid.panes;
  }

  get carried(): Carried {
    const { offsets, tool, hidesMasks } = this;
    return { offsets, tool, hidesMasks, wantsSheets: this.sheets.wanted };
  }

  // What changes

  readonly change = (change: Partial<ViewState>): void => {
    const { segmentations = this.wished.segmentations, layout = this.wished.layout } = change;
    this.wished = { segmentations, layout };
    this.apply(change);
  };

  private apply(change: Partial<ViewState>): void {
    this.state = { ...this.state, ...change };
    this.study.colours = this.state.colours;
    this.study.showImage(this.state.channel, this.state.frame);
    this.host.save({ ...this.state, ...this.wished });
    this.request();
  }

  setSegmentations(segmentations: SegmentationInfo[]): void {
    this.study.setSegmentations(segmentations);
    if (!this.state.hasChosenSegmentations)
      this.wished = { ...this.wished, segmentations: shownAtFirst(segmentations) };
    this.apply(presentPart(this.wished, (id) => this.study.segmentation(id) !== undefined));
  }

  open(ids: string[], layout: VolumeLayout | undefined, goesToLargestError: boolean): void {
    this.wantsLargestError = goesToLargestError;
    if (layout?.kind === 'difference') this.layouts.leaveForDifferences(this.state.layout);
    this.change({
      ...(ids.length > 0 ? { segmentations: ids, hasChosenSegmentations: true } : {}),
      layout: layout ?? this.state.layout,
    });
  }

  get crosshairVoxel(): Vector3 {
    return nearestVoxel(this.study.grid, this.state.crosshair);
  }

  readonly chooseSegmentation = (): void => {
    this.host.chooseSegmentation().then(
      (id) => {
        if (id === null || this.isDisposed || this.state.segmentations.includes(id)) return;
        this.change({ segmentations: [...this.state.segmentations, id], hasChosenSegmentations: true });
      },
      (error: unknown) => this.say(describe(error).message),
    );
  };

  readonly goToError = (error: ErrorComponent): void =>
    this.moveCrosshair(applyAffine(this.study.grid.affine, error.voxel));

  readonly goToLabel = (label: number): void => {
    for (const id of shownIds(this.state)) {
      const layer = this.study.maskLayer(id);
      const middle = layer && labelMiddle(layer, label);
      if (middle) {
        this.moveCrosshair(applyAffine(this.study.grid.affine, middle));
        return;
      }
    }
  };

  get window(): Window {
    return windowInForce(this.study, this.state);
  }

  useWindow(id: string): void {
    const preset = ctPresets.find((one) => one.id === id);
    const { range, isCt, autoWindow } = this.study.image;
    if (preset) this.change({ window: preset.window });
    else if (id === 'full' && range)
      this.change({ window: { low: range.min, high: Math.max(range.max, range.min + 1e-6) } });
    // A CT would open with soft tissue again.
    else if (id === 'auto') this.change({ window: isCt ? autoWindow : null });
    else if (id === 'own') this.change({ window: this.window });
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
    this.change({ zoom: 1, crosshair: centreOf(this.study.grid), window: null });
  }

  toggleMasks(): void {
    this.hidesMasks = !this.hidesMasks;
    this.request();
  }

  readonly toggleDifferences = (): void => {
    const { layout } = this.state;
    if (layout.kind === 'difference') {
      this.change({ layout: this.layouts.beforeDifferences });
      return;
    }
    const pair = comparedPair(this.study.segmentations, this.state);
    if (!pair) {
      this.say(t('Differences need two segmentations: add another.'));
      return;
    }
    this.change({ layout: this.layouts.differences(layout, pair) });
  };

  // Sheets and cases

  toggleSheets(): void {
    this.sheets.toggle();
  }

  setCases(place: CasePlace): void {
    this.cases = place;
    this.caseOrder = place.by;
    this.toolbar.showCases(place);
  }

  orderCases(by: CasePlace['by']): void {
    this.caseOrder = by;
    this.toolbar.showCases(this.cases, by);
  }

  showCase(step: 1 | -1): void {
    if (this.cases) this.host.showCase(step, this.caseOrder ?? this.cases.by);
  }

  showKeys(): void {
    showKeys(this.element);
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
    this.change({ crosshair: insideGrid(this.study.grid, world) });
    this.showPlace(this.state.crosshair);
  }

  dragWindow(phase: 'start' | 'move', right: number, up: number): void {
    if (phase === 'start') this.dragged = this.window;
    if (!this.dragged || phase === 'start') return;
    this.change({ window: draggedWindow(this.dragged, right, up, this.dragged.high - this.dragged.low) });
  }

  changeRegion(region: Region | null): void {
    const had = this.state.region !== null;
    this.change({ region });
    if (!region) {
      if (had) this.say(t('The region is removed.'));
      return;
    }
    const { grid, description } = this.study;
    const sides = sideLengths(region, spacingOf(grid.affine)).slice(0, description.dimensions);
    const size = sizeText(sides, description);
    this.say(t('Region of {0}: “Predict This Image” can segment only it. Escape removes it.', size));
  }

  hover(pane: SlicePane, world: Vector3 | undefined): void {
    if (world) this.grid.active = pane.plane;
    this.showPlace(world ?? this.state.crosshair);
  }

  maximise(pane: SlicePane): void {
    this.maximisePlane(pane.plane);
  }

  maximiseActive(): void {
    const plane = this.scene.hasFocus ? '3d' : this.activePane()?.plane;
    if (plane) this.maximisePlane(plane);
  }

  private maximisePlane(plane: Plane | '3d'): void {
    const { layout } = this.state;
    if (layout.kind === 'compare' || this.study.description.dimensions === 2) return;
    this.change({ layout: this.layouts.enlarged(layout, plane) });
  }

  content(pane: SlicePane): PaneContent {
    return paneContent(this.study, this.state, pane.segmentation, this.hidesMasks);
  }

  activePane(): SlicePane | undefined {
    return this.grid.activePane();
  }

  // Drawing

  readonly request = (): void => {
    if (this.wantsFrame || this.isDisposed) return;
    this.wantsFrame = true;
    requestAnimationFrame(() => {
      this.wantsFrame = false;
      if (!this.isDisposed) this.draw();
    });
  };

  private draw(): void {
    this.grid.arrange(this.state.layout);
    for (const pane of this.panes) pane.draw();
    if (this.study.image.layer) reached('slices');
    this.drawScene();
    this.notice.show(pageNotice(this.study, this.state, this.sheets.areShown));
    this.toolbar.refresh();
    this.sheets.refresh();
    if (this.wantsLargestError) this.goToLargestError();
    this.showPlace(this.state.crosshair);
  }

  private goToLargestError(): void {
    const { layout } = this.state;
    if (layout.kind !== 'difference') return;
    const load = this.study.comparisons.difference(layout.prediction, layout.reference);
    if (load.state === 'loading') return;
    this.wantsLargestError = false;
    const first = load.state === 'ready' ? load.value.errors[0] : undefined;
    if (first) this.goToError(first);
  }

  private drawScene(): void {
    const content = (): SceneContent | undefined =>
      this.study.image.load.state === 'ready' ? sceneContent(this.study, this.state, this.hidesMasks) : undefined;
    if (this.scene.hasStarted) this.scene.update(content());
    else if (!awaitsLabels(this.study, this.state)) this.scene.startAfterPaint(content);
  }

  private showPlace(world: Vector3): void {
    const text = placeInWords(this.study, shownIds(this.state), world);
    if (this.place.textContent !== text) this.place.textContent = text;
  }

  exportPng(): void {
    this.exports.png().catch((error: unknown) => this.host.defect(error));
  }

  exportGif(): void {
    this.exports.gif().catch((error: unknown) => this.host.defect(error));
  }

  cancelExport(): void {
    this.exports.cancel();
  }

  dispose(): void {
    this.isDisposed = true;
    clearInterval(this.timer);
    this.exports.cancel();
    this.watching.disconnect();
    this.toolbar.dispose();
    this.keys.dispose();
    this.study.dispose();
    this.scene.dispose();
    this.element.remove();
  }
}
