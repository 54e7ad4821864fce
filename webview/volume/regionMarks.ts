/** Draws the region that is to be predicted over a slice, with the handles that change it, and says by the cursor what a drag would do. */
import type { Region } from '../../src/protocol/volume';
import type { SliceLayout } from './geometry';
import type { Placement } from './placement';
import { sizeText, type Measure } from './quantities';
import { isOnSlice, rectangleOf, type Grip } from './region';

/** Seen on black, on white and beside the planes' and labels' colours. */
const colour = '#5cc8ff';
const shadow = 'rgba(0, 0, 0, 0.85)';
const handleSize = 7;
/** How far from an edge a mouse still finds it, CSS pixels. */
export const reachPixels = 6;

const crisp = (place: number): number => Math.floor(place) + 0.5;

export function paintRegion(
  context: CanvasRenderingContext2D,
  region: Region,
  layout: SliceLayout,
  slice: number,
  { left, top, columnSize, rowSize }: Placement,
  measure: Measure,
  hasHandles: boolean,
): void {
  const box = rectangleOf(layout, region);
  // On the middle of a pixel a thin line keeps its colour.
  const [x, right] = [box.left, box.right].map((column) => crisp(left + column * columnSize)) as [number, number];
  const [y, bottom] = [box.top, box.bottom].map((row) => crisp(top + row * rowSize)) as [number, number];
  const [width, height] = [right - x, bottom - y];
  context.save();
  // Dashed: the slice lies outside, and the region is seen through it.
  if (!isOnSlice(layout, region, slice)) {
    context.setLineDash([6, 4]);
    context.globalAlpha = 0.75;
  }
  for (const [style, lineWidth] of [
    [shadow, 3.5],
    [colour, 1.5],
  ] as const) {
    context.strokeStyle = style;
    context.lineWidth = lineWidth;
    context.strokeRect(x, y, width, height);
  }
  context.setLineDash([]);
  if (hasHandles) paintHandles(context, x, y, width, height);
  const sides = [(box.right - box.left) * layout.right.spacingMm, (box.bottom - box.top) * layout.down.spacingMm];
  const text = sizeText(sides, measure);
  writeSize(context, text, x + width / 2, y, y + height);
  context.restore();
}

function paintHandles(context: CanvasRenderingContext2D, x: number, y: number, width: number, height: number): void {
  context.fillStyle = colour;
  context.strokeStyle = shadow;
  context.lineWidth = 1;
  for (const right of [0, 0.5, 1]) {
    for (const down of [0, 0.5, 1]) {
      if (right === 0.5 && down === 0.5) continue;
      const [centreX, centreY] = [x + right * width, y + down * height];
      const corner = [centreX - handleSize / 2, centreY - handleSize / 2] as const;
      context.fillRect(...corner, handleSize, handleSize);
      context.strokeRect(...corner, handleSize, handleSize);
    }
  }
}

/** Above the box; inside it where there is no room above. */
function writeSize(context: CanvasRenderingContext2D, text: string, middle: number, top: number, bottom: number): void {
  const hasRoom = top > 44;
  context.font = '600 12px system-ui, "Segoe UI", Roboto, sans-serif';
  context.textAlign = 'center';
  context.textBaseline = hasRoom ? 'bottom' : 'top';
  const y = hasRoom ? top - 7 : Math.min(Math.max(top, 22) + 7, bottom);
  context.lineWidth = 3;
  context.lineJoin = 'round';
  context.strokeStyle = shadow;
  context.strokeText(text, middle, y);
  context.fillStyle = colour;
  context.fillText(text, middle, y);
}

export function cursorOf(grip: Grip | undefined): string {
  if (!grip) return 'crosshair';
  const { column, row } = grip;
  if (column === 0 && row === 0) return 'move';
  if (row === 0) return 'ew-resize';
  if (column === 0) return 'ns-resize';
  return column === row ? 'nwse-resize' : 'nesw-resize';
}
