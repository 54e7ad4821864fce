'use strict';
// Opens the volume editor's page in headless Chromium without VS Code, with the editor's real host side behind it, and takes pictures:
//   node tools/vscode/volume-page.cjs IMAGE OUT_FOLDER [--with SEGMENTATION]… [--theme dark|light|high-contrast] [--script FILE]
// The script gets { page, shot(name), session, wait(text) }. For looking at the page while working on it; the e2e tests use VS Code itself.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const esbuild = require('esbuild');
const { chromium } = require('playwright-core');

const root = path.join(__dirname, '..', '..');

const themes = {
  dark: `--vscode-editor-background:#1f1f1f;--vscode-editor-foreground:#ccc;--vscode-foreground:#ccc;--vscode-sideBar-background:#181818;--vscode-panel-border:#2b2b2b;--vscode-focusBorder:#0078d4;--vscode-descriptionForeground:#9d9d9d;--vscode-editorWidget-background:#202020;--vscode-editorWidget-foreground:#ccc;--vscode-inputValidation-warningBackground:#352a05;--vscode-inputValidation-warningBorder:#b89500;--vscode-inputValidation-errorBackground:#5a1d1d;--vscode-inputValidation-errorBorder:#be1100;--vscode-errorForeground:#f85149;--vscode-editorWarning-foreground:#cca700;--vscode-dropdown-background:#313131;--vscode-input-background:#313131;--vscode-input-border:#3c3c3c;--vscode-dropdown-foreground:#ccc;--vscode-dropdown-border:#3c3c3c;--vscode-button-secondaryBackground:#313131;--vscode-button-secondaryForeground:#ccc;--vscode-checkbox-background:#313131;--vscode-checkbox-border:#3c3c3c;--vscode-checkbox-foreground:#ccc;--vscode-progressBar-background:#0078d4;--vscode-inputOption-activeBackground:#2489db82;--vscode-list-hoverBackground:#2a2d2e;--vscode-icon-foreground:#ccc`,
  light: `--vscode-editor-background:#fff;--vscode-editor-foreground:#3b3b3b;--vscode-foreground:#3b3b3b;--vscode-sideBar-background:#f8f8f8;--vscode-panel-border:#e5e5e5;--vscode-focusBorder:#005fb8;--vscode-descriptionForeground:#767676;--vscode-editorWidget-background:#f8f8f8;--vscode-editorWidget-foreground:#3b3b3b;--vscode-inputValidation-warningBackground:#f6f5d2;--vscode-inputValidation-warningBorder:#b89500;--vscode-inputValidation-errorBackground:#f2dede;--vscode-inputValidation-errorBorder:#be1100;--vscode-errorForeground:#f85149;--vscode-editorWarning-foreground:#bf8803;--vscode-dropdown-background:#fff;--vscode-input-background:#fff;--vscode-input-border:#cecece;--vscode-dropdown-foreground:#3b3b3b;--vscode-dropdown-border:#cecece;--vscode-button-secondaryBackground:#e5e5e5;--vscode-button-secondaryForeground:#3b3b3b;--vscode-checkbox-background:#fff;--vscode-checkbox-border:#cecece;--vscode-checkbox-foreground:#3b3b3b;--vscode-progressBar-background:#005fb8;--vscode-inputOption-activeBackground:#bed6ed;--vscode-list-hoverBackground:#f2f2f2;--vscode-icon-foreground:#3b3b3b`,
  'high-contrast': `--vscode-editor-background:#000;--vscode-editor-foreground:#fff;--vscode-foreground:#fff;--vscode-sideBar-background:#000;--vscode-contrastBorder:#6fc3df;--vscode-focusBorder:#f38518;--vscode-descriptionForeground:#fff;--vscode-editorWidget-background:#0c141f;--vscode-editorWidget-foreground:#fff;--vscode-errorForeground:#f48771;--vscode-dropdown-background:#000;--vscode-input-background:#000;--vscode-input-border:#6fc3df;--vscode-dropdown-foreground:#fff;--vscode-dropdown-border:#6fc3df;--vscode-button-border:#6fc3df;--vscode-checkbox-background:#000;--vscode-checkbox-border:#6fc3df;--vscode-progressBar-background:#6fc3df;--vscode-icon-foreground:#fff`,
};

const external = ['vscode', '@itk-wasm/image-io', 'itk-wasm', 'onnxruntime-node'];
const node = { bundle: true, platform: 'node', format: 'cjs', external, absWorkingDir: root, logLevel: 'warning' };

async function build(folder) {
  await esbuild.build({
    entryPoints: { volume: 'webview/volume/index.ts' },
    bundle: true,
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    minify: true,
    outdir: folder,
    absWorkingDir: root,
    logLevel: 'warning',
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  // Beside node_modules, where the readers find their WebAssembly; of this process alone.
  fs.mkdirSync(path.join(root, 'out'), { recursive: true });
  const work = fs.mkdtempSync(path.join(root, 'out', 'volume-page-'));
  await esbuild.build({ ...node, entryPoints: { worker: 'src/vscode/volume/worker.ts' }, outdir: work });
  const source = `export { VolumeSession } from './src/vscode/volume/session'; export { VolumeWorker } from './src/vscode/volume/workerClient'; export { holdsLabels } from './src/vscode/volume/holdsLabels';`;
  await esbuild.build({ ...node, stdin: { contents: source, resolveDir: root }, outfile: path.join(work, 'host.cjs') });
  return work;
}

/** Of the built host side, once it is loaded. */
let host;

const files = {
  list: async (folder) =>
    fs.existsSync(folder)
      ? fs.readdirSync(folder, { withFileTypes: true }).map((one) => ({ name: one.name, isFolder: one.isDirectory() }))
      : undefined,
  exists: async (file) => fs.existsSync(file),
  version: async (file) => {
    const found = fs.statSync(file, { throwIfNoEntry: false });
    return found && `${found.mtimeMs} ${found.size}`;
  },
  holdsLabels: async (file) => host.holdsLabels(file),
  readText: async (file) => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined),
};

/** ArrayBuffers cross to the page and back as base64. */
const pack = (message) =>
  JSON.stringify(message, (_, value) =>
    value instanceof ArrayBuffer ? { base64: Buffer.from(value).toString('base64') } : value,
  );
const inPage = `
  const bytesOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
  window.fromHost = (text) => window.postMessage(JSON.parse(text, (_, v) => (v && typeof v.base64 === 'string' ? bytesOf(v.base64) : v)), '*');
  const base64 = (buffer) => { let s = ''; for (const b of new Uint8Array(buffer)) s += String.fromCharCode(b); return btoa(s); };
  let state;
  window.acquireVsCodeApi = () => ({
    postMessage: (m) => window.toHost(JSON.stringify(m, (_, v) => (v instanceof ArrayBuffer ? { base64: base64(v) } : v))),
    getState: () => state, setState: (s) => { state = JSON.parse(JSON.stringify(s)); return s; },
  });`;

/** Browser and built code, for pages of one volume each. */
class VolumePages {
  static async open() {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'volume-page-'));
    const work = await build(folder);
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
      args: ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
    });
    host = require(path.join(work, 'host.cjs'));
    return new VolumePages(folder, work, host, browser);
  }

  constructor(folder, work, built, browser) {
    Object.assign(this, { folder, work, host: built, browser });
    this.worker = new built.VolumeWorker(path.join(work, 'worker.js'));
  }

  /**
   * @param {string} image
   * @param {{chosen?: string[], out?: string, theme?: keyof typeof themes, roots?: {raw?: string, results?: string}}} options
   *   chosen: the answers of file dialogs
   */
  async show(image, { chosen = [], out = this.folder, theme = 'dark', roots = {} } = {}) {
    const page = await this.browser.newPage({ viewport: { width: 1280, height: 800 } });
    const errors = [];
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    page.on('pageerror', (error) => errors.push(error.message));
    const answers = chosen.map((one) => path.resolve(one));
    const session = new this.host.VolumeSession(
      path.resolve(image),
      {
        post: (message) => void page.evaluate((text) => window.fromHost(text), pack(message)).catch(() => undefined),
        files,
        surroundings: () => ({
          workspaces: [path.dirname(path.resolve(image))],
          ...roots,
        }),
        settings: () => ({ isRadiological: true, maskOpacity: 0.5 }),
        limitBytes: () => 2 ** 31,
        local: async (file) => file,
        chooseFile: async () => answers.shift(),
        save: async (name, _kind, bytes) => {
          fs.writeFileSync(path.join(out, name), bytes);
          return path.join(out, name);
        },
        reopen: () => undefined,
        log: (message) => errors.push(message),
      },
      this.worker,
    );
    await page.exposeFunction('toHost', (text) => {
      const message = JSON.parse(text, (_, value) =>
        value && typeof value.base64 === 'string' ? new Uint8Array(Buffer.from(value.base64, 'base64')).buffer : value,
      );
      void session.receive(message).catch((error) => errors.push(String(error)));
    });
    await page.setContent(
      `<!DOCTYPE html><html style="${themes[theme]};--vscode-font-family:'DejaVu Sans',sans-serif;--vscode-font-size:13px"><head><style>${fs.readFileSync(path.join(this.folder, 'volume.css'), 'utf8')}</style></head><body class="vscode-${theme}"></body></html>`,
    );
    await page.addScriptTag({ content: inPage });
    await page.addScriptTag({ path: path.join(this.folder, 'volume.js') });
    return { page, session, errors };
  }

  async close() {
    this.worker.dispose();
    await this.browser.close();
    for (const folder of [this.folder, this.work]) fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function main() {
  const [image, out, ...rest] = process.argv.slice(2);
  const options = (name) => rest.flatMap((word, i) => (word === name ? [rest[i + 1]] : []));
  fs.mkdirSync(out, { recursive: true });
  const pages = await VolumePages.open();
  try {
    const theme = options('--theme')[0];
    const roots = { raw: process.env.nnUNet_raw, results: process.env.nnUNet_results };
    const { page, session, errors } = await pages.show(image, { chosen: options('--with'), out, theme, roots });
    const shot = (name) => page.screenshot({ path: path.join(out, `${name}.png`) });
    const wait = (text) => page.getByText(text).first().waitFor({ timeout: 60000 });
    const script = options('--script')[0];
    if (script) await require(path.resolve(script))({ page, shot, session, wait });
    else {
      await page.waitForTimeout(6000);
      await shot('volume');
    }
    for (const error of errors) console.error('page:', error);
  } finally {
    await pages.close();
  }
}

if (require.main === module)
  main().catch((error) => {
    console.error(error);
    process.exit(1);
  });

module.exports = { VolumePages };
