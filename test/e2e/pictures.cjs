'use strict';
// Keeps pictures of the documentation small enough for git: the same pixels packed better, or with fewer colours where that is not enough.
const zlib = require('node:zlib');
const { applyPalette, quantize } = require('gifenc');

const mostBytes = 200_000;

/**
 * @param {import('playwright-core').Page} page  any page of a browser, which decodes the picture
 * @param {Buffer} png
 * @returns {Promise<Buffer>} a PNG of fewer than 200 kB
 */
async function smallPng(page, png) {
  const { width, height, base64 } = await page.evaluate(async (encoded) => {
    const image = new Image();
    image.src = `data:image/png;base64,${encoded}`;
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    let text = '';
    for (let i = 0; i < data.length; i += 32_768) text += String.fromCharCode(...data.subarray(i, i + 32_768));
    return { width: image.width, height: image.height, base64: btoa(text) };
  }, png.toString('base64'));
  const rgba = Buffer.from(base64, 'base64');
  const exact = trueColour(rgba, width, height);
  if (exact.length < mostBytes) return exact;
  const indexed = indexedColour(...fewColours(rgba), width, height);
  if (indexed.length >= mostBytes)
    throw new Error(`the picture is ${indexed.length} bytes large even with 256 colours`);
  return indexed;
}

/** Scans are grey: 128 shades of it, and as many colours for all else. @returns indices and palette */
function fewColours(rgba) {
  const greys = Array.from({ length: 128 }, (_, level) => [2 * level, 2 * level, 2 * level]);
  const indices = new Uint8Array(rgba.length / 4);
  const others = [];
  for (let i = 0; i < indices.length; i++) {
    const [red, green, blue] = rgba.subarray(4 * i, 4 * i + 3);
    const isGrey = Math.max(red, green, blue) - Math.min(red, green, blue) <= 3;
    if (isGrey) indices[i] = green >> 1;
    else others.push(i);
  }
  if (others.length === 0) return [indices, greys];
  const coloured = new Uint8Array(others.length * 4);
  for (const [at, i] of others.entries()) coloured.set(rgba.subarray(4 * i, 4 * i + 4), 4 * at);
  const palette = quantize(coloured, 128, { format: 'rgb565' });
  const chosen = applyPalette(coloured, palette, 'rgb565');
  for (const [at, i] of others.entries()) indices[i] = greys.length + chosen[at];
  return [indices, [...greys, ...palette]];
}

function trueColour(rgba, width, height) {
  const rgb = Buffer.alloc(width * height * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4) for (let c = 0; c < 3; c++) rgb[to++] = rgba[from + c];
  return encode(rgb, width, height, 3, []);
}

function indexedColour(indices, palette, width, height) {
  return encode(Buffer.from(indices), width, height, 1, [
    chunk('PLTE', Buffer.from(palette.flatMap((c) => c.slice(0, 3)))),
  ]);
}

/** @param {Buffer} bytes  rows of pixels of `size` bytes */
function encode(bytes, width, height, size, extra) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, size === 3 ? 2 : 3, 0, 0, 0], 8);
  const data = zlib.deflateSync(filtered(bytes, width * size, height, size), { level: 9, memLevel: 9 });
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    ...extra,
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Of each row the filter (none, left, above, Paeth) with the smallest differences; palettes are best left alone. */
function filtered(bytes, length, height, size) {
  const rows = [];
  for (let y = 0; y < height; y++) {
    const row = bytes.subarray(y * length, (y + 1) * length);
    const above = y > 0 ? bytes.subarray((y - 1) * length, y * length) : Buffer.alloc(length);
    let best;
    for (const type of size === 1 ? [0] : [0, 1, 2, 4]) {
      const out = Buffer.alloc(length + 1);
      out[0] = type;
      let cost = 0;
      for (let x = 0; x < length; x++) {
        const left = x >= size ? row[x - size] : 0;
        const corner = x >= size ? above[x - size] : 0;
        const value = (row[x] - predicted(type, left, above[x], corner)) & 255;
        out[x + 1] = value;
        cost += value < 128 ? value : 256 - value;
      }
      if (!best || cost < best.cost) best = { cost, out };
    }
    rows.push(best.out);
  }
  return Buffer.concat(rows);
}

function predicted(type, left, above, corner) {
  if (type === 1) return left;
  if (type === 2) return above;
  if (type !== 4) return 0;
  const guess = left + above - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? above : corner;
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

const table = Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

function crc32(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = table[(value ^ byte) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

module.exports = { smallPng };
