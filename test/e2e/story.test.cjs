'use strict';
// A person's first day with nnU-Net, in the workbench with the packaged extension: sample scans, a training, masks, a second training.
const { GifReader } = require('omggif');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { Story, assert, coloursAt, eventually, pictured, pixelsOf } = require('./story.cjs');

const dataset = 'Dataset001_Sample';
/** Of the pictures in every theme, those that are kept. */
const documented = new Set([
  ...['overview-dark', 'overview-light', 'overview-high-contrast', 'differences-dark', 'differences-high-contrast'],
  ...['curves-dark', 'curves-light'],
]);

test('the packaged extension in the workbench', async (t) => {
  const story = await Story.open(t);
  const { workbench, page } = story;
  const fold = (number) => story.path('nnUNet_results', dataset, 'nnUNetTrainer__nnUNetPlans__2d', `fold_${number}`);

  await story.step('an empty folder is offered ways to begin', async () => {
    await page.locator('.activitybar .action-label[aria-label^="nnU-Net"]').first().click();
    await page.locator('.part.sidebar .monaco-button', { hasText: 'Create Sample Dataset' }).waitFor();
    await page.mouse.move(800, 890);
    await page.waitForTimeout(600);
    await story.documented('welcome');
  });

  await story.step('a sample dataset is made', async () => {
    await story.run('nnunet.createSampleDataset');
    await story.choose('CT, 8 scans');
    await story.notification(`${dataset} is ready: 8 training and 2 test cases`).waitFor();
    await story.expand(dataset);
    await story.expand('Training cases');
    await story.row('sample_008').waitFor();
    await story.collapse('Training cases');
    await story.closeNotifications();
  });

  await story.step('Train nnU-Net asks for configuration, length and fold, and starts', async () => {
    await story.run('nnunet.train');
    await workbench.quickPick('3d_fullres').filter({ hasText: 'recommended' }).waitFor();
    await page.mouse.move(800, 890);
    await page.waitForTimeout(600);
    await story.documented('train');
    await story.choose('2d');
    await workbench.quickPick('Quick look').waitFor();
    await page.waitForTimeout(400);
    await story.picture('train-length');
    await story.choose('Custom…');
    // Lengths are counted in steps, not in seconds: what is learned does not depend on the machine.
    await story.answer(/Number of epochs/, '20 of 10');
    await workbench.quickPick('All five folds').waitFor();
    await story.choose('one model, validated');
    const progress = story.notification('Sample 2d, fold 0');
    await progress.waitFor();
    await page.locator('.statusbar-item', { hasText: 'nnU-Net: 1 running' }).waitFor();
  });

  await story.step('progress and curves follow the training', async () => {
    await story.run('nnunet.showCurves');
    // The training that is going on is ticked already.
    await workbench.quickPick('fold 0').waitFor();
    await page.locator('.quick-input-widget .monaco-button', { hasText: 'OK' }).click();
    const frame = await workbench.webview('#root[data-drawn-epochs]');
    const drawn = async () => Number(await frame.locator('#root').getAttribute('data-drawn-epochs'));
    await eventually(async () => assert.ok((await drawn()) >= 1));
    const before = await drawn();
    await story.notification(/epoch \d+/i).waitFor();
    await story.picture('training');
    // Live: more epochs come by themselves.
    await eventually(async () => assert.ok((await drawn()) > before));
    await frame.locator('.run', { hasText: /Training, epoch \d+ of/ }).waitFor();
    const [red, green, blue] = await lineColour(frame);
    assert.ok((await pixelsOf(frame, '.chart .plot canvas', [red, green, blue])) > 30, 'no curve is drawn');
  });

  await story.step('the end is told, with Dice and the worst case', async () => {
    const done = story.notification(/is trained: Dice 0\.\d+ on the validation cases/);
    await done.waitFor();
    await story.press(done, 'Show Worst Case');
    const frame = await workbench.webview('.panes[data-layout="difference"] figure');
    await frame
      .locator('td.dice', { hasText: /^[01]\.\d{3}$/ })
      .first()
      .waitFor();
    await frame.locator('ol.errors .error-row').first().waitFor();
    await story.closeEditors();
  });

  await story.step('test images are predicted, twice', async () => {
    for (const speed of ['Fast', 'Accurate']) {
      await story.run('nnunet.predict');
      await story.choose(`${dataset}: 2d`);
      await story.choose('Test images of');
      await story.choose(speed);
      await story.choose('2d');
      await story.notification(/2 masks are in/).waitFor();
      if (speed === 'Fast') await story.closeNotifications();
    }
    await story.press(story.notification(/2 masks are in/), 'Open sample_');
    await story.expandIn('Models & Predictions', dataset);
    for (const text of [/2d, fold 0\s*imagesTs · fast · 2 masks/, /2d, fold 0\s*imagesTs · 2 masks/])
      await story.row(text, 'Models & Predictions').waitFor();
  });

  await story.step('a case opens with its mask, Dice and differences', async () => {
    const frame = await workbench.webview('table.labels td.dice');
    await frame
      .locator('td.dice', { hasText: /^[01]\.\d{3}$/ })
      .first()
      .waitFor();
    await checkMaskColour(story, frame);
    await story.picture('volume');
    await frame.getByText('Show Differences').click();
    const errors = frame.locator('ol.errors .error-row');
    await errors.first().waitFor();
    assert.match(await errors.first().textContent(), /(False positive|False negative|Wrong label).*\d+ voxels/);
    await errors.first().click();
    const kind = await errors.first().locator('.swatch').getAttribute('style');
    const colour = /rgb\((\d+), (\d+), (\d+)\)/.exec(kind).slice(1).map(Number);
    const canvas = 'figure[data-plane="axial"] canvas';
    await eventually(async () =>
      assert.ok((await nearColour(frame, canvas, colour)) > 3, `no pixel has the colour of the error, ${colour}`),
    );
    await story.picture('differences');
  });

  await story.step('two predictions are compared side by side', async () => {
    await story.run('nnunet.compareSegmentations');
    await workbench.quickPick('Other file…').waitFor();
    await page.locator('.quick-input-widget .monaco-button', { hasText: 'OK' }).click();
    const frame = await workbench.webview('.panes[data-layout="compare"] figure');
    await eventually(async () => assert.ok((await frame.locator('figure[data-segmentation]').count()) >= 2));
    await eventually(async () => {
      const notices = await frame.locator('.pane-notice:not([hidden])').count();
      assert.equal(notices, 0);
    });
    // All of the sheet and the panes: the curves are another picture's.
    await workbench.command('View: Toggle Panel Visibility', 'workbench.action.togglePanel');
    await frame.locator('.sheets').evaluate((sheet) => sheet.scrollTo(0, 0));
    await page.mouse.move(800, 890);
    await page.waitForTimeout(800);
    await story.documented('compare');
    await workbench.command('View: Toggle Panel Visibility', 'workbench.action.togglePanel');
  });

  await story.step('the slices are saved as a GIF', async () => {
    const frame = await workbench.webview('.panes[data-layout="compare"] figure');
    const save = frame.locator('[title^="Save the slices"]');
    // What has no room in the toolbar is behind three dots.
    if (!(await save.isVisible())) await frame.locator('[title="More controls"]').click();
    await save.click();
    const file = story.path('compare.gif');
    await page.locator('.quick-input-title', { hasText: 'Save Slices as GIF' }).waitFor();
    await workbench.answerFileDialog('Save Slices as GIF', file);
    await eventually(() => assert.ok(fs.existsSync(file)));
    const gif = new GifReader(fs.readFileSync(file));
    assert.ok(gif.numFrames() > 10, `${gif.numFrames()} frames`);
    assert.ok(gif.width > 1.2 * gif.height, `${gif.width} x ${gif.height} is not two panes side by side`);
    const first = new Uint8Array(gif.width * gif.height * 4);
    const middle = new Uint8Array(gif.width * gif.height * 4);
    gif.decodeAndBlitFrameRGBA(0, first);
    gif.decodeAndBlitFrameRGBA(Math.floor(gif.numFrames() / 2), middle);
    assert.notDeepEqual(first, middle, 'every frame is the same');
  });

  await story.step('a training is found again when the window is reloaded', async () => {
    await story.closeNotifications();
    await story.run('nnunet.train');
    await story.choose('2d');
    await story.choose('Custom…');
    await story.answer(/Number of epochs/, '1000 of 10');
    await story.choose('Fold 1');
    await page.locator('.statusbar-item', { hasText: 'nnU-Net: 1 running' }).waitFor();
    await eventually(() => assert.ok(events(fold(1)).some(({ type }) => type === 'epoch')));
    await page.reload();
    await page.locator('.statusbar-item', { hasText: 'nnU-Net: 1 running' }).waitFor();
    await story.expand(dataset);
    await story.expand('2d');
    await story.row('Fold 1').filter({ hasText: /epoch/i }).waitFor();
    const before = events(fold(1)).length;
    await eventually(() => assert.ok(events(fold(1)).length > before));
    await story.run('nnunet.showCurves');
    await story.choose('fold 1');
    await page.locator('.quick-input-widget .monaco-button', { hasText: 'OK' }).click();
    const frame = await workbench.webview('#root[data-drawn-epochs]');
    await eventually(async () => assert.equal(await frame.locator('.run').count(), 2));
    await page.waitForTimeout(1500);
    await story.documented('training');
  });

  await story.step('it is stopped, resumed and stopped again', async () => {
    for (const turn of ['first', 'second']) {
      await story.run('nnunet.stopJob');
      await page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Stop without Validation' }).click();
      await eventually(() => assert.equal(events(fold(1)).at(-1)?.type, 'finished'));
      await story
        .row('Fold 1')
        .filter({ hasText: /stopped/ })
        .waitFor();
      if (turn === 'second') break;
      const epochs = events(fold(1)).filter(({ type }) => type === 'epoch').length;
      await story.run('nnunet.resumeTraining');
      await page.locator('.statusbar-item', { hasText: 'nnU-Net: 1 running' }).waitFor();
      await eventually(() => {
        assert.ok(events(fold(1)).filter(({ type }) => type === 'epoch').length > epochs);
      });
    }
    assert.ok(fs.existsSync(path.join(fold(1), 'checkpoint_final.safetensors')));
  });

  for (const theme of pictured)
    await story.step(`views in the ${theme} theme`, async () => {
      if (theme === 'dark') await openEverything(story);
      else await story.useTheme(theme);
      await picturesOf(story, theme);
    });

  assert.deepEqual(workbench.errors, []);
});

/** Tree open down to the validation cases, the worst of them in the editor, curves of both folds in the panel. */
async function openEverything(story) {
  const { page, workbench } = story;
  await story.closeNotifications();
  await story.closeEditors();
  await story.expand('Fold 0');
  const worst = story.row(/0\.\d{3} sample_\d+/);
  await worst.click();
  const frame = await workbench.webview('table.labels td.dice');
  await frame
    .locator('td.dice', { hasText: /^[01]\.\d{3}$/ })
    .first()
    .waitFor();
  await frame.locator('table.labels button.link').first().click();
  await frame.locator('figure[data-plane="axial"] canvas').focus();
  await page.waitForTimeout(2000);
}

/** Every view in the dark theme, and of the others what README and walkthrough show, which goes to docs/screenshots. */
async function picturesOf(story, theme) {
  const { page, workbench } = story;
  const isShown = (name) => theme === 'dark' || documented.has(`${name}-${theme}`);
  const take = async (name, pause = 800) => {
    await page.mouse.move(800, 890);
    await page.waitForTimeout(pause);
    await (documented.has(`${name}-${theme}`)
      ? story.documented(`${name}-${theme}`)
      : story.picture(`${name}-${theme}`));
  };
  await take('overview', 2000);
  await workbench.command('View: Toggle Panel Visibility', 'workbench.action.togglePanel');
  const frame = await workbench.webview('table.labels td.dice');
  const panes = frame.locator('.panes');
  // The walkthrough's pictures are small: what matters of a view, large enough to be read.
  const part = async (name, element) => theme === 'dark' && story.documented(`walkthrough-${name}`, element);
  await page.waitForTimeout(800);
  await part('sample', panes);
  if (isShown('differences')) {
    if (await frame.getByText('Show Differences').count()) await frame.getByText('Show Differences').click();
    await frame.locator('ol.errors .error-row').first().click();
    await take('differences', 2500);
    await part('look', panes);
  }
  if (isShown('curves')) {
    await story.run('nnunet.openCurvesInEditor');
    const curves = await workbench.webview('#root[data-place="editor"][data-drawn-epochs]');
    await curves.locator('.run').first().waitFor();
    await take('curves', 1500);
    await part('train', curves.locator('.charts'));
    await workbench.command('View: Close Editor', 'workbench.action.closeActiveEditor');
  }
  if (isShown('walkthrough')) {
    await story.run('nnunet.openWalkthrough');
    await page.locator('.gettingStartedContainer').first().waitFor();
    await take('walkthrough', 1500);
    await workbench.command('View: Close Editor', 'workbench.action.closeActiveEditor');
  }
  await workbench.command('View: Toggle Panel Visibility', 'workbench.action.togglePanel');
}

/** What the masks change of the picture is halfway to a label's colour, wherever a training of twenty short epochs finds the labels. */
async function checkMaskColour(story, frame) {
  const { page } = story;
  await frame.locator('table.labels button.link').first().click();
  const hex = await frame.locator('table.labels input.swatch').evaluateAll((marks) => marks.map((mark) => mark.value));
  const colours = hex.map((colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)));
  await page.waitForTimeout(300);
  const canvas = 'figure[data-plane="axial"] canvas';
  await frame.locator(canvas).focus();
  const { width, height } = await frame.locator(canvas).boundingBox();
  const places = [];
  for (let y = 2; y < height; y += 4) for (let x = 2; x < width; x += 4) places.push([x, y]);
  const masked = await coloursAt(frame, canvas, places);
  await page.keyboard.press('m');
  const plain = await coloursAt(frame, canvas, places);
  await page.keyboard.press('m');
  const isNear = (a, b, tolerance) => [0, 1, 2].every((channel) => Math.abs(a[channel] - b[channel]) <= tolerance);
  const changed = places.map((_, index) => index).filter((index) => !isNear(masked[index], plain[index], 3));
  assert.ok(changed.length > 20, `only ${changed.length} of ${places.length} places are masked`);
  const wrong = changed.filter((index) => {
    const half = (colour) => colour.map((value, channel) => (value + plain[index][channel]) / 2);
    return !colours.some((colour) => isNear(masked[index], half(colour), 12));
  });
  // A few lie on the edge of a voxel.
  assert.ok(wrong.length < changed.length / 10, `${wrong.length} of ${changed.length} have no label's colour`);
}

/** Pixels whose colour is nearer to one than to any grey. */
async function nearColour(frame, selector, colour) {
  return pixelsOf(frame, selector, colour, 110);
}

/** The colour of the first chart's first line, from its mark beside the values. */
async function lineColour(frame) {
  const style = await frame
    .locator('.chart .readout svg line')
    .first()
    .evaluate((mark) => getComputedStyle(mark).stroke);
  return /rgb\((\d+), (\d+), (\d+)\)/.exec(style).slice(1).map(Number);
}

function events(folder) {
  const file = path.join(folder, 'events.jsonl');
  if (!fs.existsSync(file)) return [];
  return fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => (line.endsWith('}') ? [JSON.parse(line)] : []));
}
