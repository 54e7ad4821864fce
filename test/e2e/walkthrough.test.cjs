'use strict';
// Do the steps of "Your first segmentation" tick themselves off: while the walkthrough is open, and when all was done before it was?
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { Story, assert, eventually, pictured } = require('./story.cjs');

const steps = ['sample', 'train', 'look', 'own'];
const dataset = 'Dataset001_Anything';
const events = [
  { type: 'stage', stage: 'train', state: 'started', time: '2026-01-01T10:00:00.000Z' },
  { type: 'finished', state: 'done', meanDice: 0.9, time: '2026-01-01T10:05:00.000Z' },
];

test('the walkthrough', async (t) => {
  await t.test('while it is open', async (context) => {
    const story = await Story.open(context);

    await story.step('no step is done in an empty folder', async () => {
      await story.run('nnunet.openWalkthrough');
      await box(story, 'sample').waitFor();
      await ticked(story, []);
    });

    await story.step('scans to practise on, made in a terminal', async () => {
      await makeSample(story);
      // Coming back to the window.
      await story.run('nnunet.refreshExplorer');
      await ticked(story, ['sample']);
    });

    await story.step('a training ends', async () => {
      finishTraining(story);
      await story.run('nnunet.refreshExplorer');
      await ticked(story, ['sample', 'train']);
    });

    await story.step('a scan is opened', async () => {
      await openScan(story);
      await story.run('nnunet.openWalkthrough');
      await ticked(story, ['sample', 'train', 'look']);
    });

    await story.step('a dataset of the person is there', async () => {
      makeOwn(story);
      await story.run('nnunet.refreshExplorer');
      await ticked(story, steps);
    });
  });

  await t.test('opened after all was done', async (context) => {
    const story = await Story.open(context);
    await makeSample(story);
    finishTraining(story);
    makeOwn(story);
    await openScan(story);
    await story.closeEditors();
    await story.run('nnunet.openWalkthrough');
    await box(story, 'sample').waitFor();
    await ticked(story, steps);
    for (const theme of pictured.filter((one) => one !== 'high-contrast')) {
      if (theme !== 'dark') await story.useTheme(theme);
      for (const step of steps) {
        await story.page.locator(`.getting-started-step[data-step-id$="#${step}"]`).click();
        await story.page.waitForTimeout(1200);
        await story.picture(`walkthrough-${step}-${theme}`);
      }
    }
  });
});

/** The mark of a step. */
function box({ page }, step) {
  return page.locator(`.getting-started-step .codicon[data-done-step-id$="firstSegmentation#${step}"]`).first();
}

/** Exactly these steps are ticked, soon. */
async function ticked(story, expected) {
  await eventually(async () => {
    const found = [];
    for (const step of steps) if ((await box(story, step).getAttribute('aria-checked')) === 'true') found.push(step);
    assert.deepEqual(found, expected);
  });
}

async function openScan(story) {
  await story.page.locator('.activitybar .action-label[aria-label^="nnU-Net"]').first().click();
  await story.expand(dataset);
  await story.expand('Training cases');
  await story.row('sample_001').click();
  await story.workbench.webview('table.labels button.link');
}

/** Not called "Sample": what it says of itself tells what it is. */
async function makeSample(story) {
  const folder = story.path('nnUNet_raw', dataset);
  fs.mkdirSync(story.path('nnUNet_raw'));
  story.nnunet(['sample', folder, '--cases', '1', '--test-cases', '0']);
}

function finishTraining(story) {
  const fold = story.path('nnUNet_results', dataset, 'nnUNetTrainer__nnUNetPlans__2d', 'fold_0');
  fs.mkdirSync(fold, { recursive: true });
  fs.writeFileSync(path.join(fold, 'events.jsonl'), events.map((event) => `${JSON.stringify(event)}\n`).join(''));
}

function makeOwn(story) {
  const own = story.path('nnUNet_raw', 'Dataset002_Sample');
  fs.cpSync(story.path('nnUNet_raw', dataset), own, { recursive: true });
  const file = path.join(own, 'dataset.json');
  const { name: _, description: __, ...rest } = JSON.parse(fs.readFileSync(file, 'utf8'));
  fs.writeFileSync(file, JSON.stringify(rest));
}
