// Gathers what belongs into the package, except what is built: `node tools/package/stage.mjs FOLDER`
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const folder = process.argv[2];

function copy(from, to = from) {
  mkdirSync(dirname(join(folder, to)), { recursive: true });
  cpSync(join(repository, from), join(folder, to), { recursive: true, dereference: true });
}

for (const name of [
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  '.vscodeignore',
  'l10n',
  'media',
  'schemas',
  'docs/screenshots',
])
  if (existsSync(join(repository, name))) copy(name);
for (const name of readdirSync(repository)) if (/^package\.nls.*\.json$/.test(name)) copy(name);

// Everything else is in the bundles, so that the package depends on nothing.
const manifest = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
for (const key of ['scripts', 'dependencies', 'devDependencies', 'allowScripts', 'private']) delete manifest[key];
writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);

// ITK is loaded from node_modules at run time. Of it go along: the modules that its Node entry imports, with their package.json
// and licence, and the WebAssembly of the formats that src/images/itkWorker.ts names. In dist/, where the bundles look first.
const formats = /type ItkFormat =([^;]+);/.exec(readFileSync(join(repository, 'src/images/itkWorker.ts'), 'utf8'))[1];
const { metafile } = await build({
  absWorkingDir: repository,
  stdin: { contents: `export * from '@itk-wasm/image-io'`, resolveDir: repository },
  bundle: true,
  platform: 'node',
  format: 'esm',
  write: false,
  metafile: true,
  logLevel: 'error',
});
const modules = Object.keys(metafile.inputs).filter((file) => file.startsWith('node_modules/'));
const packages = new Set(modules.map((file) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)[0]));
for (const path of packages)
  modules.push(
    ...readdirSync(join(repository, path))
      .filter((name) => /^(package\.json|(licen[cs]e|notice)(\.\w+)?)$/i.test(name))
      .map((name) => `${path}/${name}`),
  );
for (const [, format] of formats.matchAll(/'(\w+)'/g))
  // DICOM is decoded by ITK, and written here.
  for (const direction of format === 'gdcm' ? ['read'] : ['read', 'write'])
    for (const ending of ['js', 'wasm.zst'])
      modules.push(`node_modules/@itk-wasm/image-io/dist/pipelines/${format}-${direction}-image.${ending}`);
// ONNX Runtime likewise, with the processor's library for this platform.
const runtime = 'node_modules/onnxruntime-node';
for (const [path, wanted] of [
  [`${runtime}/dist`, /\.js$/],
  [`${runtime}/bin/napi-v6/linux/x64`, /^(libonnxruntime\.so\.\d+|onnxruntime_binding\.node)$/],
  ['node_modules/onnxruntime-common/dist/cjs', /(\.js|package\.json)$/],
])
  modules.push(
    ...readdirSync(join(repository, path))
      .filter((name) => wanted.test(name))
      .map((name) => `${path}/${name}`),
  );
modules.push(`${runtime}/package.json`, 'node_modules/onnxruntime-common/package.json');
for (const file of new Set(modules)) copy(file, `dist/${file}`);
