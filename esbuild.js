'use strict';
// Bundles the extension, the command line, the runner, the webviews and, when asked to, tests.
//   node esbuild.js [--production] [--watch] [--outdir DIR] [--tests] [--only-tests FILE,FILE…] [--integration]
// --production: minified, without source maps. --tests: unit, golden, package and slurm tests. --only-tests: some of them, nothing else. --integration: the suite that VS Code runs.
const esbuild = require('esbuild');
const fs = require('node:fs');
const path = require('node:path');

const asked = (option) => process.argv.includes(option);
const production = asked('--production');
const valueOf = (option) => process.argv[process.argv.indexOf(option) + 1];
const outdir = asked('--outdir') ? valueOf('--outdir') : 'dist';

/** Entry points that exist so far, by the name they get in the output folder. */
const existing = (names, source) =>
  Object.fromEntries(
    names.map((name) => [name, source(name)]).filter(([, file]) => fs.existsSync(path.join(__dirname, file))),
  );

const common = {
  absWorkingDir: __dirname,
  bundle: true,
  minify: production,
  sourcemap: !production,
  logLevel: 'warning',
};

const node = {
  ...common,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  // Loaded from node_modules at run time: they bring WebAssembly or native files that they look for beside themselves.
  external: ['vscode', '@itk-wasm/image-io', 'itk-wasm', 'onnxruntime-node'],
};

const webviews = {
  ...common,
  platform: 'browser',
  target: 'es2022',
  format: 'esm',
  entryPoints: {
    ...existing(['curves', 'table', 'volume'], (name) => `webview/${name}/index.ts`),
    ...existing(['scene3d'], (name) => `webview/volume/${name}.ts`),
  },
  outdir: path.join(outdir, 'webview'),
  // A webview can not fetch a map; in development the map is within the file.
  sourcemap: production ? false : 'inline',
  define: { 'process.env.NODE_ENV': JSON.stringify(production ? 'production' : 'development') },
};

/**
 * What a page imports when it needs it is a bundle of its own beside it. (With esbuild's `splitting` the page would also wait for
 * files that hold what both share.)
 */
const onDemand = {
  name: 'on-demand',
  setup(build) {
    build.onResolve({ filter: /^\.\/\w+$/ }, ({ path: name, kind }) =>
      kind === 'dynamic-import' ? { path: `${name}.js`, external: true } : undefined,
    );
  },
};
webviews.plugins = [onDemand];

/**
 * esbuild copies all names of an imported CommonJS module once for every file that imports it. For `vscode` that is 200 names in
 * 40 files, half of the time that activation takes: so the files share one module that takes each name once.
 */
const oneCopyOfVscode = {
  name: 'one-copy-of-vscode',
  setup(build) {
    const declarations = fs.readFileSync(path.join(__dirname, 'node_modules/@types/vscode/index.d.ts'), 'utf8');
    const exported = /^\texport (?:abstract )?(?:class|namespace|enum|const|function|let) (\w+)/gm;
    const names = new Set(Array.from(declarations.matchAll(exported), ([, name]) => name));
    const lines = Array.from(names, (name) => `export const ${name} = api.${name};`);
    const contents = ["const api = require('vscode');", ...lines].join('\n');
    build.onResolve({ filter: /^vscode$/ }, ({ namespace }) =>
      namespace === 'shared' ? { path: 'vscode', external: true } : { path: 'vscode', namespace: 'shared' },
    );
    build.onLoad({ filter: /.*/, namespace: 'shared' }, () => ({ contents, resolveDir: __dirname }));
  },
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
  const programs = {
    ...existing(['cli', 'runner', 'extension'], (name) => `src/${name}.ts`),
    // The server for assistants: `nnunet mcp` alone loads it.
    ...existing(['mcp'], () => 'src/cli/mcp/stdio.ts'),
    // The worker thread in which the volume editor reads.
    ...existing(['volumeWorker'], () => 'src/vscode/volume/worker.ts'),
    // The process (or thread) in which ONNX models predict.
    ...existing(['inferenceWorker'], () => 'src/pipeline/prediction/predictWorker.ts'),
  };
  const builds = [{ ...node, entryPoints: programs, outdir, plugins: [oneCopyOfVscode] }, webviews];
  const tests = { ...node, outdir: 'out/test', outbase: 'test', outExtension: { '.js': '.cjs' } };
  if (asked('--only-tests')) {
    await esbuild.build({ ...tests, entryPoints: valueOf('--only-tests').split(',') });
    return;
  }
  if (asked('--tests'))
    builds.push({
      ...tests,
      entryPoints: ['test/unit', 'test/golden', 'test/package', 'test/slurm'].flatMap(testFiles),
    });
  if (asked('--integration')) {
    builds.push({
      ...node,
      entryPoints: ['test/integration/index.ts'],
      outfile: 'out/test/integration/index.js',
      external: [...node.external, 'mocha'],
    });
  }
  for (const options of builds) {
    if (asked('--watch')) await (await esbuild.context(options)).watch();
    else await esbuild.build(options);
  }
}

main().catch(() => process.exit(1));
