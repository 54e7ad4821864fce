/** Draws what lies over a slice besides masks: outlines of labels, letters of orientation, caption and scale bar. */
import { t } from '@vscode/l10n';
import { toHex } from './colours';
import { topLetterMiddle } from './fitting';
import { edgeLetters, type Plane, type SliceLayout } from './geometry';
import { planeColours, planeNames, type Overlay, type PaneContent } from './paneContent';
import type { Placement } from './placement';
import { lengthText, type Measure } from './quantities';
import { shortenedToFit } from './shortened';

export function strokeOutlines(
  context: CanvasRenderingContext2D,
  lines: Map<number, number[]>,
  overlay: Overlay,
  { left, top, columnSize, rowSize }: Placement,
): void {
  context.save();
  context.lineWidth = 1.75;
  context.lineCap = 'square';
  for (const [label, ends] of lines) {
    const style = overlay.styleOf(label);
    if (!style.isVisible) continue;
    context.strokeStyle = toHex(style.colour);
    context.globalAlpha = Math.min(1, style.opacity + 0.4);
    context.beginPath();
    for (let i = 0; i + 3 < ends.length; i += 4) {
      context.moveTo(left + (ends[i] ?? 0) * columnSize, top + (ends[i + 1] ?? 0) * rowSize);
      context.lineTo(left + (ends[i + 2] ?? 0) * columnSize, top + (ends[i + 3] ?? 0) * rowSize);
    }
    context.stroke();
  }
  context.restore();
}

/** Text that is read on black and on white. */
function write(context: CanvasRenderingContext2D, text: string, x: number, y: number, colour = '#fff'): void {
  context.lineWidth = 3;
  context.lineJoin = 'round';
  context.strokeStyle = 'rgba(0, 0, 0, 0.85)';
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

const font = (size: number, weight = 400): string => `${weight} ${size}px system-ui, "Segoe UI", Roboto, sans-serif`;

export function paintLetters(
  context: CanvasRenderingContext2D,
  content: PaneContent,
  layout: SliceLayout,
  width: number,
  height: number,
  captionEnd: number,
): void {
  if (!content.hasOrientation) return;
  const letters = edgeLetters(content.display, layout);
  context.save();
  context.font = font(13, 600);
  context.textBaseline = 'middle';
  context.textAlign = 'center';
  const half = context.measureText(letters.top).width / 2;
  write(context, letters.top, width / 2, topLetterMiddle(width, half, captionEnd, content.title !== undefined));
  write(context, letters.bottom, width / 2, height - 11);
  context.textAlign = 'left';
  write(context, letters.left, 6, height / 2);
  context.textAlign = 'right';
  write(context, letters.right, width - 6, height / 2);
  context.restore();
}

/** A picture is no slice of anything. */
function captionName(hasOrientation: boolean, plane: Plane, slices: number): string {
  if (hasOrientation) return planeNames[plane];
  return slices > 1 ? t('Slice') : '';
}

/** @returns where it ends, CSS pixels from the left */
export function paintCaption(
  context: CanvasRenderingContext2D,
  content: PaneContent,
  plane: Plane,
  slice: number,
  { through }: SliceLayout,
  width: number,
): number {
  context.save();
  context.font = font(12, 600);
  context.textBaseline = 'top';
  context.textAlign = 'left';
  const name = captionName(content.hasOrientation, plane, through.length);
  write(context, name, 8, 7, planeColours[plane]);
  let end = 8 + context.measureText(name).width;
  context.font = font(12);
  if (through.length > 1) {
    const place = `${slice + 1} / ${through.length}`;
    write(context, place, end + 6, 7);
    end += 6 + context.measureText(place).width;
  }
  if (content.title) {
    context.textAlign = 'right';
    const room = width - end - 40;
    const title = shortenedToFit(content.title, (text) => context.measureText(text).width <= room);
    if (room > 30) write(context, title, width - 8, 7);
  }
  context.restore();
  return end;
}

/** A bar of a round length, at most a quarter of the pane. */
export function paintScaleBar(
  context: CanvasRenderingContext2D,
  measure: Measure,
  scale: number,
  width: number,
  height: number,
): void {
  const longest = Math.min(width / 4, 140) / scale;
  const power = 10 ** Math.floor(Math.log10(longest));
  const length = [5, 2, 1].map((factor) => factor * power).find((one) => one <= longest) ?? power;
  // There is no half pixel.
  if (!measure.hasSpacing && length < 1) return;
  const pixels = length * scale;
  if (!(pixels > 8) || width < 160) return;
  const [x, y] = [8, height - 9];
  context.save();
  for (const [colour, thickness] of [
    ['rgba(0, 0, 0, 0.85)', 4],
    ['#fff', 2],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = thickness;
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + pixels, y);
    context.stroke();
  }
  context.font = font(11);
  context.textBaseline = 'bottom';
  write(context, lengthText(length, measure), x, y - 4);
  context.restore();
}
