'use strict';
// Bundles the command line, the runner and (with --tests) the test files. `node esbuild.js [--tests] [--watch]`
const esbuild = require('esbuild');
const fs = require('node:fs');
const path = require('node:path');

/** Entry points that exist so far, by the name they get in dist/. */
const entries = Object.fromEntries(
  ['cli', 'runner', 'extension']
    .map((name) => [name, `src/${name}.ts`])
    .filter(([, file]) => fs.existsSync(path.join(__dirname, file))),
);

const common = {
  absWorkingDir: __dirname,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: true,
  logLevel: 'warning',
  // Loaded from node_modules at run time: they bring WebAssembly or native files that they look for beside themselves.
  external: ['vscode', '@itk-wasm/image-io', 'itk-wasm', 'onnxruntime-node'],
};

function testFiles(folder) {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => path.join(folder, file));
}

async function main() {
  const watch = process.argv.includes('--watch');
  const builds = [{ ...common, entryPoints: entries, outdir: 'dist' }];
  if (process.argv.includes('--tests')) {
    const entryPoints = ['test/unit', 'test/golden'].flatMap(testFiles);
    builds.push({ ...common, entryPoints, outdir: 'out/test', outbase: 'test', outExtension: { '.js': '.cjs' } });
  }
  for (const options of builds) {
    if (watch) await (await esbuild.context(options)).watch();
    else await esbuild.build(options);
  }
}

main().catch(() => process.exit(1));
