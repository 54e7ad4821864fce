/** One slice on the screen: image, masks, crosshair and letters on a canvas, and what the mouse does to it. */
import { t } from '@vscode/l10n';
import { applyAffine } from '../../src/geometry/affine';
import type { Vector3 } from '../../src/geometry/types';
import type { Region } from '../../src/protocol/volume';
import {
  nearestVoxel,
  pixelOfVoxel,
  sliceLayout,
  toVoxel,
  voxelOfPixel,
  type Plane,
  type SliceLayout,
} from './geometry';
import { PaintedSlice } from './paintedSlice';
import { NoticeOver } from './noticeOver';
import { planeColours, planeNames, type PaneContent, type Tool, type View } from './paneContent';
import { gripAt, rectangleOf, regionOf, type Grip, type RegionDrag, type SlicePlace } from './region';
import { cursorOf, paintRegion, reachPixels } from './regionMarks';
import { paintCaption, paintLetters, paintScaleBar, strokeOutlines } from './paneMarks';
import { drawPlaced, limitZoom, placeSlice, type Placement } from './placement';
import { cutSlice, labelOutlines, paintColours, paintIntensities, paintLabels, type Layer, type Slice } from './slices';

/** What the pane asks of its page. */
export interface PaneOwner {
  content(pane: SlicePane): PaneContent;
  view(pane: SlicePane): View;
  readonly tool: Tool;
  moveCrosshair(world: Vector3): void;
  /** By the mouse: pixels to the right and up since the drag began. */
  dragWindow(phase: 'start' | 'move', right: number, up: number): void;
  changeView(pane: SlicePane, view: View): void;
  hover(pane: SlicePane, world: Vector3 | undefined): void;
  maximise(pane: SlicePane): void;
  changeRegion(region: Region): void;
}

export class SlicePane {
  readonly element = document.createElement('figure');
  readonly canvas = document.createElement('canvas');
  private readonly note = new NoticeOver();
  private readonly base = new PaintedSlice();
  private readonly masks: PaintedSlice[] = [];
  private outlines: { key: string; lines: Map<number, number[]> }[] = [];
  private placement: Placement | undefined;

  constructor(
    readonly plane: Plane,
    private readonly owner: PaneOwner,
    /** Which segmentation a pane of the compare layout shows. */
    readonly segmentation?: string,
  ) {
    this.element.className = 'pane';
    this.element.dataset.plane = plane;
    if (segmentation !== undefined) this.element.dataset.segmentation = segmentation;
    this.element.style.setProperty('--plane', planeColours[plane]);
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute('role', 'img');
    this.element.append(this.canvas, this.note.element);
    this.listen();
  }

  layout(content: PaneContent = this.owner.content(this)): SliceLayout {
    return sliceLayout(content.display, this.plane, content.convention);
  }

  slice(content: PaneContent = this.owner.content(this)): number {
    return pixelOfVoxel(this.layout(content), nearestVoxel(content.display, content.crosshair)).slice;
  }

  /** Goes some slices towards superior, anterior or right; at the end it stays, or starts again for cine. */
  step(slices: number, goesRound = false): void {
    const content = this.owner.content(this);
    const layout = this.layout(content);
    const count = layout.through.length;
    const at = this.slice(content) + slices;
    this.goTo(goesRound ? ((at % count) + count) % count : Math.min(Math.max(at, 0), count - 1));
  }

  goTo(slice: number): void {
    const content = this.owner.content(this);
    const layout = this.layout(content);
    const voxel = toVoxel(content.display.affine, content.crosshair);
    const pixel = pixelOfVoxel(layout, voxel);
    this.owner.moveCrosshair(
      applyAffine(
        content.display.affine,
        voxelOfPixel(layout, pixel.column, pixel.row, Math.min(slice, layout.through.length - 1)),
      ),
    );
  }

  /** Moves the crosshair within the slice, in voxels of the screen's axes. */
  nudge(right: number, down: number): void {
    const content = this.owner.content(this);
    const layout = this.layout(content);
    const pixel = pixelOfVoxel(layout, nearestVoxel(content.display, content.crosshair));
    const voxel = voxelOfPixel(layout, pixel.column + right, pixel.row + down, pixel.slice);
    const isInside = voxel.every((value, axis) => value >= 0 && value < (content.display.shape[axis] ?? 0));
    if (isInside) this.owner.moveCrosshair(applyAffine(content.display.affine, voxel));
  }

  draw(): void {
    const content = this.owner.content(this);
    this.note.show(content.notice);
    const ratio = globalThis.devicePixelRatio || 1;
    const { clientWidth, clientHeight } = this.canvas;
    if (clientWidth === 0 || clientHeight === 0) return;
    const width = Math.round(clientWidth * ratio);
    const height = Math.round(clientHeight * ratio);
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    const context = this.canvas.getContext('2d');
    if (!context) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.paint(context, clientWidth, clientHeight, content);
    const layout = this.layout(content);
    const title = [content.title, planeNames[this.plane]].filter(Boolean).join(', ');
    this.canvas.setAttribute(
      'aria-label',
      t(
        '{0} slice {1} of {2}. Arrow keys move the crosshair, Page Up and Page Down change the slice.',
        title,
        this.slice(content) + 1,
        layout.through.length,
      ),
    );
  }

  /** Paints the pane into any context: the screen's or a picture's. */
  paint(context: CanvasRenderingContext2D, width: number, height: number, content: PaneContent, slice?: number): void {
    const layout = this.layout(content);
    const at = slice ?? this.slice(content);
    const placement = placeSlice(layout, this.owner.view(this), width, height);
    if (slice === undefined) this.placement = placement;
    context.fillStyle = '#000';
    context.fillRect(0, 0, width, height);
    this.paintImage(context, content, layout, at, placement);
    this.paintOverlays(context, content, layout, at, placement);
    if (content.showsCrosshair && slice === undefined)
      this.paintCrosshair(context, content, layout, placement, width, height);
    if (content.region && slice === undefined)
      paintRegion(context, content.region, layout, at, placement, content.measure, this.owner.tool === 'region');
    const captionEnd = paintCaption(context, content, this.plane, at, layout, width);
    paintLetters(context, content, layout, width, height, captionEnd);
    paintScaleBar(context, content.measure, placement.scale, width, height);
  }

  private paintImage(
    context: CanvasRenderingContext2D,
    content: PaneContent,
    layout: SliceLayout,
    slice: number,
    placement: Placement,
  ): void {
    const { image, colours, window, display } = content;
    if (!image) return;
    const key = [content.imageKey, slice, window.low, window.high, content.convention, display.shape].join('|');
    const cut = (layer: Layer): Slice => cutSlice(layer, display, layout, slice, true);
    const picture = this.base.get(key, layout, (rgba) => {
      if (colours?.length === 3) paintColours(colours.map(cut), { low: 0, high: 255 }, rgba);
      else paintIntensities(cut(image), window, rgba);
    });
    context.imageSmoothingEnabled = content.isSmooth;
    context.imageSmoothingQuality = 'high';
    drawPlaced(context, picture, layout, placement);
  }

  private paintOverlays(
    context: CanvasRenderingContext2D,
    content: PaneContent,
    layout: SliceLayout,
    slice: number,
    placement: Placement,
  ): void {
    content.overlays.forEach((overlay, index) => {
      const key = [overlay.key, slice, content.convention, content.display.shape].join('|');
      const cut = (): Slice => cutSlice(overlay.layer, content.display, layout, slice);
      if (overlay.isOutline) {
        let known = this.outlines[index];
        if (known?.key !== key) known = { key, lines: labelOutlines(cut()) };
        this.outlines[index] = known;
        strokeOutlines(context, known.lines, overlay, placement);
        return;
      }
      const painted = (this.masks[index] ??= new PaintedSlice());
      const picture = painted.get(key, layout, (rgba) => paintLabels(cut(), overlay.styleOf, rgba));
      context.imageSmoothingEnabled = false;
      drawPlaced(context, picture, layout, placement);
    });
  }

  private paintCrosshair(
    context: CanvasRenderingContext2D,
    content: PaneContent,
    layout: SliceLayout,
    placement: Placement,
    width: number,
    height: number,
  ): void {
    const pixel = pixelOfVoxel(layout, toVoxel(content.display.affine, content.crosshair));
    const x = placement.left + (pixel.column + 0.5) * placement.columnSize;
    const y = placement.top + (pixel.row + 0.5) * placement.rowSize;
    const [vertical, horizontal] = crossingPlanes(this.plane);
    const gap = 6;
    const line = (colour: string, from: [number, number], to: [number, number]): void => {
      context.strokeStyle = colour;
      context.beginPath();
      context.moveTo(...from);
      context.lineTo(...to);
      context.stroke();
    };
    context.save();
    context.globalAlpha = 0.75;
    context.lineWidth = 1;
    line(planeColours[vertical], [x, 0], [x, y - gap]);
    line(planeColours[vertical], [x, y + gap], [x, height]);
    line(planeColours[horizontal], [0, y], [x - gap, y]);
    line(planeColours[horizontal], [x + gap, y], [width, y]);
    context.restore();
  }

  private worldAt(event: MouseEvent): Vector3 | undefined {
    if (!this.placement) return undefined;
    const content = this.owner.content(this);
    const { left, top } = this.canvas.getBoundingClientRect();
    const column = (event.clientX - left - this.placement.left) / this.placement.columnSize - 0.5;
    const row = (event.clientY - top - this.placement.top) / this.placement.rowSize - 0.5;
    const layout = this.layout(content);
    return applyAffine(content.display.affine, voxelOfPixel(layout, column, row, this.slice(content)));
  }

  private sliceAt(event: MouseEvent): SlicePlace | undefined {
    if (!this.placement) return undefined;
    const box = this.canvas.getBoundingClientRect();
    const { left, top, columnSize, rowSize } = this.placement;
    return { column: (event.clientX - box.left - left) / columnSize, row: (event.clientY - box.top - top) / rowSize };
  }

  private gripAt(event: MouseEvent): Grip | undefined {
    const content = this.owner.content(this);
    const place = this.sliceAt(event);
    if (!content.region || !place || !this.placement) return undefined;
    const reach = { column: reachPixels / this.placement.columnSize, row: reachPixels / this.placement.rowSize };
    return gripAt(rectangleOf(this.layout(content), content.region), place, reach);
  }

  private regionDrag(event: MouseEvent): RegionDrag | undefined {
    const content = this.owner.content(this);
    const from = this.sliceAt(event);
    if (!from) return undefined;
    const { region } = content;
    return { layout: this.layout(content), slice: this.slice(content), from, region, grip: this.gripAt(event) };
  }

  private isOnSlice(event: MouseEvent): boolean {
    const world = this.worldAt(event);
    const { display } = this.owner.content(this);
    if (!world) return false;
    return toVoxel(display.affine, world).every(
      (value, axis) => value > -0.5 && value < (display.shape[axis] ?? 0) - 0.5,
    );
  }

  private listen(): void {
    const { canvas, owner } = this;
    let drag: { tool: Tool; x: number; y: number; view: View; region?: RegionDrag } | undefined;
    canvas.addEventListener('pointerdown', (event) => {
      canvas.focus({ preventScroll: true });
      canvas.setPointerCapture(event.pointerId);
      drag = { tool: toolOf(event, owner.tool), x: event.clientX, y: event.clientY, view: owner.view(this) };
      if (drag.tool === 'window') owner.dragWindow('start', 0, 0);
      if (drag.tool === 'region') drag.region = this.regionDrag(event);
      if (drag.tool === 'crosshair' && this.isOnSlice(event)) owner.moveCrosshair(this.worldAt(event) as Vector3);
      event.preventDefault();
    });
    canvas.addEventListener('pointermove', (event) => {
      owner.hover(this, this.isOnSlice(event) ? this.worldAt(event) : undefined);
      if (!drag) canvas.style.cursor = owner.tool === 'region' ? cursorOf(this.gripAt(event)) : '';
      if (!drag || !this.placement) return;
      const [right, down] = [event.clientX - drag.x, event.clientY - drag.y];
      const { scale } = this.placement;
      if (drag.tool === 'crosshair' && this.isOnSlice(event)) owner.moveCrosshair(this.worldAt(event) as Vector3);
      else if (drag.tool === 'window') owner.dragWindow('move', right, -down);
      else if (drag.region) {
        const region = regionOf(drag.region, this.sliceAt(event)!);
        if (region) owner.changeRegion(region);
      } else if (drag.tool === 'pan')
        owner.changeView(this, {
          ...drag.view,
          rightMm: drag.view.rightMm + right / scale,
          downMm: drag.view.downMm + down / scale,
        });
      else if (drag.tool === 'zoom')
        owner.changeView(this, { ...drag.view, zoom: limitZoom(drag.view.zoom * Math.exp(-down / 150)) });
    });
    const end = (): void => {
      drag = undefined;
    };
    canvas.addEventListener('pointerup', end);
    canvas.addEventListener('pointercancel', end);
    canvas.addEventListener('pointerleave', () => owner.hover(this, undefined));
    canvas.addEventListener('contextmenu', (event) => event.preventDefault());
    canvas.addEventListener('dblclick', () => owner.maximise(this));
    let rest = 0;
    canvas.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault();
        if (event.ctrlKey || event.metaKey) {
          this.zoomAt(event, Math.exp(-event.deltaY / 300));
          return;
        }
        // A touchpad sends many small steps, a wheel one of about 100.
        rest += event.deltaMode === 0 ? event.deltaY / 60 : event.deltaY;
        const steps = Math.trunc(rest) || (Math.abs(event.deltaY) >= 50 ? Math.sign(event.deltaY) : 0);
        if (steps !== 0) rest = 0;
        if (steps !== 0) this.step(-Math.max(-3, Math.min(3, steps)));
      },
      { passive: false },
    );
  }

  /** Zooms so that what is under the cursor stays there. */
  private zoomAt(event: MouseEvent, factor: number): void {
    if (!this.placement) return;
    const view = this.owner.view(this);
    const zoom = limitZoom(view.zoom * factor);
    const box = this.canvas.getBoundingClientRect();
    const fromCentre = [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2] as const;
    const { scale } = this.placement;
    const newScale = (scale * zoom) / view.zoom;
    this.owner.changeView(this, {
      zoom,
      rightMm: view.rightMm + fromCentre[0] / newScale - fromCentre[0] / scale,
      downMm: view.downMm + fromCentre[1] / newScale - fromCentre[1] / scale,
    });
  }
}

/** The mouse's other buttons and held keys choose a tool for one drag. */
function toolOf(event: PointerEvent, chosen: Tool): Tool {
  if (event.button === 1 || event.shiftKey) return 'pan';
  if (event.button === 2) return 'zoom';
  if (event.altKey) return 'window';
  return chosen;
}

/** The planes whose cuts are the vertical and the horizontal line. */
function crossingPlanes(plane: Plane): [Plane, Plane] {
  const others: Record<Plane, [Plane, Plane]> = {
    axial: ['sagittal', 'coronal'],
    coronal: ['sagittal', 'axial'],
    sagittal: ['coronal', 'axial'],
  };
  return others[plane];
}
