/** Makes files of what is seen: a PNG of the panes, or a GIF that runs through the slices of a plane. */
import { applyPalette, GIFEncoder, quantize } from 'gifenc';
import type { SlicePane } from './pane';

export interface PictureSource {
  panes: readonly SlicePane[];
  paint(pane: SlicePane, context: CanvasRenderingContext2D, width: number, height: number, slice?: number): void;
  /** A three-dimensional view that belongs into the picture, with its place on the page. */
  extra?: { image: CanvasImageSource; box: DOMRect };
}

/** The panes as they lie on the page, at the screen's resolution. */
export async function pngOf(source: PictureSource): Promise<ArrayBuffer> {
  const ratio = Math.max(1, globalThis.devicePixelRatio || 1);
  const boxes = source.panes.map((pane) => pane.canvas.getBoundingClientRect());
  const all = source.extra ? [...boxes, source.extra.box] : boxes;
  const left = Math.min(...all.map((box) => box.left));
  const top = Math.min(...all.map((box) => box.top));
  const width = Math.max(...all.map((box) => box.right)) - left;
  const height = Math.max(...all.map((box) => box.bottom)) - top;
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = contextOf(canvas);
  context.scale(ratio, ratio);
  context.fillStyle = '#000';
  context.fillRect(0, 0, width, height);
  source.panes.forEach((pane, index) => {
    const box = boxes[index];
    if (!box) return;
    clipped(context, box.left - left, box.top - top, box.width, box.height, () =>
      source.paint(pane, context, box.width, box.height),
    );
  });
  if (source.extra) {
    const { image, box } = source.extra;
    context.drawImage(image, box.left - left, box.top - top, box.width, box.height);
  }
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (!blob) throw new Error('The picture could not be made; it may be too large for this machine.');
  return blob.arrayBuffer();
}

interface GifOptions {
  /** All slices, or this many at most, evenly spread. */
  maximumFrames: number;
  framesPerSecond: number;
  onProgress(done: number, total: number): void;
  isCancelled(): boolean;
}

/** Longest side of one pane in a GIF, pixels. */
const longestGifSide = 480;

/** The slices of a plane in a loop; several panes stand side by side and run together. Undefined when cancelled. */
export async function gifOf(
  source: PictureSource,
  slices: number,
  options: GifOptions,
): Promise<ArrayBuffer | undefined> {
  const boxes = source.panes.map((pane) => pane.canvas.getBoundingClientRect());
  const longest = Math.max(...boxes.flatMap((box) => [box.width, box.height]));
  const scale = Math.min(1, longestGifSide / longest);
  const width = Math.round(boxes.reduce((sum, box) => sum + box.width, 0) * scale);
  const height = Math.round(Math.max(...boxes.map((box) => box.height)) * scale);
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = contextOf(canvas, true);
  const encoder = GIFEncoder();
  const total = Math.min(slices, options.maximumFrames);
  let palette: number[][] | undefined;
  for (let frame = 0; frame < total; frame++) {
    if (options.isCancelled()) return undefined;
    const slice = total === 1 ? Math.floor(slices / 2) : Math.round((frame * (slices - 1)) / (total - 1));
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = '#000';
    context.fillRect(0, 0, width, height);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    let left = 0;
    source.panes.forEach((pane, index) => {
      const box = boxes[index];
      if (!box) return;
      clipped(context, left, 0, box.width, box.height, () => source.paint(pane, context, box.width, box.height, slice));
      left += box.width;
    });
    const { data } = context.getImageData(0, 0, width, height);
    palette = quantize(data, 256);
    encoder.writeFrame(applyPalette(data, palette), width, height, {
      palette,
      delay: Math.round(1000 / options.framesPerSecond),
      repeat: 0,
    });
    options.onProgress(frame + 1, total);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  encoder.finish();
  return encoder.bytes().slice().buffer as ArrayBuffer;
}

function contextOf(canvas: HTMLCanvasElement, willReadFrequently = false): CanvasRenderingContext2D {
  const context = canvas.getContext('2d', { willReadFrequently });
  if (!context) throw new Error('The picture could not be made: the browser gives no canvas.');
  return context;
}

function clipped(
  context: CanvasRenderingContext2D,
  left: number,
  top: number,
  width: number,
  height: number,
  paint: () => void,
): void {
  context.save();
  context.translate(left, top);
  context.beginPath();
  context.rect(0, 0, width, height);
  context.clip();
  paint();
  context.restore();
}
