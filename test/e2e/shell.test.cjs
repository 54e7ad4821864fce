'use strict';
// What a user sees first in the workbench with the packaged extension. Pictures go to out/screenshots, good ones to docs/screenshots.
const assert = require('node:assert/strict');
const test = require('node:test');
const { Story } = require('./story.cjs');

test('the packaged extension in the workbench', { timeout: 300_000 }, async (t) => {
  const story = await Story.open(t);
  const { workbench, page } = story;

  await story.step('the extension is installed and its commands are in the palette', async () => {
    const [first] = story.paletteCommands;
    await workbench.extensionReady(`nnU-Net: ${first.title}`, first.command);
    const missing = [];
    for (const { command, title } of story.paletteCommands) {
      await page.keyboard.press('F1');
      await page.locator('.quick-input-widget input.input').fill(`>nnU-Net: ${title}`);
      const row = page.locator(`.quick-input-list [data-quick-input-id="${command}"]`).first();
      await row.waitFor({ timeout: 4000 }).catch(() => missing.push(command));
      await page.keyboard.press('Escape');
    }
    assert.deepEqual(missing, [], 'commands that the palette does not show');
  });

  await story.step('the activity bar opens the datasets', async () => {
    await page.locator('.activitybar .action-label[aria-label^="nnU-Net"]').first().click();
    const row = page.locator('.part.sidebar .monaco-list-row', { hasText: 'Dataset001_Sample' });
    await row.first().waitFor();
    await story.picture('datasets');
  });

  assert.deepEqual(workbench.errors, []);
});
