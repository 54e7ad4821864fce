'use strict';
// A NIfTI file whose first axis runs the other way in the body: the same voxels as of somebody mirrored, with left-handed axes.
const fs = require('node:fs');
const zlib = require('node:zlib');

const qformCode = 252;
const sformCode = 254;
const firstAxis = [280, 296, 312];

/** @param {string} file  .nii.gz of one file, little-endian */
function mirrored(file) {
  const bytes = zlib.gunzipSync(fs.readFileSync(file));
  if (bytes.readInt16LE(sformCode) === 0) throw new Error(`${file} has no sform`);
  bytes.writeInt16LE(0, qformCode);
  for (const at of firstAxis) bytes.writeFloatLE(-bytes.readFloatLE(at), at);
  return zlib.gzipSync(bytes);
}

module.exports = { mirrored };
