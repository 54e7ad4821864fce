'use strict';
// What a user sees first in the workbench with the packaged extension. Pictures go to out/screenshots, good ones to docs/screenshots.
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { Story } = require('./story.cjs');

test('the packaged extension in the workbench', { timeout: 300_000 }, async (t) => {
  const story = await Story.open(t);
  const { workbench, page } = story;

  await story.step('the extension is installed and its commands are in the palette', async () => {
    for (const { command, title } of story.paletteCommands)
      await workbench.extensionReady(`nnU-Net: ${title}`, command);
  });

  await story.step('the activity bar opens the datasets', async () => {
    await page.locator('.activitybar .action-label[aria-label^="nnU-Net"]').first().click();
    const row = page.locator('.part.sidebar .monaco-list-row', { hasText: 'Dataset001_Sample' });
    await row.first().waitFor();
    await story.picture('datasets');
  });

  await story.step('a case opens in the volume editor', async () => {
    const row = page.locator('.part.sidebar .monaco-list-row', { hasText: 'Dataset001_Sample' });
    const [image] = fs.readdirSync(path.join(story.workspace, 'nnUNet_raw/Dataset001_Sample/imagesTr')).sort();
    await page.keyboard.press('Control+p');
    await page.locator('.quick-input-widget input.input').fill(image);
    await workbench.quickPick(image).click();
    const frame = await workbench.webview('canvas');
    assert.ok((await frame.locator('canvas').count()) > 0);
    await page.waitForTimeout(3000);
    await story.picture('volume');
    assert.ok(await row.first().isVisible());
  });

  await story.step('the loss curves open', async () => {
    await workbench.command('nnU-Net: Focus on Loss Curves View', 'nnunet.curves.focus');
    await page.waitForTimeout(3000);
    await story.picture('curves');
  });

  assert.deepEqual(workbench.errors, []);
});
