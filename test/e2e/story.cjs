'use strict';
// A workbench with the packaged extension and a workspace of its own, the steps that a test goes through, and pictures of them.
const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { Workbench, patience } = require('../../tools/vscode/vscode.cjs');
const { nnunet } = require('./nnunet.cjs');
const { smallPng } = require('./pictures.cjs');

const repository = path.resolve(__dirname, '../..');
const manifest = JSON.parse(fs.readFileSync(path.join(repository, 'package.json'), 'utf8'));
const texts = JSON.parse(fs.readFileSync(path.join(repository, 'package.nls.json'), 'utf8'));
const screenshots = path.join(repository, 'out/screenshots');

/** The .vsix that `npm run package` made. */
const vsix = path.join(repository, `nnunet-linux-x64-${manifest.version}.vsix`);

const themes = {
  dark: 'Default Dark Modern',
  light: 'Default Light Modern',
  'high-contrast': 'Default High Contrast',
};

/** Pictures of every theme are for people; without them it is enough to have seen a view in one. */
const pictured = process.env.NNUNET_PICTURES ? Object.keys(themes) : ['dark'];

class Story {
  /**
   * Opens an empty folder in a VS Code that finds no Python, no compiler and none of the developer's own files.
   * @param {import('node:test').TestContext} t
   */
  static async open(t, { theme = 'dark', settings = {}, ...options } = {}) {
    if (!fs.existsSync(vsix)) throw new Error(`${vsix} is not there. Make it: npm run package`);
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nnunet-e2e-'));
    const workspace = path.join(folder, 'scans');
    const home = path.join(folder, 'home');
    for (const made of [workspace, home, path.join(folder, 'bin')]) fs.mkdirSync(made);
    fs.writeFileSync(path.join(workspace, 'notes.txt'), 'Scans of the study\n');
    const workbench = await Workbench.open({
      vsix,
      workspace,
      settings: { 'workbench.colorTheme': themes[theme], ...settings },
      env: { PATH: path.join(folder, 'bin'), HOME: home, XDG_CACHE_HOME: path.join(home, '.cache') },
      ...options,
    });
    t.after(async () => {
      await workbench.close();
      fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    });
    return new Story(t, workbench, workspace);
  }

  constructor(t, workbench, workspace) {
    this.t = t;
    this.workbench = workbench;
    this.workspace = workspace;
    this.hasFailed = false;
  }

  get page() {
    return this.workbench.page;
  }

  path(...parts) {
    return path.join(this.workspace, ...parts);
  }

  /** Runs the command line, with the caches that this story's VS Code has. @param cli  the work tree's unless another is named */
  nnunet(words, cli) {
    return nnunet(path.join(path.dirname(this.workspace), 'home/.cache'), words, cli);
  }

  /** Runs a command from the palette: `run('nnunet.train')`. */
  async run(id) {
    const found = manifest.contributes.commands.find(({ command }) => command === id);
    if (!found) throw new Error(`package.json has no command ${id}`);
    const title = found.title.replace(/^%(.*)%$/, (whole, key) => texts[key] ?? whole);
    await this.workbench.command(`nnU-Net: ${title}`, id);
  }

  /** Chooses a row of the quick pick that is open, by text in it. */
  async choose(text) {
    const row = this.workbench.quickPick(text);
    await row.waitFor();
    const widget = this.page.locator('.quick-input-widget');
    const question = () => widget.locator('input.input').getAttribute('placeholder', { timeout: 2000 });
    const asked = await question();
    const isOfSeveral = (await row.locator('input[type="checkbox"], .monaco-checkbox').count()) > 0;
    for (;;) {
      // A list that was just filled may still move its rows, and then takes no click.
      await this.page.waitForTimeout(150);
      const isClicked = await row.click({ timeout: 5000 }).then(
        () => true,
        () => false,
      );
      // What VS Code tells of a row that the mouse rests on lies above it until the mouse goes.
      if (!isClicked) await this.page.mouse.move(700, 500);
      else if (isOfSeveral) return;
      for (let look = 0; look < 20; look++) {
        const isStillAsked = (await row.isVisible()) && (await question().catch(() => undefined)) === asked;
        if (!isStillAsked) return;
        await this.page.waitForTimeout(150);
      }
    }
  }

  /** Answers an input box, once it is there: the list before it has an input, too. */
  async answer(prompt, text) {
    await this.page.locator('.quick-input-message', { hasText: prompt }).waitFor();
    await this.page.locator('.quick-input-widget input.input').fill(text);
    await this.page.keyboard.press('Enter');
  }

  /** A row of a view at the side; of the datasets unless another is named. */
  row(text, view = 'Datasets') {
    const pane = this.page.locator('.part.sidebar .pane', { has: this.page.locator(`[aria-label^="${view}"]`) });
    return pane.locator('.monaco-list-row', { hasText: text }).first();
  }

  async expand(text) {
    return this.expandIn('Datasets', text);
  }

  async expandIn(view, text) {
    const row = this.row(text, view);
    await row.waitFor();
    const isClosed = async () => (await row.getAttribute('aria-expanded')) === 'false';
    while (await isClosed()) {
      // Lost where the tree is drawn anew just now.
      await row
        .locator('.monaco-tl-twistie')
        .click({ timeout: 5000 })
        .catch(() => undefined);
      for (let look = 0; look < 40 && (await isClosed()); look++) await this.page.waitForTimeout(150);
    }
  }

  async collapse(text) {
    const row = this.row(text);
    if ((await row.getAttribute('aria-expanded')) === 'true') await row.locator('.monaco-tl-twistie').click();
  }

  notification(text) {
    return this.workbench.notification(text);
  }

  /** A toast hides by itself after a while: it is then in the list of all. */
  async press(notification, action) {
    if (!(await notification.count()))
      await this.workbench.command('Notifications: Show Notifications', 'notifications.showList');
    await notification.locator('.monaco-button', { hasText: action }).first().click();
  }

  async closeNotifications() {
    await this.workbench.command('Notifications: Clear All Notifications', 'notifications.clearAll');
  }

  async closeEditors() {
    await this.workbench.command('View: Close All Editors', 'workbench.action.closeAllEditors');
  }

  async closeActiveEditor() {
    await this.workbench.command('View: Close Editor', 'workbench.action.closeActiveEditor');
  }

  async useTheme(theme) {
    await this.workbench.command('Preferences: Color Theme', 'workbench.action.selectTheme');
    const name = {
      ...{ dark: 'Dark Modern', light: 'Light Modern' },
      ...{ 'high-contrast': 'Dark High Contrast', 'high-contrast-light': 'Light High Contrast' },
    }[theme];
    await this.page.locator('.quick-input-widget input.input').fill(name); // the list is longer than what is drawn of it
    await this.choose(name);
    const kind = { dark: 'vs-dark', light: 'vs', 'high-contrast': 'hc-black', 'high-contrast-light': 'hc-light' }[
      theme
    ];
    await this.page.locator(`.monaco-workbench.${kind}`).first().waitFor({ state: 'attached' });
    await this.page.waitForTimeout(700);
  }

  /** One step; the others make no sense once one has failed. What was on the screen is left in out/screenshots. */
  async step(name, action) {
    await this.t.test(name, { skip: this.hasFailed && 'an earlier step failed' }, async () => {
      try {
        await action();
      } catch (error) {
        this.hasFailed = true;
        await this.picture(`failed-${name.replace(/\W+/g, '-')}`).catch(() => {});
        throw error;
      }
    });
  }

  /** A picture of the whole workbench, or of one element, in out/screenshots. */
  async picture(name, element = this.page) {
    fs.mkdirSync(screenshots, { recursive: true });
    return element.screenshot({ path: path.join(screenshots, `${name}.png`) });
  }

  /** One that README or walkthrough show: kept in git, so it is made anew only when NNUNET_PICTURES is set. */
  async documented(name, element = this.page) {
    const png = await this.picture(name, element);
    if (!process.env.NNUNET_PICTURES) return;
    const folder = path.join(repository, 'docs/screenshots');
    fs.mkdirSync(folder, { recursive: true });
    const file = path.join(folder, `${name}.png`);
    // Other tests open some of them as pictures.
    fs.writeFileSync(`${file}.new`, await smallPng(this.page, png));
    fs.renameSync(`${file}.new`, file);
  }
}

/** As on a machine that the core was not made for. @returns the installed extension's folder */
function removeCore(server) {
  const extensions = path.join(server, 'ext');
  const installed = path.join(
    extensions,
    fs.readdirSync(extensions).find((name) => name.startsWith('nnunet-vscode.nnunet')),
  );
  fs.rmSync(path.join(installed, 'dist/native/nnunet-core'));
  fs.rmSync(path.join(installed, 'dist/native/torch'), { recursive: true });
  return installed;
}

/** Colours of a canvas of a webview at places of it, CSS pixels. */
async function coloursAt(frame, selector, points) {
  return frame.evaluate(
    async ([name, places]) => {
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      const canvas = document.querySelector(name);
      const ratio = canvas.width / canvas.clientWidth;
      const context = canvas.getContext('2d');
      return places.map(([x, y]) => [...context.getImageData(Math.round(x * ratio), Math.round(y * ratio), 1, 1).data]);
    },
    [selector, points],
  );
}

/** How many pixels of a canvas have (nearly) a colour. */
async function pixelsOf(frame, selector, [red, green, blue], tolerance = 40) {
  return frame.evaluate(
    ([name, r, g, b, most]) => {
      const canvas = document.querySelector(name);
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let count = 0;
      for (let i = 0; i < data.length; i += 4)
        if (Math.abs(data[i] - r) + Math.abs(data[i + 1] - g) + Math.abs(data[i + 2] - b) <= most) count++;
      return count;
    },
    [selector, red, green, blue, tolerance],
  );
}

/** Tries again until `check` does not throw. */
async function eventually(check) {
  for (const until = Date.now() + patience; ;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

module.exports = {
  Story,
  assert,
  coloursAt,
  pixelsOf,
  eventually,
  removeCore,
  repository,
  screenshots,
  pictured,
  vsix,
};
