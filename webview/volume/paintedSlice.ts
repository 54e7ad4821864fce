/** Keeps a slice as a picture, so that moving the crosshair paints nothing anew. */
import type { SliceLayout } from './geometry';

/** A painted slice that is kept until its key changes. */
export class PaintedSlice {
  private readonly canvas = document.createElement('canvas');
  private key = '';

  get(key: string, { right, down }: SliceLayout, paint: (rgba: Uint8ClampedArray) => void): HTMLCanvasElement {
    if (key === this.key) return this.canvas;
    if (this.canvas.width !== right.length) this.canvas.width = right.length;
    if (this.canvas.height !== down.length) this.canvas.height = down.length;
    const context = this.canvas.getContext('2d');
    if (!context) return this.canvas;
    const picture = context.createImageData(right.length, down.length);
    paint(picture.data);
    context.putImageData(picture, 0, 0);
    this.key = key;
    return this.canvas;
  }
}
