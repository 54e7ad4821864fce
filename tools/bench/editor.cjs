'use strict';
// How fast are the views of the packaged extension, in the real workbench? Prints one line for each figure: node tools/bench/editor.cjs
// It writes its data (a volume of 512³ voxels, 5,000 cases, 10,000 epochs) into a folder that it deletes at the end; about 400 MB.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { writeLabelMap, writeVolume } = require('../vscode/bigVolume.cjs');
const { Workbench } = require('../vscode/vscode.cjs');

const repository = path.resolve(__dirname, '../..');
const { version } = JSON.parse(fs.readFileSync(path.join(repository, 'package.json'), 'utf8'));
const vsix = path.join(repository, `nnunet-linux-x64-${version}.vsix`);
const model = 'nnUNet_results/Dataset001_Many/nnUNetTrainer__nnUNetPlans__2d/fold_0';

/** `--first-paint`, `--label-map`: nothing else. */
const [onlyFirstPaint, onlyLabelMap] = ['--first-paint', '--label-map'].map((option) => process.argv.includes(option));
const repetitions = 3;

async function main() {
  if (!fs.existsSync(vsix)) throw new Error(`${vsix} is not there. Make it: npm run package`);
  const workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'nnunet-bench-'));
  let workbench;
  try {
    for (const name of ['first.nii', 'second.nii']) writeVolume(path.join(workspace, name), [200, 200, 131]); // 10.5 MB
    writeVolume(path.join(workspace, 'large.nii'), [512, 512, 512]); // 268 MB
    writeLabelMap(path.join(workspace, 'parts.nii.gz'), 256, 53);
    writeCases(path.join(workspace, 'nnUNet_raw/Dataset001_Many'), 5000);
    writeEpochs(path.join(workspace, model), 10_000);
    workbench = await Workbench.open({ vsix, workspace });
    await workbench.extensionReady('nnU-Net: Show Engine', 'nnunet.showEngine');
    if (onlyLabelMap) {
      // The first page of a new browser costs seconds that no later one does.
      await timesOfOpening(workbench, 'first.nii');
      await labelMap(workbench, 'parts.nii.gz');
      return;
    }
    await firstPaint(workbench, workspace);
    if (onlyFirstPaint) return;
    await tree(workbench);
    await volume(workbench, 'large.nii', 'first slices of 512 x 512 x 512 int16');
    await labelMap(workbench, 'parts.nii.gz');
    await curves(workbench);
    await activation(workbench);
  } finally {
    await workbench?.close();
    fs.rmSync(workspace, { recursive: true, force: true });
  }
}

const say = (what, value) => console.log(`${what}: ${value}`);
const since = (start) => `${Math.round(performance.now() - start)} ms`;

async function activation(workbench) {
  const { page } = workbench;
  await workbench.command('View: Close All Editors', 'workbench.action.closeAllEditors');
  await workbench.command('Developer: Show Running Extensions', 'workbench.action.showRuntimeExtensions');
  const row = page.locator('.runtime-extensions-editor .extension', { hasText: 'nnU-Net' }).first();
  const text = await row.locator('.activation-time').first().textContent();
  say('activation of the production bundle, as VS Code measures it', text.trim());
  await page.keyboard.press('Control+F4');
}

async function tree({ page }) {
  const row = (text) => page.locator('.part.sidebar .monaco-list-row', { hasText: text }).first();
  let start = performance.now();
  await page.locator('.activitybar .action-label[aria-label^="nnU-Net"]').first().click();
  await row('Dataset001_Many').waitFor();
  say('datasets view with 5,000 cases, from the click', since(start));
  const open = async (text, next) => {
    start = performance.now();
    await row(text).locator('.monaco-tl-twistie').click();
    await row(next).waitFor();
    return since(start);
  };
  const steps = [await open('Dataset001_Many', 'Training cases'), await open('Training cases', 'case_0000 …')];
  steps.push(await open('case_0000 …', /^case_0000(?! …)/));
  say('opening dataset, cases, and a page of 200 cases', steps.join(', '));
}

/** The first volume of a window starts VS Code's webviews and our extension; the second finds them there. */
async function firstPaint(workbench, workspace) {
  const fresh = [];
  const warm = [];
  for (let turn = 0; turn < repetitions; turn++) {
    if (turn > 0) await workbench.freshWindow({ workspace });
    await workbench.extensionReady('nnU-Net: Show Engine', 'nnunet.showEngine');
    await workbench.page.waitForTimeout(3000);
    fresh.push(await timesOfOpening(workbench, 'first.nii'));
    warm.push(await timesOfOpening(workbench, 'second.nii'));
  }
  for (const [what, times] of [
    ['fresh window', fresh],
    ['warm', warm],
  ]) {
    times.sort((a, b) => a.slices - b.slices);
    const { page, host, ...median } = times[Math.floor(times.length / 2)];
    const all = times.map(({ slices }) => slices).join(', ');
    say(`first slices of a 10 MB volume, ${what}`, `${median.slices} ms (median of ${all})`);
    say('  after the click', `editor resolved ${median.resolved} ms; ${page}`);
    say('  in the host, after it was resolved', host);
  }
}

async function timesOfOpening(workbench, name) {
  const row = await quickOpenRow(workbench, name);
  const start = Date.now();
  await row.click();
  const frame = await slicesSeen(workbench);
  await frame.waitForFunction(() => performance.getEntriesByName('scene', 'mark').length > 0, undefined, {
    timeout: 60_000,
  });
  const { reached, line: inPage } = await pageTimes(frame, start);
  const { resolved, line } = await hostTimes(workbench, name);
  await workbench.page.keyboard.press('Control+F4');
  return { slices: reached.get('slices'), resolved: resolved - start, page: inPage, host: line };
}

/** The page's own marks, ms after `start`. */
async function pageTimes(frame, start) {
  const { origin, marks, script } = await frame.evaluate(() => {
    const marks = performance.getEntriesByType('mark').map((mark) => [mark.name, mark.startTime]);
    const { startTime, responseEnd } = performance
      .getEntriesByType('resource')
      .find((entry) => entry.name.endsWith('/volume.js'));
    return { origin: performance.timeOrigin, marks, script: [startTime, responseEnd] };
  });
  const after = (milliseconds) => Math.round(origin + milliseconds - start);
  const reached = new Map(marks.map(([mark, milliseconds]) => [mark, after(milliseconds)]));
  const parts = [`page begun ${after(0)}`, `script fetched ${after(script[0])} to ${after(script[1])}`];
  for (const [mark, milliseconds] of reached) parts.push(`${mark} ${milliseconds}`);
  return { reached, line: `${parts.join(', ')} ms` };
}

/** The extension's log says how long the host took: "… [info] first.nii: header read after 12 ms, …, all voxels sent after 80 ms". */
async function hostTimes(workbench, name) {
  const folder = path.join(workbench.server.dir, 'data/logs');
  for (let turn = 0; turn < 50; turn++, await workbench.page.waitForTimeout(100)) {
    const logs = fs.readdirSync(folder, { recursive: true }).filter((file) => file.endsWith('nnU-Net.log'));
    const lines = logs.flatMap((file) => fs.readFileSync(path.join(folder, file), 'utf8').split('\n'));
    const found = lines.map((line) => /^(.*?) \[info\] (.*?): (.*all voxels sent after (\d+) ms)$/.exec(line));
    const times = found.filter((match) => match?.[2] === name).map(([, at, , line, total]) => ({ at, line, total }));
    const last = times.sort((a, b) => (a.at < b.at ? -1 : 1)).at(-1);
    if (last) return { resolved: new Date(last.at).getTime() - Number(last.total), line: last.line };
  }
  throw new Error(`the log says nothing about ${name}`);
}

async function quickOpenRow(workbench, name) {
  const { page } = workbench;
  await page.keyboard.press('Control+p');
  await page.locator('.quick-input-widget input.input').fill(name);
  const row = workbench.quickPick(name);
  await row.waitFor();
  await page.waitForTimeout(500);
  return row;
}

/** @returns the webview's frame, once a picture is seen in it */
async function slicesSeen(workbench) {
  const frame = await workbench.webview('figure[data-plane="axial"] canvas', 60_000, 20);
  await frame.waitForFunction(
    () => {
      const canvas = document.querySelector('figure[data-plane="axial"] canvas');
      const { width, height } = canvas;
      if (width < 2) return false;
      const { data } = canvas.getContext('2d').getImageData(width / 4, height / 2, width / 2, 8);
      // Of the picture, not of letters and lines.
      let bright = 0;
      for (let i = 0; i < data.length; i += 4) bright += data[i] > 24 ? 1 : 0;
      return bright > data.length / 16;
    },
    undefined,
    { polling: 20, timeout: 120_000 },
  );
  return frame;
}

async function volume(workbench, name, what) {
  const { page } = workbench;
  const row = await quickOpenRow(workbench, name);
  const start = performance.now();
  await row.click();
  const frame = await slicesSeen(workbench);
  const first = since(start);
  // The window must answer while the rest is read.
  const asked = performance.now();
  await workbench.paletteRow('nnU-Net: Show Engine', 'nnunet.showEngine');
  const answered = since(asked);
  await page.keyboard.press('Escape');
  await frame
    .locator('.pane-notice:not([hidden])')
    .waitFor({ state: 'detached', timeout: 120_000 })
    .catch(() => {});
  await frame.waitForFunction(() => document.querySelectorAll('.pane-notice:not([hidden])').length === 0, undefined, {
    timeout: 120_000,
  });
  const notice = await frame.locator('.banner').textContent();
  say(what, `${first}; whole volume ${since(start)}; palette answers in ${answered}${notice ? ` (${notice})` : ''}`);
  await page.keyboard.press('Control+F4');
}

/** Of 256 x 256 x 256 voxels, opened alone. */
async function labelMap(workbench, name) {
  const { page } = workbench;
  const row = await quickOpenRow(workbench, name);
  const [start, clicked] = [performance.now(), Date.now()];
  await row.click();
  const frame = await workbench.webview('.status .place', 60_000, 20);
  await frame.locator('.status .place', { hasText: 'Value' }).waitFor();
  const value = since(start);
  await frame.locator('table.labels button.link').nth(52).waitFor();
  const labels = since(start);
  await frame.waitForFunction(() => performance.getEntriesByName('surfaces', 'mark').length > 0, undefined, {
    timeout: 300_000,
  });
  say(
    'label map of 256 x 256 x 256 with 53 labels',
    `value ${value}, labels in colours ${labels}, surfaces ${since(start)}`,
  );
  const [{ line: inPage }, { resolved, line }] = [await pageTimes(frame, clicked), await hostTimes(workbench, name)];
  say('  after the click', `editor resolved ${resolved - clicked} ms; ${inPage}`);
  say('  in the host, after it was resolved', line);
  await page.keyboard.press('Control+F4');
}

async function curves(workbench) {
  const start = performance.now();
  await workbench.command('nnU-Net: Focus on Loss Curves View', 'nnunet.curves.focus');
  const frame = await workbench.webview('#root', 60_000, 20);
  await frame.waitForFunction(() => Number(document.getElementById('root').dataset.drawnEpochs) >= 10_000, undefined, {
    polling: 20,
    timeout: 60_000,
  });
  const first = since(start);
  const frames = await frame.evaluate(async () => {
    const plot = document.querySelector('.chart .plot');
    const { left, top, width, height } = plot.getBoundingClientRect();
    const times = [];
    for (let turn = 0; turn < 30; turn++) {
      const begin = performance.now();
      const at = { clientX: left + width / 2, clientY: top + height / 2, bubbles: true, cancelable: true };
      plot.dispatchEvent(new WheelEvent('wheel', { ...at, deltaY: turn < 15 ? -100 : 100 }));
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      times.push(performance.now() - begin);
    }
    return times.sort((a, b) => a - b);
  });
  const at = (share) => Math.round(frames[Math.floor(frames.length * share)]);
  say(
    'curves of 10,000 epochs',
    `${first} to the first drawing; zooming ${at(0.5)} ms a frame (median), ${at(0.95)} ms (95 %)`,
  );
}

function writeCases(folder, count) {
  for (const sub of ['imagesTr', 'labelsTr']) fs.mkdirSync(path.join(folder, sub), { recursive: true });
  const json = {
    channel_names: { 0: 'CT' },
    labels: { background: 0, organ: 1 },
    numTraining: count,
    file_ending: '.nii.gz',
  };
  fs.writeFileSync(path.join(folder, 'dataset.json'), JSON.stringify(json, undefined, 4));
  for (let i = 0; i < count; i++) {
    const id = `case_${String(i).padStart(4, '0')}`;
    fs.writeFileSync(path.join(folder, 'imagesTr', `${id}_0000.nii.gz`), '');
    fs.writeFileSync(path.join(folder, 'labelsTr', `${id}.nii.gz`), '');
  }
}

function writeEpochs(folder, count) {
  fs.mkdirSync(folder, { recursive: true });
  const time = (epoch) => new Date(Date.UTC(2026, 0, 1) + epoch * 60_000).toISOString();
  const lines = [{ type: 'stage', stage: 'train', state: 'started', time: time(0) }];
  for (let epoch = 0; epoch < count; epoch++) {
    const dice = 0.9 * (1 - Math.exp(-epoch / 300)) + 0.02 * Math.sin(epoch * 1.7);
    lines.push({
      ...{
        type: 'epoch',
        time: time(epoch + 1),
        epoch,
        epochs: count,
        trainLoss: -dice + 0.03 * Math.sin(epoch),
        valLoss: -dice,
      },
      ...{
        dice: [dice, dice - 0.05],
        meanDice: dice,
        emaDice: dice,
        learningRate: 0.01 * (1 - epoch / count) ** 0.9,
        seconds: 60,
        samplesPerSecond: 8,
      },
    });
  }
  lines.push({ type: 'finished', state: 'done', meanDice: 0.9, time: time(count + 1) });
  fs.writeFileSync(path.join(folder, 'events.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
