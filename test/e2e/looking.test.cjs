'use strict';
// Can everything be looked at without a mouse, in high contrast, in a folder that is not trusted, and when a volume is too large?
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { writeVolume } = require('../../tools/vscode/bigVolume.cjs');
const { readPlace } = require('./place.cjs');
const { Story, assert, eventually } = require('./story.cjs');

const dataset = 'Dataset001_Sample';
const axial = 'figure[data-plane="axial"] canvas';

test('looking at things', async (t) => {
  const story = await Story.open(t, {
    theme: 'high-contrast',
    isRestricted: true,
    settings: { 'nnunet.volume.memoryLimit': 16 },
  });
  const { workbench, page } = story;
  makeFiles(story);
  let frame;

  await story.step('a folder that is not trusted is shown, but nothing runs in it', async () => {
    await page.locator('.activitybar .action-label[aria-label^="nnU-Net"]').first().click();
    await story.row(dataset).waitFor();
    await workbench.paletteRow('nnU-Net: Open Volume', 'nnunet.openVolume');
    await page.keyboard.press('Escape');
    await story.run('nnunet.train');
    const refusal = story.notification(/Restricted Mode.*Train nnU-Net.*needs a workspace that you trust/);
    await refusal.waitFor();
    await refusal.locator('.monaco-button', { hasText: 'Manage Workspace Trust' }).waitFor();
    await story.closeNotifications();
  });

  await story.step('the filter leaves the cases that it names', async () => {
    await story.expand(dataset);
    await story.expand('Training cases');
    await story.row('sample_001').waitFor();
    await story.run('nnunet.filterDatasets');
    await story.answer(/Part of a name/, 'e_002');
    await story.row('sample_001').waitFor({ state: 'detached' });
    await story.row('sample_002').waitFor();
    await page.getByText('Showing names with "e_002"').waitFor();
    await story.run('nnunet.clearFilter');
    await story.row('sample_001').waitFor();
  });

  await story.step('keys move through a volume', async () => {
    await story.row('sample_001').click();
    frame = await workbench.webview('table.labels button.link');
    await frame.locator(axial).focus();
    await page.keyboard.press('0');
    const moved = async (key) => {
      const before = (await readPlace(frame)).voxel;
      await page.keyboard.press(key);
      const after = (await readPlace(frame)).voxel;
      return after.map((value, axis) => value - before[axis]);
    };
    const steps = {};
    for (const key of ['ArrowRight', 'ArrowDown', 'PageUp', 'Shift+PageUp']) steps[key] = await moved(key);
    const [right, down, up, far] = Object.values(steps);
    assert.deepEqual(right.map(Math.abs), [1, 0, 0]);
    assert.deepEqual(down.map(Math.abs), [0, 1, 0]);
    assert.deepEqual(up.map(Math.abs), [0, 0, 1]);
    assert.deepEqual(
      far,
      up.map((value) => 10 * value),
    );
    for (const [key, other] of [
      ['ArrowLeft', right],
      ['ArrowUp', down],
      ['PageDown', up],
    ])
      assert.deepEqual(
        await moved(key),
        other.map((value) => (value === 0 ? 0 : -value)),
        key,
      );
    assert.match(await frame.locator(axial).getAttribute('aria-label'), /axial/i);
  });

  await story.step('the tree selects the case whose editor is chosen', async () => {
    const selected = (text) =>
      page.locator('.part.sidebar .monaco-list-row.selected', { hasText: text }).first().waitFor();
    await story.row('sample_002').click();
    await page.locator('.tab.active', { hasText: 'sample_002' }).waitFor();
    await selected('sample_002');
    await page.locator('.tab', { hasText: 'sample_001' }).click();
    await page.locator('.tab.active', { hasText: 'sample_001' }).waitFor();
    await selected('sample_001');
    frame = await workbench.webview('table.labels button.link');
  });

  await story.step('one pane alone, outlines, masks off, and back', async () => {
    const picture = () => frame.locator(axial).evaluate((canvas) => canvas.toDataURL());
    await frame.locator('table.labels button.link').first().click();
    await frame.locator(axial).focus();
    await page.keyboard.press('Enter');
    await eventually(async () => assert.equal(await frame.locator('figure[data-plane]').count(), 1));
    await frame.locator(axial).focus();
    await page.keyboard.press('Enter');
    await eventually(async () => assert.equal(await frame.locator('figure[data-plane]').count(), 4));
    await frame.locator(axial).focus();
    for (const key of ['m', 'o', '+']) {
      const before = await picture();
      await page.keyboard.press(key);
      await eventually(async () => assert.notEqual(await picture(), before, `${key} changes nothing`));
      if (key !== '+') await page.keyboard.press(key);
    }
    await page.keyboard.press('0');
  });

  await story.step('Space plays through the slices and stops', async () => {
    const slice = async () => (await readPlace(frame)).voxel[2];
    await frame.locator(axial).focus();
    const before = await slice();
    await page.keyboard.press('Space');
    await eventually(async () => assert.notEqual(await slice(), before, 'nothing plays'));
    await page.keyboard.press('Space');
    await page.waitForTimeout(300);
    const stopped = await slice();
    await page.waitForTimeout(700);
    assert.equal(await slice(), stopped);
    await story.picture('looking-volume-high-contrast');
    await story.closeEditors();
  });

  await story.step('three segmentations are linked in any plane', async () => {
    await story.run('nnunet.compareSegmentations');
    await workbench.answerFileDialog(
      'the image whose segmentations are compared',
      story.path('nnUNet_raw', dataset, 'imagesTr/sample_001_0000.nii.gz'),
    );
    for (const name of ['Label', 'one', 'two']) {
      const row = workbench.quickPick(name);
      await row.waitFor();
      const box = row.locator('input[type="checkbox"], .monaco-checkbox').first();
      if ((await box.getAttribute('aria-checked')) === 'false') await row.click();
    }
    await page.locator('.quick-input-widget .monaco-button', { hasText: 'OK' }).click();
    frame = await workbench.webview('.panes[data-layout="compare"] figure[data-segmentation]');
    await eventually(async () => assert.equal(await frame.locator('figure[data-segmentation]').count(), 3));
    for (const plane of ['axial', 'coronal', 'sagittal']) {
      await frame.locator('vscode-dropdown[aria-label="Plane"]').click();
      await frame
        .locator('vscode-dropdown[aria-label="Plane"] vscode-option', { hasText: new RegExp(plane, 'i') })
        .click();
      const panes = frame.locator(`figure[data-segmentation][data-plane="${plane}"] canvas`);
      await eventually(async () => assert.equal(await panes.count(), 3));
      const said = () =>
        panes.evaluateAll((all) => all.map((canvas) => /\d+ of \d+/.exec(canvas.getAttribute('aria-label'))?.[0]));
      await panes.first().focus();
      const before = await said();
      await page.keyboard.press('PageUp');
      await eventually(async () => assert.notDeepEqual(await said(), before));
      assert.equal(new Set(await said()).size, 1, `${plane}: ${(await said()).join('; ')}`);
    }
    await story.picture('looking-compare-high-contrast');
    await story.closeEditors();
  });

  await story.step('a volume above the memory limit says that it is shown downsampled', async () => {
    await workbench.openFile('large.nii');
    frame = await workbench.webview('.banner:not([hidden])');
    assert.match(
      await frame.locator('.banner').textContent(),
      /too large for the memory limit \(16 MiB\): of 240 x 240 x 200 voxels one in/,
    );
    await frame.locator('.status .place', { hasText: 'Value' }).waitFor();
    await story.closeEditors();
  });

  await story.step('keys read and zoom the curves', async () => {
    await story.run('nnunet.openCurvesInEditor');
    // The only training is ticked already.
    await workbench.quickPick('fold 0').waitFor();
    await page.keyboard.press('Enter');
    frame = await workbench.webview('#root[data-place="editor"][data-drawn-epochs]');
    await frame.locator('.chart .plot').first().waitFor();
    const plot = frame.locator('.chart .plot').first();
    await plot.focus();
    await page.keyboard.press('Home');
    const readout = () => frame.locator('.chart .readout').first().textContent();
    const first = await readout();
    await page.keyboard.press('End');
    await eventually(async () => assert.notEqual(await readout(), first));
    const range = async () =>
      /Epochs (\d+) to (\d+)/
        .exec(await plot.getAttribute('aria-label'))
        .slice(1)
        .map(Number);
    assert.deepEqual(await range(), [1, 40]);
    for (const chart of await frame.locator('.chart').all()) {
      const name = chart.locator('.axis-name');
      assert.equal(await name.textContent(), 'Epoch');
      const [named, lines] = [await name.boundingBox(), await chart.locator('.u-over').boundingBox()];
      assert.ok(named.y > lines.y + lines.height && named.x + named.width < lines.x, 'under the lines');
    }
    await page.keyboard.press('+');
    await eventually(async () => assert.notDeepEqual(await range(), [1, 40]));
    await page.keyboard.press('0');
    await eventually(async () => assert.deepEqual(await range(), [1, 40]));
    await story.picture('looking-curves-high-contrast');
  });

  assert.deepEqual(workbench.errors, []);
});

/** Two cases, two other masks of the first, a training that ended, and a volume of 23 MB. */
function makeFiles(story) {
  const raw = story.path('nnUNet_raw', dataset);
  fs.mkdirSync(story.path('nnUNet_raw'));
  story.nnunet(['sample', raw, '--cases', '2', '--test-cases', '0']);
  for (const name of ['one', 'two']) {
    const folder = story.path('nnUNet_predictions', dataset, name);
    fs.mkdirSync(folder, { recursive: true });
    fs.copyFileSync(path.join(raw, 'labelsTr/sample_001.nii.gz'), path.join(folder, 'sample_001.nii.gz'));
  }
  const fold = story.path('nnUNet_results', dataset, 'nnUNetTrainer__nnUNetPlans__2d', 'fold_0');
  fs.mkdirSync(fold, { recursive: true });
  const lines = Array.from({ length: 40 }, (_, epoch) => ({
    ...{ type: 'epoch', time: new Date(Date.UTC(2026, 0, 1, 0, epoch)).toISOString(), epoch, epochs: 40 },
    ...{ trainLoss: -epoch / 50, valLoss: -epoch / 60, dice: [epoch / 50], meanDice: epoch / 50, emaDice: epoch / 55 },
    ...{ learningRate: 0.01 * (1 - epoch / 40), seconds: 60, samplesPerSecond: 4 },
  }));
  lines.push({ type: 'finished', state: 'done', meanDice: 0.8, time: '2026-01-01T01:00:00.000Z' });
  fs.writeFileSync(path.join(fold, 'events.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  writeVolume(story.path('large.nii'), [240, 240, 200]);
}
