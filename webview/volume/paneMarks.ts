/** Draws what lies over a slice besides masks: outlines of labels, letters of orientation, caption and scale bar. */
import { toHex } from './colours';
import { edgeLetters, type Plane, type SliceLayout } from './geometry';
import { planeColours, planeNames, type Overlay, type PaneContent } from './paneContent';
import type { Placement } from './placement';

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
): void {
  if (!content.hasOrientation) return;
  const letters = edgeLetters(content.display, layout);
  context.save();
  context.font = font(13, 600);
  context.textBaseline = 'middle';
  context.textAlign = 'center';
  write(context, letters.top, width / 2, 11);
  write(context, letters.bottom, width / 2, height - 11);
  context.textAlign = 'left';
  write(context, letters.left, 6, height / 2);
  context.textAlign = 'right';
  write(context, letters.right, width - 6, height / 2);
  context.restore();
}

export function paintCaption(
  context: CanvasRenderingContext2D,
  content: PaneContent,
  plane: Plane,
  slice: number,
  { through }: SliceLayout,
  width: number,
): void {
  context.save();
  context.font = font(12, 600);
  context.textBaseline = 'top';
  context.textAlign = 'left';
  const name = content.hasOrientation ? planeNames[plane] : 'Slice';
  write(context, name, 8, 7, planeColours[plane]);
  const nameWidth = context.measureText(name).width;
  context.font = font(12);
  if (through.length > 1) write(context, `${slice + 1} / ${through.length}`, 14 + nameWidth, 7);
  if (content.title) {
    context.textAlign = 'right';
    const room = width / 2 - 24;
    write(context, shortened(context, content.title, room), width - 8, 7);
  }
  context.restore();
}

function shortened(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  let length = text.length;
  while (length > 4 && context.measureText(`${text.slice(0, length)}…`).width > room) length--;
  return `${text.slice(0, length)}…`;
}

/** A bar of a round length, at most a quarter of the pane. */
export function paintScaleBar(context: CanvasRenderingContext2D, scale: number, width: number, height: number): void {
  const longest = Math.min(width / 4, 140) / scale;
  const power = 10 ** Math.floor(Math.log10(longest));
  const length = [5, 2, 1].map((factor) => factor * power).find((one) => one <= longest) ?? power;
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
  write(context, length >= 10 ? `${length / 10} cm` : `${Number(length.toPrecision(2))} mm`, x, y - 4);
  context.restore();
}
