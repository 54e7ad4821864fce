'use strict';
// Mocha tests inside the real extension host: node tools/vscode/run-integration.cjs <extensionDir> <bundled tests index.js> <workspaceDir> [several|pseudo]
// With `several`, the tests of a workspace of several folders: an empty one, the folder, and another with a dataset of the same name.
// With `pseudo`, those of a language without letters.
// Exit code: 0 all passed; 1 a test failed; 2 launch error; 3 no result in time; 4 page crashed; 6 no test result (extension host died, or no test ran).
const util = require('node:util'),
  fs = require('node:fs'),
  os = require('node:os'),
  path = require('node:path');
const { chromium } = require('playwright-core');
const { makePseudoExtension } = require('./pseudo-language.cjs');
const { startServer, CHROMIUM } = require('./vscode.cjs');
const [ext, tests, ws] = process.argv.slice(2, 5).map((f) => path.resolve(f));
const kind = process.argv[5] ?? 'one';
const hasSeveral = kind === 'several';
const LIMIT = Number(process.env.EXT_TEST_TIMEOUT_MS || 3_600_000);
/** Beside the folder `ws`: `code`, which holds nothing of nnU-Net, and `second`, with the sample dataset as well. */
function makeSeveral(dir, file) {
  const dataset = path.join('nnUNet_raw', 'Dataset001_Sample');
  fs.mkdirSync(path.join(dir, 'code'));
  fs.cpSync(path.join(dir, 'ws', dataset), path.join(dir, 'second', dataset), { recursive: true });
  fs.writeFileSync(file, JSON.stringify({ folders: ['code', 'ws', 'second'].map((name) => ({ path: name })) }));
}

(async () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ext-test-')),
    log = path.join(dir, 'mocha.log'),
    json = path.join(dir, 'stats.json'),
    folder = path.join(dir, 'ws');
  fs.cpSync(ws, folder, { recursive: true });
  const workspaceFile = path.join(dir, 'study.code-workspace');
  if (hasSeveral) makeSeveral(dir, workspaceFile);
  fs.writeFileSync(log, ''); // the tests get a copy of the workspace
  let seen = 0;
  const tail = () => {
    const t = fs.readFileSync(log);
    process.stdout.write(t.subarray(seen));
    seen = t.length;
  };
  let code = 2,
    server,
    browser;
  const timer = setInterval(tail, 200);
  try {
    // 'enable-smoke-test-driver' makes a built workbench accept extensionDevelopmentPath and extensionTestsPath from the URL's payload
    server = await startServer({
      vscodeOptions: ['enable-smoke-test-driver'],
      env: { EXT_TEST_LOG: log, EXT_TEST_JSON: json, EXT_TEST_KIND: kind },
    });
    browser = await chromium.launch(CHROMIUM);
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    let done;
    const exit = new Promise((r) => {
      done = r;
    });
    await page.exposeFunction('codeAutomationExit', (c) => done(c)); // the workbench calls these two when it runs extension tests
    await page.exposeFunction('codeAutomationLog', (type, args) => {
      if (process.env.VERBOSE) {
        console.error(`[${type}] ${util.format(...args)}`.slice(0, 400));
      }
    });
    page.on('crash', () => {
      console.error('the page crashed');
      done(4);
    });
    const t = setTimeout(() => {
      console.error(`no result after ${LIMIT} ms`);
      done(3);
    }, LIMIT);
    const uri = (f) => `vscode-remote://127.0.0.1:${server.port}${f}`;
    const payload = JSON.stringify([
      ['extensionDevelopmentPath', uri(kind === 'pseudo' ? makePseudoExtension(ext, dir) : ext)],
      ['extensionTestsPath', uri(tests)],
    ]);
    const opened = hasSeveral
      ? `workspace=${encodeURIComponent(workspaceFile)}`
      : `folder=${encodeURIComponent(folder)}`;
    await page.goto(`${server.url}/?${opened}&payload=${encodeURIComponent(payload)}`);
    code = await exit;
    clearTimeout(t);
    if (code && process.env.SCREENSHOT) {
      await page.screenshot({ path: process.env.SCREENSHOT });
    }
  } catch (e) {
    console.error(e);
  }
  clearInterval(timer);
  tail();
  await browser?.close();
  await server?.stop();
  // Never trust exit code 0 alone: when the extension host dies, the workbench reports 0 too. No result file = failed.
  const s = fs.existsSync(json) ? JSON.parse(fs.readFileSync(json, 'utf8')) : null;
  if (!code && !(s && s.tests)) {
    code = 6;
    console.error('no test result was written');
  }
  fs.rmSync(dir, { recursive: true, force: true });
  console.log(s ? `${s.passes} passed, ${s.failures} failed, ${s.pending} skipped` : '0 passed, 1 failed, 0 skipped');
  process.exit(code);
})();
