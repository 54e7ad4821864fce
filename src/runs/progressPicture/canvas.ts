/** A white picture to draw lines and short texts on, where there is no browser to do it. */
import { dotsOf, glyphHeight, glyphWidth } from './glyphs';

export type Colour = readonly [red: number, green: number, blue: number];

export interface Stroke {
  colour: Colour;
  /** Pixels. */
  thickness?: number;
  /** Pixels drawn and left out in turn. */
  dash?: number;
}

const dotSize = 2;
export const textHeight = dotSize * glyphHeight;
export const letterWidth = dotSize * (glyphWidth + 1);

export class Canvas {
  /** (3, height, width): red, green, blue. */
  readonly pixels: Uint8Array;

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.pixels = new Uint8Array(3 * width * height).fill(255);
  }

  /** Points that are not finite leave a gap. */
  polyline(points: readonly (readonly [x: number, y: number])[], stroke: Stroke): void {
    let drawn = 0;
    for (let index = 1; index < points.length; index += 1) {
      const [[x0, y0], [x1, y1]] = [points[index - 1]!, points[index]!];
      if (![x0, y0, x1, y1].every(Number.isFinite)) continue;
      const steps = Math.max(1, Math.ceil(Math.hypot(x1 - x0, y1 - y0)));
      for (let step = 0; step <= steps; step += 1) {
        if (stroke.dash && Math.floor((drawn + step) / stroke.dash) % 2 === 1) continue;
        this.dot(x0 + ((x1 - x0) * step) / steps, y0 + ((y1 - y0) * step) / steps, stroke);
      }
      drawn += steps;
    }
  }

  /** @param align  which part of the text is at x; y is its middle */
  text(x: number, y: number, text: string, colour: Colour, align: 'left' | 'middle' | 'right' = 'left'): void {
    const width = text.length * letterWidth - dotSize;
    const left = Math.round(x - (align === 'left' ? 0 : align === 'right' ? width : width / 2));
    const top = Math.round(y - textHeight / 2);
    [...text].forEach((letter, index) => {
      for (const [column, row] of dotsOf(letter)) {
        this.square(left + index * letterWidth + column * dotSize, top + row * dotSize, dotSize, colour);
      }
    });
  }

  private dot(x: number, y: number, { colour, thickness = 1 }: Stroke): void {
    const offset = (thickness - 1) / 2;
    this.square(Math.round(x - offset), Math.round(y - offset), thickness, colour);
  }

  private square(left: number, top: number, size: number, colour: Colour): void {
    const plane = this.width * this.height;
    for (let y = Math.max(0, top); y < Math.min(this.height, top + size); y += 1) {
      for (let x = Math.max(0, left); x < Math.min(this.width, left + size); x += 1) {
        for (const [channel, value] of colour.entries()) this.pixels[channel * plane + y * this.width + x] = value;
      }
    }
  }
}
