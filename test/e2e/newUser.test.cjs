'use strict';
// Somebody with a folder of scans and a folder of masks, one mask short: how many clicks to a dataset, a training and its summary, and is
// nothing said or shown of another patient?
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { Person } = require('./person.cjs');
const { Story, assert, eventually, repository } = require('./story.cjs');
const { mirrored } = require('./mirrored.cjs');

const hippocampus = path.resolve(repository, '../shared/data/hippocampus');
/** None that another test shows or trains with. */
const scans = ['083', '088', '089', '090', '091', '093', '094', '095'].map((id) => `hippocampus_${id}`);
const dataset = 'Dataset001_study';
/** Its name begins like that of patient_1, and it has no mask. */
const unpaired = 'patient_10';
const mostForDataset = 7;
const mostForTraining = 5;

test('a new user with scans and masks of ordinary names', async (t) => {
  const story = await Story.open(t);
  const { workbench, page } = story;
  const person = new Person(story);
  makeStudy(story);
  let frame;
  let scored;

  await story.step('a dataset is made in a few clicks', async () => {
    person.begin();
    await person.click('nnU-Net', page.locator('.activitybar .action-label[aria-label^="nnU-Net"]').first());
    const create = page.locator('.part.sidebar .monaco-button', { hasText: 'Create Dataset from Files' });
    await person.sees('ways to begin', create);
    await person.click('Create Dataset from Files', create);
    const images = workbench.quickPick('study/images');
    await person.sees('folders of the workspace', images);
    await story.picture('new-user-create');
    await person.click('study/images', images);
    const masks = workbench.quickPick('study/masks');
    // The question before this one lists both folders, too, the images first.
    await page.locator('.quick-input-list .monaco-list-row[data-index="0"]', { hasText: 'study/masks' }).waitFor();
    await person.click('study/masks', masks);
    await person.sees(
      'work on the files',
      page.locator('.quick-input-title:visible, .notification-toast:visible').first(),
    );
    const prompt = page.locator('.quick-input-message', { hasText: '7 training' });
    await prompt.waitFor();
    assert.match(await prompt.textContent(), new RegExp(`not used.*${unpaired}_T1`));
    await person.answer('Name of the Dataset');
    await person.answer('Channels', 'T1');
    await person.answer('Labels', 'Anterior, Posterior');
    await person.sees('the dataset', story.notification(`${dataset} is ready: 7 training cases`));
    person.needed('a dataset', mostForDataset);
  });

  await story.step('the scan without a mask is named where it can be read again', async () => {
    const warning = story.notification(`${unpaired}_T1`);
    await story.press(warning, 'Show Findings');
    const listed = () => workbench.webview(`main:has-text("${unpaired}_T1")`);
    await listed();
    await story.closeNotifications();
    await story.closeEditors();
    await story.run('nnunet.showFindings');
    await listed();
    await page.waitForTimeout(500);
    await story.picture('ux5-unpaired');
    await story.closeEditors();
  });

  await story.step('nothing of another patient or of another kind is offered for an image', async () => {
    await story.expand(dataset);
    await story.expand('Training cases');
    await story.row('patient_1').click();
    frame = await workbench.webview('table.labels button.link');
    const offered = () =>
      frame.locator('.row.segmentation vscode-checkbox').evaluateAll((all) => all.map((one) => one.title));
    await eventually(async () => assert.ok((await offered()).length >= 1));
    await frame.locator('table.labels button.link').first().click();
    await page.waitForTimeout(1500);
    await story.picture('ux1-no-image-offered');
    for (const text of await offered()) {
      assert.match(text, /patient_1\b|patient_1_/, 'of another patient');
      assert.doesNotMatch(text, /images\//, 'an image as a segmentation');
    }
    await story.closeEditors();
    await openBelow(story, ['study', 'images'], `${unpaired}_T1.nii.gz`);
    frame = await workbench.webview('.sheets .hint');
    await frame.getByText('No segmentation of this case was found').waitFor();
    await page.waitForTimeout(1500);
    await story.picture('ux2-no-other-patient');
    assert.equal(await frame.locator('.row.segmentation').count(), 0);
    await story.closeEditors();
  });

  await story.step('a training is started in a few clicks', async () => {
    await page.locator('.activitybar .action-label[aria-label^="nnU-Net"]').first().click();
    person.begin();
    const train = page.locator('.part.sidebar .monaco-button', { hasText: 'Train nnU-Net' }).first();
    await person.click('Train nnU-Net', train);
    const recommended = workbench.quickPick('3d_fullres').filter({ hasText: 'recommended' });
    await person.sees('configurations', recommended);
    await person.click('3d_fullres', recommended);
    await person.click('Quick look', workbench.quickPick('Quick look'));
    await person.click('Fold 0', workbench.quickPick('one model, validated'));
    const starting = page.locator('.statusbar-item', { hasText: /Starting the training|nnU-Net: 1 running/ });
    await person.sees('a sign of life', starting.first());
    await person.sees('the training', story.notification('study 3d_fullres, fold 0'));
    await person.sees('in the status bar', page.locator('.statusbar-item', { hasText: 'nnU-Net: 1 running' }));
    person.needed('a training', mostForTraining);
  });

  await story.step('its first epoch tells each iteration', async () => {
    await story.run('nnunet.showCurves');
    await workbench.quickPick('fold 0').waitFor();
    await page.locator('.quick-input-widget .monaco-button', { hasText: 'OK' }).click();
    frame = await workbench.webview('.run .run-state');
    await frame.locator('.run-state', { hasText: /epoch 1\b.*iteration \d+ of \d+/ }).waitFor();
    await story.notification(/epoch 1\b.*iteration \d+ of \d+/).waitFor();
    await story.row(/epoch 1\b/, 'Jobs').waitFor();
    await page.mouse.move(800, 300);
    await page.waitForTimeout(3000);
    await story.picture('ux6-first-epoch');
    const axis = (chart) => frame.locator(`.chart[data-chart="${chart}"] .axis-name`).textContent();
    assert.deepEqual([await axis('loss'), await axis('dice')], ['Iteration', 'Epoch']);
  });

  await story.step('Stop asks, and says that it is stopping', async () => {
    const toast = story.notification('study 3d_fullres, fold 0');
    await story.press(toast, 'Stop Training…');
    const question = page.locator('.monaco-dialog-box', { hasText: 'Stop this training?' });
    await question.waitFor();
    await story.picture('new-user-stop');
    await question.locator('.monaco-button', { hasText: 'Keep Training' }).click();
    await page.locator('.statusbar-item', { hasText: 'nnU-Net: 1 running' }).waitFor();
    await story.press(story.notification('study 3d_fullres, fold 0'), 'Stop Training…');
    // Not the button beside it, which waits for the end of the epoch.
    await question.locator('.monaco-button', { hasText: /^Stop Training$/ }).click();
    await page.locator('.statusbar-item', { hasText: 'nnU-Net: 1 running' }).waitFor({ state: 'detached' });
  });

  await story.step('a finished training has a summary to read', async () => {
    await story.closeNotifications();
    await story.run('nnunet.train');
    await story.choose('2d');
    await story.choose('Custom…');
    await story.answer(/Number of epochs/, '4 of 25');
    await story.choose('one model, validated');
    await story.notification(/is trained: Dice/).waitFor();
    await story.closeNotifications();
    await story.run('nnunet.showSummary');
    const summary = await workbench.webview('table tbody a');
    for (const name of ['Anterior', 'Posterior']) await summary.locator('th', { hasText: name }).first().waitFor();
    assert.doesNotMatch(await summary.locator('main').textContent(), /[{}"]/, 'JSON');
    await page.waitForTimeout(500);
    await story.picture('ux7-summary');
    await workbench.command('View: Toggle Panel Visibility', 'workbench.action.togglePanel');
    const opened = summary.locator('table tbody a').first();
    scored = await opened.textContent();
    await opened.click();
    frame = await workbench.webview('table.labels td.dice');
  });

  await story.step('label, prediction and a mask by hand have their roles and names', async () => {
    await frame.locator('table.labels', { hasText: 'Anterior' }).waitFor();
    const role = (name) =>
      frame.locator(`[data-role="${name}"] vscode-dropdown`).evaluate((one) => one.selectedOptions[0].text.trim());
    await frame.getByText('Add Segmentation…').click();
    await workbench.answerFileDialog('Choose a Segmentation', story.path(`study/masks/${scored}_seg.nii.gz`));
    await frame.locator('.row.segmentation', { hasText: `${scored}_seg` }).waitFor();
    assert.match(await role('reference'), /label/i);
    assert.doesNotMatch(await role('prediction'), /label|masks/i);
    await frame.locator('table.labels button.link').first().click();
    await page.waitForTimeout(1500);
    await story.picture('ux3-roles');
    await story.closeEditors();
  });

  await story.step('axes that run to the left are lit', async () => {
    const image = story.path('study/images/patient_1_T1.nii.gz');
    const mask = story.path('study/masks/patient_1_seg.nii.gz');
    fs.mkdirSync(story.path('las'));
    fs.writeFileSync(story.path('las/left_T1.nii.gz'), mirrored(image));
    fs.writeFileSync(story.path('las/left_seg.nii.gz'), mirrored(mask));
    await openBelow(story, ['las'], 'left_T1.nii.gz');
    frame = await workbench.webview('.row.segmentation vscode-checkbox');
    const box = frame.locator('.row.segmentation vscode-checkbox').first();
    if (!(await box.evaluate((one) => one.checked))) await box.click();
    await frame.locator('table.labels button.link').first().waitFor();
    await page.waitForTimeout(3000);
    await story.picture('ux4-left-handed-axes');
    await story.closeEditors();
  });

  await story.step('a picture without spacing has no scale in mm', async () => {
    fs.copyFileSync(path.join(repository, 'docs/screenshots/train.png'), story.path('photo.png'));
    await page.keyboard.press('Control+Shift+E');
    const row = page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'photo.png' }).first();
    await row.click({ button: 'right' });
    await workbench.menuItem('Open Volume');
    frame = await workbench.webview('.status .place');
    await frame.locator('.status .place', { hasText: /RGB|Value/ }).waitFor();
    assert.doesNotMatch(await frame.locator('body').textContent(), /\d (mm|cm)\b/);
    await page.waitForTimeout(1500);
    await story.picture('ux8-pixels');
  });

  assert.deepEqual(workbench.errors, []);
});

/** Opens folders of the explorer, as far as they are not open, and a file in the last of them. */
async function openBelow({ page, workbench }, folders, file) {
  await page.keyboard.press('Control+Shift+E');
  for (const folder of folders) {
    const row = page
      .locator('.explorer-folders-view .monaco-list-row')
      .filter({ has: page.getByText(folder, { exact: true }) })
      .first();
    await row.waitFor();
    // A click while the list takes in a folder that was just made can be lost.
    const isOpen = row.and(page.locator('[aria-expanded="true"]'));
    while (!(await isOpen.count())) {
      await row.click();
      await isOpen.waitFor({ timeout: 3000 }).catch(() => undefined);
    }
  }
  await workbench.openFile(file);
}

/** study/images and study/masks, with a scan more than masks: real scans where they are, otherwise synthetic ones. */
function makeStudy(story) {
  const [images, masks] = ['images', 'masks'].map((name) => story.path('study', name));
  for (const folder of [images, masks]) fs.mkdirSync(folder, { recursive: true });
  const sources = fs.existsSync(hippocampus) ? realScans() : syntheticScans(story);
  const patients = [1, 2, 3, 4, 5, 6, 7, 10].map((number) => `patient_${number}`);
  for (const [index, { image, label }] of sources.entries()) {
    const patient = patients[index];
    fs.copyFileSync(image, path.join(images, `${patient}_T1.nii.gz`));
    if (patient !== unpaired) fs.copyFileSync(label, path.join(masks, `${patient}_seg.nii.gz`));
  }
}

function realScans() {
  return scans.map((id) => ({
    image: path.join(hippocampus, 'imagesTr', `${id}.nii.gz`),
    label: path.join(hippocampus, 'labelsTr', `${id}.nii.gz`),
  }));
}

function syntheticScans(story) {
  const made = path.join(path.dirname(story.workspace), 'Dataset001_Made');
  story.nnunet(['sample', made, '--cases', '8', '--test-cases', '0', '--modality', 'mr']);
  return [1, 2, 3, 4, 5, 6, 7, 8].map((number) => ({
    image: path.join(made, 'imagesTr', `sample_00${number}_0000.nii.gz`),
    label: path.join(made, 'labelsTr', `sample_00${number}.nii.gz`),
  }));
}
