'use strict';
// The best model of the sample dataset, found, explained and used in the workbench: two folds of two configurations, trained for a moment.
// Pictures of the questions and of the page for the documentation.
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { Story, assert, eventually, pictured } = require('./story.cjs');

const dataset = 'Dataset001_Abdomen';

test('the best model of a dataset', async (t) => {
  const story = await Story.open(t);
  const { page, workbench } = story;

  await story.step('a dataset in two folds is there', async () => {
    story.nnunet(['sample', story.path('nnUNet_raw', dataset), '--cases', '4', '--test-cases', '1']);
    story.nnunet(['plan', '1', '--root', story.workspace]);
    const labels = fs.readdirSync(story.path('nnUNet_raw', dataset, 'labelsTr')).sort();
    const [a, b, c, d] = labels.map((name) => name.replace('.nii.gz', ''));
    const splits = [
      { train: [a, b], val: [c, d] },
      { train: [c, d], val: [a, b] },
    ];
    const file = story.path('nnUNet_preprocessed', dataset, 'splits_final.json');
    fs.writeFileSync(file, JSON.stringify(splits));
    await page.locator('.activitybar .action-label[aria-label^="nnU-Net"]').first().click();
    await story.row(dataset).waitFor();
  });

  await story.step('what is compared, how long, and what it costs is asked', async () => {
    await story.run('nnunet.findBest');
    await workbench.quickPick('3d_fullres').waitFor();
    await page.locator('.quick-input-widget', { hasText: '0 of 2 folds trained' }).waitFor();
    await page.waitForTimeout(500);
    await story.documented('best-model-configurations-dark');
    await page.keyboard.press('Enter');
    await workbench.quickPick('Overnight').waitFor();
    await page.waitForTimeout(500);
    await story.documented('best-model-length-dark');
    await story.choose('Custom');
    await story.answer('Number of epochs of each training', '1 of 2');
    const dialog = page.locator('.monaco-dialog-box');
    await dialog.waitFor();
    await page.waitForTimeout(500);
    await story.documented('best-model-costs-dark');
    const told = await dialog.textContent();
    assert.match(told, /4 trainings/);
    assert.match(told, /2d: folds 0, 1 to train/);
    await dialog.locator('.monaco-button', { hasText: 'Find It' }).click();
    await story.notification('5 jobs are asked for').waitFor();
  });

  await story.step('once it is found that is said, and a page tells why', async () => {
    const found = story.notification('Best: ');
    await eventually(async () => assert.ok(await found.count()));
    await story.press(found, 'Show Why');
    const frame = await workbench.webview('tr.best');
    await frame.getByText('What was compared').waitFor();
    assert.equal(await frame.locator('tbody tr').count(), 3);
    await story.closeNotifications();
    await page.waitForTimeout(500);
    await story.documented('best-model-dark');
    if (pictured.includes('light')) {
      await story.useTheme('light');
      await story.picture('best-model-light');
      await story.useTheme('dark');
    }
  });

  await story.step('it stands first among the models, and predicts with one click', async () => {
    await story.closeEditors();
    await story.expandIn('Models & Predictions', dataset);
    const row = story.row('Best model', 'Models & Predictions');
    await row.hover();
    await row.locator('.action-label[aria-label^="Predict"]').click();
    await story.choose('Test images');
    await story.choose('Fast');
    await story.choose('best');
    const anyway = page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Predict Anyway' });
    const predicted = story.notification('1 mask is in');
    await anyway.or(predicted).first().waitFor();
    if (await anyway.isVisible()) await anyway.click();
    await eventually(async () => assert.ok(await predicted.count()));
    const folder = story.path('nnUNet_predictions', dataset);
    assert.deepEqual(fs.readdirSync(folder), ['best'], 'nothing of the steps is left beside the masks');
    assert.ok(fs.readdirSync(path.join(folder, 'best')).some((name) => name.endsWith('.nii.gz')));
  });

  await story.step('and this image', async () => {
    await story.closeNotifications();
    const [image] = fs.readdirSync(story.path('nnUNet_raw', dataset, 'imagesTs'));
    await page.keyboard.press('Control+P');
    await page.keyboard.type(image);
    await workbench.quickPick(image).first().click();
    await workbench.webview('.sheets');
    await story.run('nnunet.predictImage');
    await workbench.quickPick('Best model').first().waitFor();
    await page.waitForTimeout(500);
    await story.documented('best-model-choice-dark');
    await story.choose('Best model');
    const anyway = page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Predict Anyway' });
    const done = story.notification('Best model of Abdomen');
    await anyway.or(done).first().waitFor();
    if (await anyway.isVisible()) await anyway.click();
    await eventually(async () => assert.ok(await done.filter({ hasText: 'The mask is' }).count()));
  });
});
