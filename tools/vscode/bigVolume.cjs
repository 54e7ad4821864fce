'use strict';
// Writes a volume of any size for tests and measurements, a slice at a time.
const fs = require('node:fs');

/** A ball in noise, int16, NIfTI-1. */
function writeVolume(file, [nx, ny, nz]) {
  const header = Buffer.alloc(352);
  header.writeInt32LE(348, 0);
  [3, nx, ny, nz, 1, 1, 1, 1].forEach((value, index) => header.writeInt16LE(value, 40 + index * 2));
  header.writeInt16LE(4, 70);
  header.writeInt16LE(16, 72);
  [1, 1, 1, 1].forEach((value, index) => header.writeFloatLE(value, 76 + index * 4));
  header.writeFloatLE(352, 108);
  header.writeInt16LE(1, 254);
  [
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 1, 0],
  ]
    .flat()
    .forEach((value, index) => header.writeFloatLE(value, 280 + index * 4));
  header.write('n+1\0', 344, 'latin1');
  const out = fs.openSync(file, 'w');
  fs.writeSync(out, header);
  const slice = new Int16Array(nx * ny);
  let seed = 1;
  for (let z = 0; z < nz; z++) {
    for (let y = 0, i = 0; y < ny; y++)
      for (let x = 0; x < nx; x++, i++) {
        seed = (seed * 1103515245 + 12345) & 0x7fffffff;
        const distance = Math.hypot(x / nx - 0.5, y / ny - 0.5, z / nz - 0.5);
        slice[i] = (distance < 0.45 ? 200 : -1000) + ((seed >> 16) % 80);
      }
    fs.writeSync(out, new Uint8Array(slice.buffer));
  }
  fs.closeSync(out);
}

module.exports = { writeVolume };
