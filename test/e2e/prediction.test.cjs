'use strict';
// Does a machine without the training core segment a scan in the editor, from an .onnx file alone: mask on screen, volume, Dice, undo?
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const esbuild = require('esbuild');
const { Story, assert, eventually, removeCore, repository } = require('./story.cjs');

const dataset = 'Dataset001_Sample';
const model = 'bright.onnx';
/** The same with so many layers that it takes minutes. */
const slowModel = 'slow.onnx';
const canvas = '.pane[data-plane="axial"] canvas';

test('an image becomes a mask in the workbench', async (t) => {
  const story = await Story.open(t);
  const { workbench, page } = story;
  const installed = removeCore(workbench.server.dir);
  let frame;
  let whole;

  await story.step('a scan is opened', async () => {
    await makeScans(story, installed);
    await page.locator('.activitybar .action-label[aria-label^="nnU-Net"]').first().click();
    await story.expand(dataset);
    await story.expand('Training cases');
    await story.row('sample_001').click();
    frame = await workbench.webview('table.labels button.link');
  });

  await story.step('Predict This Image shows the mask, its volume and its Dice', async () => {
    await story.run('nnunet.predictImage');
    await story.choose(model);
    const done = story.notification(/bright [\d.]+ ml\. The mask is nnUNet_predictions/);
    await done.waitFor();
    assert.deepEqual(masks(story), ['sample_001.nii.gz']);
    const record = path.join(predictions(story), 'predicted_with.json');
    assert.deepEqual(JSON.parse(fs.readFileSync(record, 'utf8')).model, [story.path(model)]);
    whole = millilitres(await done.textContent());
    await frame
      .locator('td.dice', { hasText: /^[01]\.\d{3}$/ })
      .first()
      .waitFor();
    await eventually(async () => assert.ok((await tinted(frame)) > 200, 'no mask is drawn'));
    await story.picture('predict-image');
  });

  await story.step('Move Mask puts it where the person says', async () => {
    const done = story.notification('The mask is');
    await story.press(done, 'Move Mask');
    const file = story.path('report.nii.gz');
    await workbench.answerFileDialog('Move Mask', file);
    await story.notification('The mask is report.nii.gz').waitFor();
    assert.ok(fs.existsSync(file));
    assert.equal(fs.existsSync(predictions(story)), false);
  });

  await story.step('Delete Mask takes it back', async () => {
    await eventually(async () => assert.ok((await tinted(frame)) > 200, 'no mask is drawn'));
    await story.press(story.notification('The mask is'), 'Delete Mask');
    await eventually(async () => assert.ok((await tinted(frame)) < 20, 'the mask is still drawn'));
    assert.equal(fs.existsSync(story.path('report.nii.gz')), false);
  });

  await story.step('Train nnU-Net says what to install, and Show Engine what there is', async () => {
    await story.closeNotifications();
    await story.run('nnunet.train');
    const missing = story.notification(/nnunet-core is not there.*Install the package that is made for this system/);
    await missing.waitFor();
    await missing.locator('.monaco-button', { hasText: 'Install from VSIX' }).waitFor();
    await story.closeNotifications();
    await story.run('nnunet.showEngine');
    const dialog = page.locator('.monaco-dialog-box');
    await dialog.waitFor();
    await story.picture('engine-missing');
    assert.match(
      await dialog.textContent(),
      /nnunet-core is not there.*ONNX Runtime \d+\.\d+\.\d+, computes with: processor/s,
    );
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });

  await story.step('only a region that is drawn is predicted', async () => {
    await story.closeNotifications();
    await frame.locator('[title^="Draw Region"]').click();
    await drag(page, frame, 'axial', [0.4, 0.35], [0.62, 0.6]);
    await eventually(() => requireRegionInAllPlanes(frame));
    const drawn = await regionText(frame);
    // Its upper edge in another plane is pulled down.
    const { middle, top } = await regionBox(frame, 'coronal');
    await drag(page, frame, 'coronal', [middle, top], [middle, top + 0.06]);
    await eventually(async () => assert.notEqual(await regionText(frame), drawn));
    await story.picture('predict-region');
    await story.run('nnunet.predictImage');
    await story.choose(model);
    await story.choose('Only the drawn region');
    const done = story.notification(/bright [\d.]+ ml\. The mask is nnUNet_predictions/);
    await done.waitFor();
    const part = millilitres(await done.textContent());
    assert.ok(part > 0 && part < 0.9 * whole, `${part} of ${whole} ml`);
    await story.press(done, 'Delete Mask');
    await eventually(() => assert.deepEqual(masks(story), []));
    await frame.locator(canvas).press('Escape');
    await eventually(async () => assert.equal((await regionPixels(frame, 'axial')).length, 0));
    await frame.locator(canvas).press('1');
  });

  await story.step('a mask grows while it is predicted, and Cancel ends the work', async () => {
    const before = await tinted(frame);
    await story.closeNotifications();
    await story.run('nnunet.predictImage');
    await story.choose(slowModel);
    const going = story.notification(/segmenting, tile \d+ of \d+ on the processor/);
    await going.waitFor();
    await eventually(async () => assert.ok((await tinted(frame)) > before + 200, 'nothing has grown'));
    assert.deepEqual(predictionsGoingOn(installed).length, 1);
    await story.picture('predict-growing');
    await story.press(going, 'Cancel');
    await eventually(async () => assert.ok((await tinted(frame)) < before + 50, 'the unfinished mask is still drawn'));
    await eventually(() => assert.deepEqual(predictionsGoingOn(installed), []));
    assert.equal(fs.existsSync(story.path('nnUNet_predictions', dataset, 'slow')), false);
  });

  await story.step("the model's card leads to a prediction", async () => {
    await story.run('nnunet.showModelCard');
    await workbench.answerFileDialog('Show Model Card', story.path(model));
    const card = await workbench.webview('a.button');
    await card.locator('th', { hasText: 'bright' }).waitFor();
    await story.picture('model-card');
    await card.locator('a.button').click();
    await page.locator('.quick-input-title', { hasText: 'Predict This Image: the image' }).waitFor();
    await page.keyboard.press('Escape');
  });

  assert.deepEqual(workbench.errors, []);
});

const millilitres = (text) => Number(/bright ([\d.]+) ml/.exec(text)[1]);

/** From one place in a pane to another, as shares of its width and height. */
async function drag(page, frame, plane, from, to) {
  const box = await frame.locator(`.pane[data-plane="${plane}"] canvas`).boundingBox();
  const at = ([x, y]) => [box.x + x * box.width, box.y + y * box.height];
  await page.mouse.move(...at(from));
  await page.mouse.down();
  await page.mouse.move(...at([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2]));
  await page.mouse.move(...at(to));
  await page.mouse.up();
}

/** What the footer says of the region: "Region of 42 × 38 × 40 mm". */
async function regionText(frame) {
  return /Region of [\d.]+ × [\d.]+ × [\d.]+ mm/.exec(await frame.locator('.status .message').textContent())[0];
}

/** Pixels of a pane in the region's colour, as shares of its width and height. */
async function regionPixels(frame, plane) {
  return frame.evaluate((name) => {
    const found = document.querySelector(name);
    const { data } = found.getContext('2d').getImageData(0, 0, found.width, found.height);
    const pixels = [];
    for (let at = 0; at < data.length; at += 4) {
      if (data[at] !== 92 || data[at + 1] !== 200 || data[at + 2] !== 255) continue;
      const pixel = at / 4;
      pixels.push([(pixel % found.width) / found.width, Math.floor(pixel / found.width) / found.height]);
    }
    return pixels;
  }, `.pane[data-plane="${plane}"] canvas`);
}

async function requireRegionInAllPlanes(frame) {
  for (const plane of ['axial', 'coronal', 'sagittal'])
    assert.ok((await regionPixels(frame, plane)).length > 100, `no region in the ${plane} plane`);
}

/** Its handles' middle column, and the row of its upper edge: below the text with its size. */
async function regionBox(frame, plane) {
  const pixels = await regionPixels(frame, plane);
  const columns = pixels.map(([x]) => x);
  const rows = new Map();
  for (const [, y] of pixels) rows.set(y, (rows.get(y) ?? 0) + 1);
  const widest = Math.max(...rows.values());
  const top = Math.min(...[...rows].filter(([, count]) => count > 0.8 * widest).map(([y]) => y));
  return { middle: (Math.min(...columns) + Math.max(...columns)) / 2, top };
}

const predictions = (story) => story.path('nnUNet_predictions', dataset, 'bright');

function masks(story) {
  const folder = predictions(story);
  return fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => !/^\.|\.json$/.test(name)) : [];
}

async function makeScans(story, installed) {
  const nnunet = (...words) => story.nnunet(words, path.join(installed, 'dist/cli.js'));
  const folder = story.path('nnUNet_raw', dataset);
  nnunet('sample', folder, '--cases', '2', '--test-cases', '0');
  const scan = path.join(folder, 'imagesTr', 'sample_001_0000.nii.gz');
  const { spacing } = JSON.parse(nnunet('inspect', scan, '--json'));
  // Beside node_modules, which it loads from.
  const outfile = path.join(repository, 'out/e2e/toyModel.cjs');
  const external = ['@itk-wasm/image-io', 'itk-wasm'];
  const options = { bundle: true, platform: 'node', format: 'cjs', external, absWorkingDir: repository, outfile };
  const contents = "export * from './test/unit/inference/toyModel'; export * from './test/unit/inference/tinyModel';";
  await esbuild.build({ ...options, stdin: { contents, resolveDir: repository }, logLevel: 'warning' });
  const models = require(outfile);
  const grid = { spacing: [...spacing].reverse() };
  models.thresholdModel(story.path(model), 60, grid);
  writeSlowModel(models, story.path(slowModel), { ...grid, patch: [16, 16, 16] });
}

/** Layers of means of equal channels, which change nothing, before the threshold. */
function writeSlowModel({ writeModel, node, floats, value, toyMetadata }, file, options) {
  const [channels, layers] = [512, 8];
  const many = (count, each) => Array.from({ length: count }, () => each);
  const conv = (name, from, to) => node('Conv', [from, name, ...(to === 'logits' ? ['bias'] : [])], [to]);
  const means = Array.from({ length: layers }, (_, layer) => conv('mean', `a${layer}`, `a${layer + 1}`));
  writeModel(file, {
    nodes: [conv('first', 'image', 'a0'), ...means, conv('last', `a${layers}`, 'logits')],
    initializers: [
      floats('first', [channels, 1, 1, 1, 1], many(channels, 1)),
      floats('mean', [channels, channels, 1, 1, 1], many(channels * channels, 1 / channels)),
      floats('last', [2, channels, 1, 1, 1], [...many(channels, 0), ...many(channels, 1 / channels)]),
      floats('bias', [2], [60, 0]),
    ],
    inputs: [value('image', ['batch', 1, 'z', 'y', 'x'])],
    outputs: [value('logits', ['batch', 2, 'z', 'y', 'x'])],
    metadata: toyMetadata(options),
  });
}

/** Processes of this extension that hold a model. */
function predictionsGoingOn(installed) {
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return fs
          .readFileSync(`/proc/${pid}/cmdline`, 'utf8')
          .includes(path.join(installed, 'dist/inferenceWorker.js'));
      } catch {
        return false; // It has ended.
      }
    });
}

/** Pixels of the axial pane in the middle of coloured ones: a mask's, not the crosshair's thin lines. */
async function tinted(frame) {
  return frame.evaluate((name) => {
    const found = document.querySelector(name);
    const { width, height } = found;
    const { data } = found.getContext('2d').getImageData(0, 0, width, height);
    const isTinted = (x, y) => {
      const [red, green, blue] = data.subarray(4 * (y * width + x), 4 * (y * width + x) + 3);
      return Math.max(red, green, blue) - Math.min(red, green, blue) > 25;
    };
    let count = 0;
    for (let y = 2; y < height - 2; y++)
      for (let x = 2; x < width - 2; x++)
        if (isTinted(x, y) && isTinted(x - 2, y) && isTinted(x + 2, y) && isTinted(x, y - 2) && isTinted(x, y + 2))
          count += 1;
    return count;
  }, canvas);
}
