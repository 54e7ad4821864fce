'use strict';
// Where things are in the volume editor, told by its own footer: which place of the body is under a pixel, and which pixel shows a place.
const assert = require('node:assert/strict');

/**
 * Where a pane's pixels lie in the body, from what the footer says at some of them.
 * @param frame  of the editor's page within VS Code, or the page itself
 */
async function measurePane(page, frame, plane) {
  const canvas = frame.locator(`figure[data-plane="${plane}"] canvas`);
  const box = await canvas.boundingBox();
  // Off the slice the footer tells the crosshair's place.
  await page.mouse.move(1, 1);
  const crosshair = (await readPlace(frame)).text;
  const at = async (fx, fy) => {
    await page.mouse.move(box.x + box.width * fx, box.y + box.height * fy);
    return readPlace(frame);
  };
  // The slice may be narrow: the widest cross that stays on it.
  const centre = await at(0.5, 0.5);
  const reach = async (dx, dy) => {
    let found;
    for (const share of [0.02, 0.05, 0.1, 0.15, 0.2, 0.3]) {
      const place = await at(0.5 + dx * share, 0.5 + dy * share);
      if (place.text === crosshair) break;
      found = { place, step: share };
    }
    assert.ok(found, `${plane}: nothing is under the mouse beside the middle`);
    return found;
  };
  const [r, d] = [await reach(1, 0), await reach(0, 1)];
  const perPixel = ({ place, step }, length) =>
    place.world.map((value, axis) => (value - centre.world[axis]) / (step * length));
  const right = perPixel(r, box.width);
  const down = perPixel(d, box.height);
  return {
    box,
    right,
    down,
    centre: centre.world,
    /** Pixel in the pane of a place on its slice. */
    pixelOf(world) {
      const offset = world.map((value, axis) => value - centre.world[axis]);
      const [rr, dd, rd] = [dot(right, right), dot(down, down), dot(right, down)];
      const [or, od] = [dot(offset, right), dot(offset, down)];
      const determinant = rr * dd - rd * rd;
      return [box.width / 2 + (or * dd - od * rd) / determinant, box.height / 2 + (od * rr - or * rd) / determinant];
    },
  };
}

/** The footer: "Voxel 1, 2, 3   L 4.0, P 5.0, S 6.0 mm   Value 7   name: label". */
async function readPlace(frame) {
  await frame.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const text = await frame.locator('.status .place').textContent();
  const voxel = /Voxel (\d+), (\d+), (\d+)/.exec(text).slice(1).map(Number);
  const world = [...text.matchAll(/([RLAPSI]) ([\d.]+)/g)]
    .slice(0, 3)
    .map(([, letter, mm]) => ('RAS'.includes(letter) ? 1 : -1) * Number(mm));
  return { text, voxel, world, value: Number(/Value (-?[\d.e+-]+)/.exec(text)?.[1]) };
}

const dot = (a, b) => a.reduce((sum, value, index) => sum + value * b[index], 0);

module.exports = { dot, measurePane, readPlace };
