'use strict';
// The list of jobs with real ones of the sample dataset: what runs, what waits for what, what failed and why, what a cluster has. Pictures
// for the documentation, and what a person does with a job that waits.
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { Story, assert, eventually, pictured, repository } = require('./story.cjs');

const dataset = 'Dataset001_Abdomen';
const short = ['--iterations-per-epoch', '2', '--device', 'cpu'];

test('the list of jobs', async (t) => {
  // Before the folder is removed, in which a training would go on.
  let endAll = () => undefined;
  t.after(() => endAll());
  const story = await Story.open(t);
  const { page } = story;
  const results = story.path('nnUNet_results');
  const jobs = (text) => story.row(text, 'Jobs');
  const run = (...words) =>
    execFileSync(process.execPath, [path.join(repository, 'dist/cli.js'), ...words, '--root', story.workspace], {
      stdio: ['ignore', 'ignore', 'ignore'],
    });
  const graph = path.join(results, '.nnunet', 'graph.json');
  const entries = () => JSON.parse(fs.readFileSync(graph, 'utf8')).entries;
  endAll = () => {
    for (const { id } of entries()) run('remove', id);
    run('stop', path.join(results, dataset, 'nnUNetTrainer__nnUNetPlans__2d', 'fold_1'), '--kill');
  };

  await story.step('has what ran, what failed, what runs and what waits', async () => {
    run('sample', story.path('nnUNet_raw', dataset), '--cases', '6', '--test-cases', '1');
    fs.mkdirSync(results, { recursive: true });
    run('train', dataset, '-c', '2d', '-f', '0', '--epochs', '1', ...short);
    const broken = story.path('nnUNet_raw', 'Dataset002_Liver');
    fs.cpSync(story.path('nnUNet_raw', dataset), broken, { recursive: true });
    fs.writeFileSync(path.join(broken, 'dataset.json'), '{ "labels": { "background": 0, "liver": 1 }');
    assert.throws(() => run('plan', 'Dataset002_Liver'));
    run('train', dataset, '-c', '2d', '-f', '1', '--epochs', '100000', ...short, '--detach');
    run('train', dataset, '-c', '2d', '-f', '2', '3', '--epochs', '2', ...short, '--then-evaluate', '--detach');
    await page.locator('.activitybar .action-label[aria-label^="nnU-Net"]').first().click();
    for (const view of ['Datasets', 'Models & Predictions']) {
      const header = page.locator('.part.sidebar .pane-header', { hasText: view });
      if ((await header.getAttribute('aria-expanded')) === 'true') await header.click();
    }
    // As large as the list: the pictures show nothing else.
    await page.setViewportSize({ width: 1180, height: 430 });
    await widenSideBar(page, 760);
    for (const title of ['Running', 'Waiting', 'Ended Today']) await jobs(title).waitFor();
    await jobs(/Train 2d, fold 1.*epoch \d+ of 100000/).waitFor();
    await jobs(/Train 2d, fold 2.*waits for/).waitFor();
    await jobs(/Plan.*Liver.*failed/).waitFor();
    await jobs(/Train 2d, fold 0.*finished/).waitFor();
    await page.mouse.move(1100, 250);
    await page.waitForTimeout(1500);
    await story.documented('jobs-dark', page.locator('.part.sidebar'));
  });

  await story.step('shows a job below what it waits for', async () => {
    const levels = await page
      .locator('.part.sidebar .pane', { has: page.locator('[aria-label^="Jobs"]') })
      .locator('.monaco-list-row')
      .evaluateAll((rows) => rows.map((row) => `${row.getAttribute('aria-level')} ${row.textContent}`));
    assert.ok(
      levels.some((row) => /^3 Evaluate/.test(row)),
      levels.join('\n'),
    );
  });

  await story.step('tells cause and remedy of what failed where the mouse rests', async () => {
    await jobs(/Plan.*Liver.*failed/).hover();
    await page.locator('.monaco-hover', { hasText: /Plan Liver/ }).waitFor();
    await page.waitForTimeout(800);
    await story.documented('jobs-failed-dark', page);
    await page.mouse.move(1100, 250);
  });

  await story.step('moves a job earlier, and takes one off', async () => {
    const order = () => entries().map(({ id }) => id);
    const [first, second] = order();
    const row = jobs(/Train 2d, fold 3/);
    await row.hover();
    await row.locator('.action-label[aria-label^="Move Job Earlier"]').click();
    await eventually(() => assert.deepEqual(order().slice(0, 2), [second, first]));
  });

  await story.step('says of what a cluster has why it has not begun', async () => {
    handOver(results, graph, entries());
    await jobs(/3d_fullres, fold 0.*queue \(Resources\)/).waitFor();
    await page.mouse.move(1100, 250);
    await page.waitForTimeout(1500);
    await story.documented('jobs-cluster-dark', page.locator('.part.sidebar'));
  });

  if (pictured.includes('light'))
    await story.step('in a light theme', async () => {
      await story.useTheme('light');
      await page.mouse.move(1100, 250);
      await page.waitForTimeout(1500);
      await story.picture('jobs-light', page.locator('.part.sidebar'));
    });
});

/** As recorded of a Slurm: two folds asked for on its login node, which is another machine than this. */
function handOver(results, graph, before) {
  const folder = path.join(results, '.nnunet', 'jobs');
  const like = JSON.parse(fs.readFileSync(path.join(folder, before[0].id, 'job.json'), 'utf8'));
  const added = ['Resources', 'Priority'].map((reason, number) => {
    const id = `c1c1000${number}`;
    const request = { ...like.request, configuration: '3d_fullres', fold: number };
    const title = `Train Abdomen 3d_fullres, fold ${number}`;
    const cluster = { partition: 'gpu', gpus: '1' };
    const job = { ...like, ...{ id, title, request, cluster, after: [], launcher: 'slurm' } };
    job.createdBy = { host: 'login1', pid: 1 };
    fs.mkdirSync(path.join(folder, id), { recursive: true });
    fs.writeFileSync(path.join(folder, id, 'job.json'), JSON.stringify(job));
    return { id, host: 'login1', handedOver: { reason } };
  });
  const content = JSON.parse(fs.readFileSync(graph, 'utf8'));
  fs.writeFileSync(`${graph}.new`, JSON.stringify({ ...content, entries: [...content.entries, ...added] }));
  fs.renameSync(`${graph}.new`, graph);
}

async function widenSideBar(page, width) {
  const bar = await page.locator('.part.sidebar').boundingBox();
  await page.mouse.move(bar.x + bar.width, 250);
  await page.mouse.down();
  await page.mouse.move(bar.x + width, 250, { steps: 5 });
  await page.mouse.up();
}
