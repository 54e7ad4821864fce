'use strict';
// The pages that tell of a dataset, its plans, its experiments and what came of them: each is opened as a person does, used, and drawn in
// dark and in light.
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { makeModel } = require('./madeModels.cjs');
const { Story, assert, eventually } = require('./story.cjs');

const dataset = 'Dataset001_Abdomen';

test('pages', async (t) => {
  const story = await Story.open(t);
  const { workbench, page } = story;
  const nnunet = (...words) => story.nnunet([...words, '--root', story.workspace]);
  const editor = page.locator('.part.editor');
  /** Of every page, in both themes; the dark one stands in the documentation. */
  const drawn = async (name, selector) => {
    await workbench.webview(selector);
    await page.mouse.move(700, 892);
    await page.waitForTimeout(1200);
    await story.documented(`${name}-dark`, editor);
  };
  const inLight = async (name, selector) => {
    await workbench.webview(selector);
    await page.waitForTimeout(1200);
    await story.picture(`${name}-light`, editor);
  };

  await story.step('a dataset with three experiments, two of which are of one configuration', async () => {
    nnunet('sample', story.path('nnUNet_raw', dataset), '--cases', '10', '--test-cases', '0');
    nnunet('plan', dataset);
    const ids = fs
      .readdirSync(story.path('nnUNet_raw', dataset, 'labelsTr'))
      .map((name) => name.replace('.nii.gz', ''));
    const splits = [ids.slice(0, 5), ids.slice(5)].map((val) => ({
      train: ids.filter((id) => !val.includes(id)),
      val,
    }));
    fs.writeFileSync(story.path('nnUNet_preprocessed', dataset, 'splits_final.json'), JSON.stringify(splits));
    const folds = splits.map(({ val }) => val);
    const schedule = (optimizer, initialLearningRate) => ({
      optimizer,
      initialLearningRate,
      epochs: 20,
      iterationsPerEpoch: 250,
    });
    const common = { dataset, folds };
    const first = makeModel(nnunet, story.workspace, {
      ...{ ...common, configuration: '2d', seconds: 5200, schedule: schedule('adamw', 0.001) },
      displaced: (at) => 3 + (at % 4),
    });
    // A later training has set it aside.
    for (const name of ['fold_0', 'fold_1']) {
      const aside = path.join(first, name, 'earlier_runs', '2026-11-27T18-20-11-000Z');
      fs.mkdirSync(path.join(aside, name), { recursive: true });
      for (const file of ['plans.json', 'dataset.json'])
        fs.copyFileSync(path.join(first, file), path.join(aside, file));
      for (const file of ['validation', 'run.json', 'events.jsonl'])
        fs.renameSync(path.join(first, name, file), path.join(aside, name, file));
    }
    const options = { ...common, configuration: '2d', seconds: 5100, schedule: schedule('sgd', 0.01) };
    makeModel(nnunet, story.workspace, { ...options, displaced: (at) => 2 + (at % 3) });
    const full = { ...common, configuration: '3d_fullres', seconds: 9400, schedule: schedule('sgd', 0.01) };
    makeModel(nnunet, story.workspace, { ...full, displaced: (at) => at % 3 });
    await page.locator('.activitybar .action-label[aria-label^="nnU-Net"]').first().click();
    await story.row(dataset).waitFor();
    await page.keyboard.press('Control+B');
  });

  await story.step('the experiments as a table, two of which are compared', async () => {
    await story.run('nnunet.showExperiments');
    const frame = await workbench.webview('tr[data-row] .marks');
    const rows = () => frame.locator('tbody tr[data-row]:has(.marks) > th').allTextContents();
    await eventually(async () => assert.equal((await rows()).length, 4));
    await frame.locator('.head', { hasText: 'Mean Dice' }).click();
    await eventually(async () => assert.equal((await rows())[0], '3d_fullres'));
    const choose = (name) =>
      frame
        .locator('tr[data-row]', { has: frame.locator('th', { hasText: name }) })
        .locator('vscode-checkbox')
        .first();
    await choose(/^3d_fullres$/).click();
    await choose(/^2d$/).click();
    await frame.locator('vscode-button', { hasText: 'Compare' }).click();
    await frame.locator('.comparison p', { hasText: 'has the higher Dice' }).waitFor();
    await drawn('experiments', '.comparison table');
    await frame.locator('input[type="search"]').fill('adamw');
    await eventually(async () => assert.equal((await rows()).length, 2));
    await frame.locator('input[type="search"]').fill('');
  });

  await story.step('the report on both, with charts and the worst cases', async () => {
    const frame = await workbench.webview('.comparison table');
    await frame.locator('vscode-button', { hasText: 'Report' }).click();
    const report = await workbench.webview('main.report figure img');
    await report.locator('h2', { hasText: 'Means over the cases' }).waitFor();
    await drawn('report', 'main.report');
    await report.locator('figure').first().scrollIntoViewIfNeeded();
    await drawn('report-cases', 'main.report');
  });

  await story.step('the results of each case, and the case of a number', async () => {
    await story.run('nnunet.showResults');
    await story.choose(/3d_fullres, fold 0/);
    const frame = await workbench.webview('tfoot tr');
    await frame.locator('td', { hasText: '±' }).first().waitFor();
    await drawn('results', 'tfoot tr');
    await frame.locator('tbody a').first().click();
    await workbench.webview('table.labels td.dice');
    await story.closeActiveEditor();
  });

  await story.step('why the plans are what they are, and a configuration of one’s own', async () => {
    await story.run('nnunet.explainPlans');
    const frame = await workbench.webview('h2.configuration');
    await drawn('explained-plans', 'h2.configuration');
    await frame.locator('h2.configuration', { hasText: '3d_fullres' }).first().scrollIntoViewIfNeeded();
    await drawn('explained-configuration', 'h2.configuration');
    await frame.locator('a.button', { hasText: 'New Configuration from 3d_fullres' }).click();
    const input = page.locator('.quick-input-widget input.input');
    const accept = async (question, value) => {
      await page.locator('.quick-input-title', { hasText: question }).waitFor();
      if (value !== undefined) await input.fill(value);
      await page.keyboard.press('Enter');
    };
    await accept('Patch size');
    await accept('Batch size', '5');
    await accept('Spacing');
    await accept('Name', '3d_large');
    await workbench.quickPick('Add 3d_large').waitFor();
    await page.waitForTimeout(600);
    await story.documented('new-configuration-dark', page);
    await story.choose('Add 3d_large');
    // The page is made anew once the file has changed.
    await eventually(async () => {
      const anew = await workbench.webview('h2.configuration');
      assert.ok(await anew.locator('h2.configuration', { hasText: '3d_large' }).count());
    });
    const plans = JSON.parse(fs.readFileSync(story.path('nnUNet_preprocessed', dataset, 'nnUNetPlans.json'), 'utf8'));
    assert.deepEqual(plans.configurations['3d_large'], { inherits_from: '3d_fullres', batch_size: 5 });
    await story.closeNotifications();
  });

  await story.step('the card of the dataset', async () => {
    await story.run('nnunet.showDatasetCard');
    const frame = await workbench.webview('.pictures img');
    await frame.locator('summary', { hasText: 'Fold 1 leaves out 5 cases' }).waitFor();
    await drawn('dataset-card', '.pictures img');
  });

  await story.step('in a light theme', async () => {
    await story.useTheme('light');
    await inLight('dataset-card', '.pictures img');
    await story.closeActiveEditor();
    await inLight('explained-plans', 'h2.configuration');
    await story.closeActiveEditor();
    await inLight('results', 'tfoot tr');
    await story.closeActiveEditor();
    await inLight('report', 'main.report');
    await story.closeActiveEditor();
    await inLight('experiments', 'tr[data-row]');
  });
});
