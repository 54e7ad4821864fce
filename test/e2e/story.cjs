'use strict';
// A workbench with the packaged extension and a workspace of its own, the steps that a test goes through, and pictures of them.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { Workbench } = require('../../tools/vscode/vscode.cjs');

const repository = path.resolve(__dirname, '../..');
const manifest = JSON.parse(fs.readFileSync(path.join(repository, 'package.json'), 'utf8'));
const texts = JSON.parse(fs.readFileSync(path.join(repository, 'package.nls.json'), 'utf8'));
const failures = path.join(repository, 'out/screenshots');
// Pictures for the README and the walkthrough; kept in git, so they are made anew only when asked to.
const pictures = process.env.NNUNET_PICTURES ? path.join(repository, 'docs/screenshots') : failures;

/** The .vsix that `npm run package` made. */
const vsix = path.join(repository, `nnunet-linux-x64-${manifest.version}.vsix`);

const themes = {
  dark: 'Default Dark Modern',
  light: 'Default Light Modern',
  'high-contrast': 'Default High Contrast',
};

class Story {
  /**
   * @param {import('node:test').TestContext} t
   * @param {{theme?: keyof typeof themes, settings?: object, env?: object}} options
   */
  static async open(t, { theme = 'dark', settings = {}, ...options } = {}) {
    if (!fs.existsSync(vsix)) throw new Error(`${vsix} is not there. Make it: npm run package`);
    const workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'nnunet-e2e-'));
    fs.cpSync(path.join(repository, 'out/test/workspace'), workspace, { recursive: true });
    const workbench = await Workbench.open({
      vsix,
      workspace,
      settings: { 'workbench.colorTheme': themes[theme], ...settings },
      ...options,
    });
    t.after(async () => {
      await workbench.close();
      fs.rmSync(workspace, { recursive: true, force: true, maxRetries: 5 });
    });
    return new Story(t, workbench, workspace);
  }

  constructor(t, workbench, workspace) {
    this.t = t;
    this.workbench = workbench;
    this.workspace = workspace;
  }

  get page() {
    return this.workbench.page;
  }

  /** Commands as the palette shows them. */
  get commands() {
    const text = (value) => value.replace(/^%(.*)%$/, (whole, key) => texts[key] ?? whole);
    return manifest.contributes.commands.map(({ command, title }) => ({ command, title: text(title) }));
  }

  /** Those that the palette shows whatever is selected or going on. */
  get paletteCommands() {
    const { commandPalette = [] } = manifest.contributes.menus ?? {};
    const limited = commandPalette.map(({ command }) => command);
    for (const { command, enablement = 'isWorkspaceTrusted' } of manifest.contributes.commands)
      if (enablement !== 'isWorkspaceTrusted') limited.push(command);
    return this.commands.filter(({ command }) => !limited.includes(command));
  }

  /** Runs a command from the palette: `run('nnunet.trainModel')`. */
  async run(id) {
    const found = this.commands.find(({ command }) => command === id);
    if (!found) throw new Error(`package.json has no command ${id}`);
    await this.workbench.command(`nnU-Net: ${found.title}`, id);
  }

  /** One step; when it fails, a picture of what was on the screen is left in out/screenshots. */
  async step(name, action) {
    await this.t.test(name, async () => {
      try {
        await action();
      } catch (error) {
        await this.save(failures, `failed-${name.replace(/\W+/g, '-')}`).catch(() => {});
        throw error;
      }
    });
  }

  /** A picture of the whole workbench, or of one element. */
  async picture(name, element = this.page) {
    return this.save(pictures, name, element);
  }

  async save(folder, name, element = this.page) {
    fs.mkdirSync(folder, { recursive: true });
    return element.screenshot({ path: path.join(folder, `${name}.png`) });
  }
}

module.exports = { Story, repository, vsix };
