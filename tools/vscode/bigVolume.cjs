'use strict';
// Writes volumes of any size for tests and measurements.
const fs = require('node:fs');
const zlib = require('node:zlib');

const types = { int16: { code: 4, bits: 16 }, uint8: { code: 2, bits: 8 } };

/** NIfTI-1, voxels of 1 mm. */
function header([nx, ny, nz], type) {
  const bytes = Buffer.alloc(352);
  bytes.writeInt32LE(348, 0);
  [3, nx, ny, nz, 1, 1, 1, 1].forEach((value, index) => bytes.writeInt16LE(value, 40 + index * 2));
  bytes.writeInt16LE(types[type].code, 70);
  bytes.writeInt16LE(types[type].bits, 72);
  [1, 1, 1, 1].forEach((value, index) => bytes.writeFloatLE(value, 76 + index * 4));
  bytes.writeFloatLE(352, 108);
  bytes.writeInt16LE(1, 254);
  [
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 1, 0],
  ]
    .flat()
    .forEach((value, index) => bytes.writeFloatLE(value, 280 + index * 4));
  bytes.write('n+1\0', 344, 'latin1');
  return bytes;
}

/** The same numbers every time. */
function random() {
  let seed = 1;
  return () => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    return seed >> 16;
  };
}

/** A ball in noise, int16; a slice at a time. */
function writeVolume(file, [nx, ny, nz]) {
  const out = fs.openSync(file, 'w');
  fs.writeSync(out, header([nx, ny, nz], 'int16'));
  const slice = new Int16Array(nx * ny);
  const next = random();
  for (let z = 0; z < nz; z++) {
    for (let y = 0, i = 0; y < ny; y++)
      for (let x = 0; x < nx; x++, i++) {
        const distance = Math.hypot(x / nx - 0.5, y / ny - 0.5, z / nz - 0.5);
        slice[i] = (distance < 0.45 ? 200 : -1000) + (next() % 80);
      }
    fs.writeSync(out, new Uint8Array(slice.buffer));
  }
  fs.closeSync(out);
}

/** A ball that labels fill, each what lies nearest to a place of its own, with ragged borders; uint8, gzip. */
function writeLabelMap(file, edge, labels) {
  const block = 4;
  const blocks = Math.ceil(edge / block);
  const next = random();
  // Spread evenly, so that each label has room (Roberts's R3 sequence).
  const places = Array.from({ length: labels }, (_, at) =>
    [0.8191725134, 0.671043606, 0.5497004779].map((step) => (0.2 + 0.6 * (((at + 1) * step) % 1)) * blocks),
  );
  const coarse = new Uint8Array(blocks ** 3);
  for (let z = 0, i = 0; z < blocks; z++)
    for (let y = 0; y < blocks; y++)
      for (let x = 0; x < blocks; x++, i++) {
        if (Math.hypot(x / blocks - 0.5, y / blocks - 0.5, z / blocks - 0.5) > 0.48) continue;
        const distances = places.map(([px, py, pz]) => (px - x) ** 2 + (py - y) ** 2 + (pz - z) ** 2);
        coarse[i] = 1 + distances.indexOf(Math.min(...distances));
      }
  const voxels = new Uint8Array(edge ** 3);
  const ragged = (index) => Math.min(blocks - 1, Math.max(0, (index + (next() % 3) - 1) >> 2));
  for (let z = 0, i = 0; z < edge; z++)
    for (let y = 0; y < edge; y++)
      for (let x = 0; x < edge; x++, i++) voxels[i] = coarse[(ragged(z) * blocks + (y >> 2)) * blocks + ragged(x)];
  fs.writeFileSync(file, zlib.gzipSync(Buffer.concat([header([edge, edge, edge], 'uint8'), voxels])));
}

module.exports = { writeVolume, writeLabelMap };
