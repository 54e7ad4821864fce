'use strict';
// Do voxels and masks of oblique, flipped and anisotropic files lie where the file says, in every plane? By value, in the editor's page.
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const zlib = require('node:zlib');
const { VolumePages } = require('../../tools/vscode/volume-page.cjs');
const { dot, measurePane, readPlace } = require('./place.cjs');

/** An ES module. */
let nifti;
const data = path.resolve(__dirname, '../../../shared/data');
const volumes = path.join(data, 'volumes');
const orientations = path.join(data, 'nifti-conformance/nifti_space_orientations');

/** With a mask of the same grid each. */
const labelled = {
  'oblique brain': ['mr_flair_lesion/FLAIR.nii.gz', 'mr_flair_lesion/lesion.nii.gz'],
  'oblique, thick slices': ['mr_spine_mt_3channel/mt1.nii.gz', 'mr_spine_mt_3channel/mt1_seg.nii.gz'],
  'flipped in x and y': ['ct_pulmonary_1p5mm/ct_cropped.nii.gz', 'ct_pulmonary_1p5mm/pulmonary_artery.nii.gz'],
  'permuted axes (PSR)': ['mr_spine_t2_psr/t2.nii.gz', 'mr_spine_t2_psr/t2_seg-manual.nii.gz'],
  'thick slices of 5 mm': [
    'ct_spleen_anisotropic/sub-spleen2_ct.nii.gz',
    'ct_spleen_anisotropic/sub-spleen2_ct_seg-manual.nii.gz',
  ],
};

const options = {
  skip: !fs.existsSync(volumes) && `SKIPPED: ${volumes} is absent, volume geometry is not tested by value`,
};
if (options.skip) console.error(options.skip);

test('volumes lie where their files say', options, async (t) => {
  nifti = await import('nifti-reader-js');
  const pages = await VolumePages.open();
  t.after(() => pages.close());
  for (const [name, files] of Object.entries(labelled)) {
    const [image, mask] = files.map((file) => path.join(volumes, file));
    await t.test(name, () => checkMasked(pages, image, mask));
  }
  for (const code of ['RAS', 'RPI', 'ASL', 'PIL', 'SLA', 'IRA'])
    await t.test(`the same head stored as ${code}`, () => checkHead(pages, path.join(orientations, `${code}.nii.gz`)));
});

/** Image and mask of one grid: values, millimetres, label and colour at a voxel within the mask and at others. */
async function checkMasked(pages, imageFile, maskFile) {
  const [image, mask] = [readNifti(imageFile), readNifti(maskFile)];
  const { page, errors } = await pages.show(imageFile, { chosen: [maskFile] });
  await page.locator('canvas').first().waitFor();
  await page.locator('.status .place', { hasText: 'Value' }).waitFor();
  await page.getByText('Add Segmentation…').click();
  const labels = page.locator('table.labels button.link');
  await labels.first().waitFor();
  await labels.first().click();
  const crosshair = (await readPlace(page)).voxel;
  assert.ok(mask.at(crosshair) > 0, `the label's middle ${crosshair} is outside the mask`);
  for (const plane of ['axial', 'coronal', 'sagittal']) {
    const pane = await measurePane(page, page, plane);
    checkDirections(pane, plane);
    let [inside, outside] = [0, 0];
    const pixels = [];
    for (const voxel of spread(image, pane, crosshair)) {
      const point = pane.pixelOf(image.worldOf(voxel));
      pixels.push({ voxel, point, isMask: mask.at(voxel) > 0 });
    }
    const tints = await tintsAt(page, plane, pixels);
    for (const [index, { voxel, isMask }] of pixels.entries()) {
      const { tint } = tints[index];
      if (isMask) {
        inside++;
        assert.ok(tint > 12, `${plane}: no colour at voxel ${voxel}, which the mask holds (${tint})`);
      } else {
        outside++;
        assert.ok(tint === 0, `${plane}: colour at voxel ${voxel}, which is background (${tint})`);
      }
    }
    assert.ok(inside >= 1 && outside >= 10, `${plane}: only ${inside} voxels inside and ${outside} outside were seen`);
    assert.ok(
      correlation(
        tints.map(({ grey }) => grey),
        pixels.map(({ voxel }) => image.at(voxel)),
      ) > 0.8,
      plane,
    );
    for (const { point, isMask } of [pixels.find((one) => one.isMask), pixels.find((one) => !one.isMask)])
      await checkPlace(page, pane, point, image, isMask);
  }
  assert.deepEqual(errors, []);
  await page.close();
}

/** What the footer says under the mouse, against the file. */
async function checkPlace(page, pane, [x, y], image, isMask) {
  await page.mouse.move(pane.box.x + x, pane.box.y + y);
  const place = await readPlace(page);
  const world = image.worldOf(place.voxel);
  for (const axis of [0, 1, 2])
    assert.ok(
      Math.abs(world[axis] - place.world[axis]) <= longest(image) / 2 + 0.1,
      `${place.text}: file says ${world}`,
    );
  assertNear(place.value, image.at(place.voxel), place.text);
  if (isMask !== undefined) assert.equal(!/: background$/.test(place.text), isMask, place.text);
}

/** Stored in whichever order, the same head: what lies at a place of the body is what lies there in the file. */
async function checkHead(pages, file) {
  const image = readNifti(file);
  const { page, errors } = await pages.show(file);
  await page.locator('.status .place', { hasText: 'Value' }).waitFor();
  for (const plane of ['axial', 'coronal', 'sagittal']) {
    const pane = await measurePane(page, page, plane);
    checkDirections(pane, plane);
    for (const [fx, fy] of [
      [0.42, 0.4],
      [0.55, 0.6],
    ])
      await checkPlace(page, pane, [pane.box.width * fx, pane.box.height * fy], image);
  }
  assert.deepEqual(errors, []);
  await page.close();
}

/** Radiological: the patient's left at the right of the screen, head and front up; in the sagittal plane the front at the left. */
function checkDirections({ right, down }, plane) {
  const main = (v) => {
    const axis = v.map(Math.abs).indexOf(Math.max(...v.map(Math.abs)));
    return 'RAS'[axis] && ['LR', 'PA', 'IS'][axis][v[axis] > 0 ? 1 : 0];
  };
  const expected = { axial: ['L', 'P'], coronal: ['L', 'I'], sagittal: ['P', 'I'] }[plane];
  assert.deepEqual([main(right), main(down)], expected, plane);
}

/** Voxels of the slice that a pane shows, spread over it, some of them within a few voxels of the crosshair. */
function spread(image, pane, crosshair) {
  const across = [pane.right, pane.down].map((direction) => image.axisAlong(direction));
  const voxels = [];
  for (let i = 1; i < 12; i++)
    for (let j = 1; j < 12; j++) {
      const voxel = [...crosshair];
      voxel[across[0]] = Math.floor((image.shape[across[0]] * i) / 12);
      voxel[across[1]] = Math.floor((image.shape[across[1]] * j) / 12);
      voxels.push(voxel);
    }
  for (const [i, j] of [
    [1, 1],
    [-1, 1],
    [1, -1],
    [-1, -1],
    [2, 3],
    [-3, 2],
  ]) {
    const voxel = [...crosshair];
    voxel[across[0]] += i;
    voxel[across[1]] += j;
    if (voxel.every((value, axis) => value >= 0 && value < image.shape[axis])) voxels.push(voxel);
  }
  return voxels.filter((voxel) => {
    const [x, y] = pane.pixelOf(image.worldOf(voxel));
    // Not under the letters at the edges, nor outside the pane.
    return (
      x > 30 &&
      y > 30 &&
      x < pane.box.width - 30 &&
      y < pane.box.height - 40 &&
      !onCrosshair(image, pane, crosshair, x, y)
    );
  });
}

function onCrosshair(image, pane, crosshair, x, y) {
  const [cx, cy] = pane.pixelOf(image.worldOf(crosshair));
  return Math.abs(x - cx) < 3 || Math.abs(y - cy) < 3;
}

/** How much colour the mask adds to a pixel, and the pixel's grey without it. */
async function tintsAt(page, plane, pixels) {
  const read = () =>
    page.evaluate(
      async ([name, points]) => {
        const canvas = document.querySelector(`figure[data-plane="${name}"] canvas`);
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        const context = canvas.getContext('2d');
        const ratio = canvas.width / canvas.clientWidth;
        return points.map(([x, y]) => [
          ...context.getImageData(Math.round(x * ratio - 0.5), Math.round(y * ratio - 0.5), 1, 1).data,
        ]);
      },
      [plane, pixels.map(({ point }) => point)],
    );
  await page.locator(`figure[data-plane="${plane}"] canvas`).focus();
  const masked = await read();
  await page.keyboard.press('m');
  const plain = await read();
  await page.keyboard.press('m');
  return plain.map((colour, index) => ({
    grey: colour[0],
    tint: Math.max(...[0, 1, 2].map((channel) => Math.abs(masked[index][channel] - colour[channel]))),
  }));
}

/** Read by another library than the editor's own code path: header and voxels as they are stored. */
function readNifti(file) {
  let bytes = fs.readFileSync(file);
  if (file.endsWith('.gz')) bytes = zlib.gunzipSync(bytes);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const header = nifti.readHeader(buffer);
  const types = {
    2: Uint8Array,
    4: Int16Array,
    8: Int32Array,
    16: Float32Array,
    64: Float64Array,
    256: Int8Array,
    512: Uint16Array,
  };
  const voxels = new types[header.datatypeCode](nifti.readImage(header, buffer));
  const shape = header.dims.slice(1, 4);
  const { affine } = header;
  const slope = header.scl_slope || 1;
  const intercept = header.scl_slope ? header.scl_inter : 0;
  return {
    shape,
    affine,
    at: ([x, y, z]) => voxels[(z * shape[1] + y) * shape[0] + x] * slope + intercept,
    worldOf: (v) =>
      [0, 1, 2].map((row) => affine[row][0] * v[0] + affine[row][1] * v[1] + affine[row][2] * v[2] + affine[row][3]),
    /** The array's axis that runs along a direction of the body. */
    axisAlong(direction) {
      const along = [0, 1, 2].map((axis) => {
        const column = [0, 1, 2].map((row) => affine[row][axis]);
        return Math.abs(dot(column, direction)) / Math.hypot(...column);
      });
      return along.indexOf(Math.max(...along));
    },
  };
}

const longest = ({ affine }) =>
  Math.max(...[0, 1, 2].map((axis) => Math.hypot(...[0, 1, 2].map((row) => affine[row][axis])))) * Math.sqrt(3);
const assertNear = (actual, expected, message) =>
  assert.ok(Math.abs(actual - expected) <= 1e-4 * Math.max(1, Math.abs(expected)), `${message}: file says ${expected}`);

function correlation(a, b) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  const covariance = (x, mx, y, my) => x.reduce((sum, value, index) => sum + (value - mx) * (y[index] - my), 0);
  return covariance(a, ma, b, mb) / Math.sqrt(covariance(a, ma, a, ma) * covariance(b, mb, b, mb));
}
