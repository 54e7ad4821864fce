'use strict';
// How do tree, volume, curves and summary look in every theme, in a small window and beside a narrow side bar? Pictures to be looked at,
// and what can be told without eyes: nothing runs out of its pane, no name is cut without a way to read it.
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { Story, assert, eventually, repository } = require('./story.cjs');

const hippocampus = path.resolve(repository, '../shared/data/hippocampus');
const numbers = ['083', '088', '089', '090', '091', '093', '094', '095', '096', '097'];
const caseName = (number) => `hippocampus_of_the_left_hemisphere_baseline_visit_patient_${number}`;
const dataset = 'Dataset011_HippocampusOfTheLeftHemisphere';
const themes = ['dark', 'light', 'high-contrast', 'high-contrast-light'];

const skip = fs.existsSync(hippocampus) ? false : 'the scans are not there';
test('in every theme', { skip }, async (t) => {
  const story = await Story.open(t);
  const { workbench, page } = story;
  makeStudy(story);
  let summary;
  let frame;

  /** The page's own elements that are wider than what they are in, and cannot be scrolled. */
  const overflowing = (inner) =>
    inner.evaluate(() => {
      const isCut = (one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0;
      const scrolls = (one) => ['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(one).overflowX);
      return [...document.querySelectorAll('body *')]
        .filter((one) => isCut(one) && !scrolls(one) && getComputedStyle(one).display !== 'inline')
        .map((one) => `${one.tagName}.${one.className}: ${one.scrollWidth} in ${one.clientWidth}`);
    });

  /** A page that is shown again takes the focus when it is ready, and a list that is open then closes: so try again. */
  const openCurves = async () => {
    const curves = '#root[data-place="editor"][data-drawn-epochs]';
    for (;;) {
      await workbench.webview('table.labels td.dice');
      await story.run('nnunet.openCurvesInEditor');
      const pick = workbench.quickPick('fold 0');
      await Promise.race([pick.waitFor({ timeout: 20_000 }), workbench.webview(curves, 20_000)]).catch(() => undefined);
      const taken = page.locator('.quick-input-widget .monaco-button', { hasText: 'OK' });
      if (await pick.count()) await taken.click({ timeout: 5000 }).catch(() => undefined);
      const inner = await workbench.webview(curves, 20_000).catch(() => undefined);
      if (inner) return inner;
    }
  };

  await story.step('a case with a prediction is opened, the worst', async () => {
    await page.locator('.activitybar .action-label[aria-label^="nnU-Net"]').first().click();
    await story.expand(dataset);
    await story.expand('Training cases');
    await story.row('…patient_088').waitFor();
    await story.run('nnunet.showSummary');
    summary = await workbench.webview('table tbody a');
    await summary.locator('h1', { hasText: dataset }).waitFor();
    await summary.locator('table tbody a').first().click();
    frame = await workbench.webview('table.labels td.dice');
    await eventually(async () => assert.equal(await frame.locator('.pane-3d .pane-notice:visible').count(), 0));
  });

  for (const theme of themes) {
    await story.step(`the volume, the tree and the summary in ${theme}`, async () => {
      await story.useTheme(theme);
      frame = await workbench.webview('table.labels td.dice');
      await page.mouse.move(700, 892);
      await page.waitForTimeout(1500);
      await story.picture(`themes-volume-${theme}`);
      assert.deepEqual(await overflowing(frame), []);
      await story.run('nnunet.showSummary');
      await workbench.webview('h1');
      await page.mouse.move(700, 892);
      await page.waitForTimeout(1000);
      await story.picture(`themes-summary-${theme}`);
      await story.closeActiveEditor();
      const inner = await openCurves();
      await page.mouse.move(700, 892);
      await page.waitForTimeout(1500);
      await story.picture(`themes-curves-${theme}`);
      assert.deepEqual(await overflowing(inner), []);
      await story.closeActiveEditor();
    });
  }

  await story.step('a small window', async () => {
    await story.useTheme('light');
    await page.setViewportSize({ width: 1000, height: 700 });
    await page.mouse.move(600, 692);
    await page.waitForTimeout(1500);
    await story.picture('themes-volume-1000');
    frame = await workbench.webview('.panes');
    assert.deepEqual(await overflowing(frame), []);
    await story.run('nnunet.showSummary');
    await workbench.webview('h1');
    await page.waitForTimeout(500);
    await story.picture('themes-summary-1000');
    await story.closeActiveEditor();
  });

  await story.step('a side bar of 250 pixels, with everything in it open', async () => {
    await page.setViewportSize({ width: 1400, height: 900 });
    const bar = await page.locator('.part.sidebar').boundingBox();
    const edge = bar.x + bar.width;
    await page.mouse.move(edge, 450);
    await page.mouse.down();
    await page.mouse.move(bar.x + 250, 450, { steps: 5 });
    await page.mouse.up();
    await story.useTheme('dark');
    await page.mouse.move(700, 892);
    await page.waitForTimeout(1500);
    await story.picture('themes-sidebar-250');
    const narrow = await page.locator('.part.sidebar').boundingBox();
    assert.ok(Math.abs(narrow.width - 250) < 20, `${narrow.width}`);
  });

  await story.step('"only" beside the name of a label leaves all of it to be read', async () => {
    frame = await workbench.webview('table.labels button.link');
    const row = frame.locator('table.labels tbody tr').first();
    await row.hover();
    const [name, only] = await Promise.all(['.link', '.only'].map((selector) => row.locator(selector).boundingBox()));
    const isBeside = name.x + name.width <= only.x + 1;
    const isBelow = name.y + name.height <= only.y + 3;
    assert.ok(isBeside || isBelow, JSON.stringify([name, only]));
    await story.picture('themes-only');
    const isCut = await frame.locator('.scrolled').evaluate((one) => one.scrollWidth > one.clientWidth);
    assert.ok(!isCut, 'the sizes of two segmentations have no room');
  });

  assert.deepEqual(workbench.errors, []);
});

/** Ten cases with long names, imported, and a 2d network that was trained for a minute. */
function makeStudy(story) {
  const source = path.join(path.dirname(story.workspace), 'study');
  for (const [from, to] of [
    ['imagesTr', 'images'],
    ['labelsTr', 'masks'],
  ]) {
    fs.mkdirSync(path.join(source, to), { recursive: true });
    for (const number of numbers) {
      const file = path.join(hippocampus, from, `hippocampus_${number}.nii.gz`);
      if (fs.existsSync(file)) fs.copyFileSync(file, path.join(source, to, `${caseName(number)}.nii.gz`));
    }
  }
  const run = (...words) => story.nnunet([...words, '--root', story.workspace]);
  run('import', source, '--id', '11', '--name', dataset.replace('Dataset011_', ''));
  run('train', '11', '-c', '2d', '-f', '0', '--epochs', '3', '--iterations-per-epoch', '20');
}
