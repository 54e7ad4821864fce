'use strict';
// Does the volume editor's page say who is checked against whom, measure only what is known, answer to its keys, and fit into small
// windows? In the page itself, without VS Code, with the editor's host behind it.
const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('node:test');
const zlib = require('node:zlib');
const { VolumePages } = require('../../tools/vscode/volume-page.cjs');
const { nnunet } = require('./nnunet.cjs');
const { eventually, pixelsOf, repository, screenshots } = require('./story.cjs');

const axial = 'figure[data-plane="axial"] canvas';

test('the page of the volume editor', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nnunet-page-'));
  const pages = await VolumePages.open();
  t.after(async () => {
    await pages.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });
  const files = makeFiles(folder);

  await t.test('roles follow from what files are, and are swapped by a button', async () => {
    const { page, errors } = await open(pages, files.image, { chosen: [files.half] });
    const roles = async () =>
      [
        await page.locator('[data-role="prediction"] vscode-dropdown').evaluate((one) => one.selectedOptions[0].text),
        await page.locator('[data-role="reference"] vscode-dropdown').evaluate((one) => one.selectedOptions[0].text),
      ].map((text) => text.trim());
    await page.locator('table.labels button.link').first().waitFor();
    await page.getByText('Add Segmentation…').click();
    await page.locator('vscode-button', { hasText: 'Compare' }).waitFor();
    const before = await roles();
    assert.match(before[0], /half/, 'the file by hand is not the checked one');
    assert.doesNotMatch(before[1], /half/);
    assert.equal(await page.locator('td.dice').count(), 0, 'Dice was computed unasked');
    await page.locator('vscode-button', { hasText: 'Compare' }).click();
    const dice = page.locator('td.dice').first();
    await dice.waitFor();
    assert.match(await dice.textContent(), /^0\.\d{3}$/);
    assert.match(await dice.getAttribute('title'), /\b0 voxels too many, [\d,]+ voxels missing/);
    // In ml and voxels, for both.
    const sizes = await page.locator('table.labels tbody tr').first().locator('td.size').allTextContents();
    assert.equal(sizes.length, 2);
    for (const size of sizes) assert.match(size, /^[\d.,]+$/);
    await page.locator('vscode-button', { hasText: 'Swap' }).click();
    await page.locator('vscode-button', { hasText: 'Compare' }).click();
    await eventually(async () =>
      assert.match((await dice.getAttribute('title')) ?? '', /\b[1-9][\d,]* voxels too many, 0 voxels missing/),
    );
    assert.deepEqual(await roles(), before.reverse());
    await page.setViewportSize({ width: 1000, height: 700 });
    await picture(page, 'page-roles-1000');
    assert.deepEqual(errors, []);
    await page.close();
  });

  await t.test('level and width are those in force, are typed, and 0 resets them', async () => {
    const { page, errors } = await open(pages, files.image);
    const [level, width] = ['Level', 'Width'].map((name) => page.locator(`input[aria-label^="${name}"]`));
    const shown = async () => [await level.inputValue(), await width.inputValue()].map(Number);
    await eventually(async () => assert.deepEqual(await shown(), [40, 400], 'a CT opens with soft tissue'));
    await page.locator('vscode-dropdown[aria-label="Contrast"]').click();
    await page.locator('vscode-option', { hasText: 'lung' }).click();
    await eventually(async () => assert.deepEqual(await shown(), [-600, 1500]));
    await level.fill('50');
    await level.press('Enter');
    await eventually(async () =>
      assert.equal(await page.locator('vscode-dropdown[aria-label="Contrast"]').evaluate((one) => one.value), 'own'),
    );
    assert.deepEqual(await shown(), [50, 1500]);
    await page.locator(axial).focus();
    await page.keyboard.press('0');
    await eventually(async () => assert.deepEqual(await shown(), [40, 400]));
    assert.deepEqual(errors, []);
    await page.close();
  });

  await t.test('keys keep the focus, are listed, and say what they hide', async () => {
    const { page, errors, observed } = await open(pages, files.image, { chosen: [files.half] });
    const hasFocus = (selector) => page.locator(selector).evaluate((one) => one === document.activeElement);
    await page.locator('table.labels button.link').first().waitFor();
    await page.getByText('Add Segmentation…').click();
    await page.locator('vscode-button', { hasText: 'Compare' }).waitFor();
    const coronal = 'figure[data-plane="coronal"] canvas';
    await page.locator(coronal).focus();
    for (const panes of [1, 4]) {
      await page.keyboard.press('Enter');
      await eventually(async () => assert.equal(await page.locator('figure[data-plane]').count(), panes));
      assert.ok(await hasFocus(coronal), `the focus is lost with ${panes} panes`);
    }
    await page.locator(coronal).dblclick();
    await eventually(async () => assert.equal(await page.locator('figure[data-plane]').count(), 1));
    assert.ok(await hasFocus(coronal), 'a double-click loses the focus');
    const watched = await observed();
    await page.keyboard.press('Enter');
    await page.locator(axial).waitFor();
    for (const panes of [1, 4]) {
      await page.keyboard.press('Enter');
      await eventually(async () => assert.equal(await page.locator('figure[data-plane]').count(), panes));
    }
    assert.equal(await observed(), watched, 'elements that are gone are still watched');

    await page.keyboard.press('?');
    const dialog = page.locator('dialog.keys[open]');
    await dialog.getByText('Reset contrast, zoom and place').waitFor();
    await picture(page, 'page-keys');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.ok(await hasFocus(coronal), 'the list of keys does not give the focus back');

    const hidden = page.locator('.pane-notice:not([hidden])', { hasText: 'Masks are hidden' });
    await page.keyboard.press('m');
    await eventually(async () => assert.equal(await hidden.count(), 3));
    await page.keyboard.press('m');
    await eventually(async () => assert.equal(await hidden.count(), 0));

    await page.keyboard.press('d');
    await page.locator('.panes[data-layout="difference"]').waitFor();
    await page.locator('ol.errors .error-row').first().waitFor();
    await page.keyboard.press('d');
    await page.locator('.panes[data-layout="planes"]').waitFor();

    const box = page.locator('table.labels vscode-checkbox').first();
    await box.focus();
    await page.keyboard.press('Space');
    await eventually(async () => assert.equal(await box.evaluate((one) => one.checked), false));
    // The sheet is built anew at the next frame.
    await eventually(async () =>
      assert.ok(
        await page
          .locator('table.labels vscode-checkbox')
          .first()
          .evaluate((one) => one === document.activeElement),
        'the focus is lost where a label is hidden',
      ),
    );
    assert.deepEqual(errors, []);
    await page.close();
  });

  await t.test('a picture is measured in pixels', async () => {
    const { page, errors, painted } = await open(pages, files.picture);
    await page.locator('[title^="Draw Region"]').click();
    const { x, y, width, height } = await page.locator(axial).boundingBox();
    await page.mouse.move(x + width * 0.4, y + height * 0.4);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.6, y + height * 0.6, { steps: 3 });
    await page.mouse.up();
    const said = page.locator('.status .message', { hasText: 'Region of' });
    await said.waitFor();
    assert.match(await said.textContent(), /Region of \d+ × \d+ pixels:/);
    const texts = await painted();
    assert.ok(
      texts.some((text) => /^\d+ pixels$/.test(text)),
      `no scale in pixels: ${texts}`,
    );
    assert.deepEqual(
      texts.filter((text) => /\d (mm|cm)$/.test(text)),
      [],
    );
    assert.deepEqual(
      texts.filter((text) => /^[RLAPSI]$/.test(text)),
      [],
      'letters without orientation',
    );
    assert.ok(!texts.includes('Slice'), 'a picture is no slice');
    await picture(page, 'page-picture');
    assert.deepEqual(errors, []);
    await page.close();
  });

  await t.test('a label map alone is seen in its colours', async () => {
    const { page, errors } = await open(pages, files.labelMap);
    const mark = page.locator('table.labels input.swatch').first();
    await mark.waitFor();
    const hex = await mark.inputValue();
    const colour = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
    await page.locator('table.labels button.link').first().click();
    await eventually(async () => assert.ok((await pixelsOf(page, axial, colour, 6)) > 200, 'no pixel of its colour'));
    await picture(page, 'page-label-map');
    assert.deepEqual(errors, []);
    await page.close();
  });

  await t.test('all labels, none, or one alone are shown, by their full names', async () => {
    const { page, errors } = await open(pages, files.image);
    const boxes = page.locator('table.labels tbody vscode-checkbox');
    const only = page.locator('table.labels tbody .only');
    await only.first().waitFor();
    const count = await boxes.count();
    assert.ok(count > 1);
    const shown = () => boxes.evaluateAll((all) => all.map((one) => one.checked));
    const several = (isShown) => Array.from({ length: count }, () => isShown);
    const hasChosen = (chosen) => eventually(async () => assert.deepEqual(await shown(), chosen));
    await page.locator('table.labels button.link').first().click();
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    const drawn = () => page.locator(axial).evaluate((canvas) => canvas.toDataURL());
    const masked = await drawn();
    await page.locator('.switches vscode-button', { hasText: 'None' }).click();
    await hasChosen(several(false));
    await eventually(async () => assert.notEqual(await drawn(), masked));
    await page.locator('.switches vscode-button', { hasText: 'All' }).click();
    await hasChosen(several(true));
    await eventually(async () => assert.equal(await drawn(), masked));
    await page.locator('table.labels tbody tr').nth(1).hover();
    await only.nth(1).click();
    await hasChosen(several(false).map((_, at) => at === 1));
    for (const title of await page
      .locator('.row.segmentation vscode-checkbox')
      .evaluateAll((all) => all.map((one) => one.title)))
      assert.match(title, /^Label, the reference \(.*labelsTr.*\)$/);
    assert.deepEqual(errors, []);
    await page.close();
  });

  await t.test('what cannot be read is said once', async () => {
    const { page } = await open(pages, files.image, { chosen: [files.broken] });
    await page.getByText('Add Segmentation…').click();
    const alert = page.locator('[role="alert"]:not([hidden])');
    await alert.first().waitFor();
    const text = (await page.locator('.segmentation + [role="alert"]').textContent()).split('. ')[0];
    assert.equal(await alert.count(), 1, (await alert.allTextContents()).join('\n'));
    assert.equal(await page.getByText(text).count(), 1);
    await picture(page, 'page-error');
    await page.close();
  });

  await t.test('small windows keep every control within reach', async () => {
    const { page, errors } = await open(pages, files.image);
    await page.locator('table.labels button.link').first().waitFor();
    const sheets = page.locator('.sheets');
    const groups = page.locator('.toolbar .group');
    const all = await groups.count();
    for (const [width, height] of [
      [1000, 700],
      [690, 600],
      [420, 500],
      [250, 600],
    ]) {
      await page.setViewportSize({ width, height });
      await eventually(async () => assert.equal(await sheets.isVisible(), width >= 700, `sheet at ${width}`));
      await eventually(async () => {
        const overflow = await page.evaluate(() => {
          const bar = document.querySelector('.toolbar .bar');
          return [bar.scrollWidth - bar.clientWidth, document.documentElement.scrollWidth - innerWidth];
        });
        assert.ok(overflow[0] <= 0 && overflow[1] <= 0, `${width}: ${overflow}`);
      });
      assert.equal(await groups.count(), all);
      await page.waitForTimeout(500);
      await picture(page, `page-${width}`);
    }
    await page.locator('[title="More controls"]').click();
    await page.locator('.toolbar .menu.is-open [title^="Save the view"]').waitFor();
    await picture(page, 'page-250-more');
    await page.keyboard.press('Escape');
    await page.locator('.toolbar .menu.is-open').waitFor({ state: 'detached' });
    await page.locator('[title^="Show or hide the sheets"]').click();
    assert.ok(await sheets.isVisible());
    await picture(page, 'page-250-sheet');
    assert.deepEqual(errors, []);
    await page.close();
  });

  await t.test('cases are gone through by keys, and the worst first', async () => {
    const { page, session, errors } = await open(pages, files.image);
    const asked = [];
    const receive = session.receive.bind(session);
    session.receive = async (message) => (message.type === 'showCase' ? void asked.push(message) : receive(message));
    const cases = { type: 'cases', index: 2, total: 25, by: 'order', canSortByDice: true };
    await page.evaluate((message) => window.postMessage(message, '*'), cases);
    await page.getByText('3 / 25').waitFor();
    await page.locator(axial).focus();
    await page.keyboard.press(']');
    await page.keyboard.press('[');
    await page.locator('.cases vscode-checkbox').click();
    await page.locator('[title^="Next case"]').click();
    await eventually(() =>
      assert.deepEqual(asked, [
        { type: 'showCase', step: 1, by: 'order' },
        { type: 'showCase', step: -1, by: 'order' },
        { type: 'showCase', step: 1, by: 'dice' },
      ]),
    );
    await page.setViewportSize({ width: 1000, height: 700 });
    await picture(page, 'page-cases');
    assert.deepEqual(errors, []);
    await page.close();
  });
});

/** A page whose image has been read, the texts that were written onto its panes, and how many elements are watched since. */
async function open(pages, image, options) {
  const shown = await pages.show(image, options);
  const { page } = shown;
  await page.evaluate(() => {
    window.observed = 0;
    const { observe, disconnect } = ResizeObserver.prototype;
    ResizeObserver.prototype.observe = function (...given) {
      window.observed += 1;
      this.count = (this.count ?? 0) + 1;
      return observe.apply(this, given);
    };
    ResizeObserver.prototype.disconnect = function () {
      window.observed -= this.count ?? 0;
      this.count = 0;
      return disconnect.call(this);
    };
    window.painted = new Set();
    const write = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
      window.painted.add(text);
      return write.call(this, text, ...rest);
    };
  });
  await page.locator('.status .place', { hasText: /Value|RGB/ }).waitFor();
  const observed = () => page.evaluate(() => window.observed);
  return { ...shown, observed, painted: () => page.evaluate(() => [...window.painted]) };
}

async function picture(page, name) {
  fs.mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: path.join(screenshots, `${name}.png`) });
}

/** A case of a dataset, a mask by hand of half of it, a picture, a label map and a file that is none. */
function makeFiles(folder) {
  const raw = path.join(folder, 'Dataset001_Sample');
  nnunet(path.join(folder, 'cache'), ['sample', raw, '--cases', '1', '--test-cases', '0']);
  const label = path.join(raw, 'labelsTr/sample_001.nii.gz');
  const bytes = zlib.gunzipSync(fs.readFileSync(label));
  // The background takes the upper half, and each label's voxels there are missing.
  bytes.fill(0, 352 + Math.floor((bytes.length - 352) / 2));
  const half = path.join(folder, 'half.nii.gz');
  fs.writeFileSync(half, zlib.gzipSync(bytes));
  const alone = path.join(folder, 'alone');
  fs.mkdirSync(alone);
  const labelMap = path.join(alone, 'parts.nii.gz');
  fs.copyFileSync(label, labelMap);
  const broken = path.join(folder, 'broken.nii.gz');
  fs.writeFileSync(broken, zlib.gzipSync(Buffer.from('no volume')));
  const image = path.join(raw, 'imagesTr/sample_001_0000.nii.gz');
  return { image, half, labelMap, broken, picture: path.join(repository, 'docs/screenshots/train.png') };
}
