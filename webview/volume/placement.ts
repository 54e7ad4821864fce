/** Where a slice lies in its pane, and how far it can be zoomed. */
import type { SliceLayout } from './geometry';
import type { View } from './paneContent';

export interface Placement {
  /** Left and top of the slice, CSS pixels. */
  left: number;
  top: number;
  /** CSS pixels to a voxel. */
  columnSize: number;
  rowSize: number;
  /** CSS pixels to a mm. */
  scale: number;
}

export const limitZoom = (zoom: number): number => Math.min(Math.max(zoom, 0.25), 40);

export function placeSlice({ right, down }: SliceLayout, view: View, width: number, height: number): Placement {
  const [widthMm, heightMm] = [right.length * right.spacingMm, down.length * down.spacingMm];
  const margin = 20;
  const fit = Math.min((width - 2 * margin) / widthMm, (height - 2 * margin) / heightMm);
  const scale = Math.max(fit, 1e-6) * view.zoom;
  return {
    scale,
    columnSize: right.spacingMm * scale,
    rowSize: down.spacingMm * scale,
    left: width / 2 + (view.rightMm - widthMm / 2) * scale,
    top: height / 2 + (view.downMm - heightMm / 2) * scale,
  };
}

export function drawPlaced(
  context: CanvasRenderingContext2D,
  picture: HTMLCanvasElement,
  { right, down }: SliceLayout,
  { left, top, columnSize, rowSize }: Placement,
): void {
  context.drawImage(picture, left, top, right.length * columnSize, down.length * rowSize);
}
