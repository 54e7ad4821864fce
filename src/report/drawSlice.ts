/** Draws a slice as a small picture: the image in grey, the outlines of both masks over it. */
import { quantile } from '../method/statistics';
import { encodePng } from './png';
import type { Picture } from './report';
import type { Slice } from './slices';

/** The longer side, in pixels of the picture. */
const side = 200;
/** The other one is never thinner. */
const leastSide = 24;

/** Told apart by people who see few colours, on grey; the page's legend names them. */
export const outlineColours = { reference: [0, 200, 255], prediction: [255, 150, 0] } as const;
const greys = 254;
const palette = [
  ...Array.from({ length: greys }, (_, at) => {
    const grey = Math.round((at * 255) / (greys - 1));
    return [grey, grey, grey] as const;
  }),
  outlineColours.reference,
  outlineColours.prediction,
];

export function drawSlice(slice: Slice): Picture {
  const [wide, high] = [slice.width * slice.pixelWidth, slice.height * slice.pixelHeight];
  const scale = side / Math.max(wide, high);
  const [width, height] = [wide, high].map((length) => Math.max(leastSide, Math.round(length * scale))) as [
    number,
    number,
  ];
  // Of each pixel of the picture: the one of the slice under it.
  const columns = Array.from({ length: width }, (_, x) => Math.floor(((x + 0.5) * slice.width) / width));
  const rows = Array.from({ length: height }, (_, y) => Math.floor(((y + 0.5) * slice.height) / height));
  const at = (x: number, y: number): number => rows[y]! * slice.width + columns[x]!;
  const grey = greyOf(slice.image);
  const pixels = new Uint8Array(width * height);
  for (let y = 0, to = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, to += 1) {
      const isEdge = (mask: Float32Array): boolean => {
        const here = mask[at(x, y)];
        const [right, below] = [Math.min(x + 1, width - 1), Math.min(y + 1, height - 1)];
        return mask[at(right, y)] !== here || mask[at(x, below)] !== here;
      };
      pixels[to] = isEdge(slice.prediction) ? greys + 1 : isEdge(slice.reference) ? greys : grey(at(x, y));
    }
  }
  const png = encodePng(pixels, width, height, palette).toString('base64');
  return { name: slice.name, png, width, height };
}

/** From the darkest to the brightest, but for the last percent on each side; mid-grey without an image. */
function greyOf(image: Float32Array | undefined): (at: number) => number {
  const finite = image ? [...image].filter(Number.isFinite) : [];
  if (!image || finite.length === 0) return () => Math.floor(greys / 4);
  const [low, high] = [quantile(finite, 0.01), quantile(finite, 0.99)];
  const range = high > low ? high - low : 1;
  return (at) => {
    const share = (image[at]! - low) / range;
    return Number.isFinite(share) ? Math.round(Math.min(1, Math.max(0, share)) * (greys - 1)) : 0;
  };
}
