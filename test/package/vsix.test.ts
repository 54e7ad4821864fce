/** Holds the package what the extension needs, nothing else, and does it work where nothing is installed? (after `npm run package`) */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { after, before, describe, it } from 'node:test';
import * as yauzl from 'yauzl';
import { readSegmentation } from '../../src/images/volumes';
import { hasShared, repositoryRoot, sharedPath } from '../shared';

const manifest = JSON.parse(fs.readFileSync(join(repositoryRoot, 'package.json'), 'utf8'));
const vsix = join(repositoryRoot, `nnunet-linux-x64-${manifest.version}.vsix`);
/** LibTorch takes about 110 MB of it, ONNX Runtime 17 MB. */
const mostBytes = 150e6;

/** All that may be in the package, below `extension/`. */
const allowed = [
  /^package\.json$/,
  /^package\.nls(\.[\w-]+)?\.json$/,
  /^l10n\/bundle\.l10n(\.[\w-]+)?\.json$/,
  /^(readme\.md|changelog\.md|LICENSE\.txt)$/i,
  /^media\/[\w/.-]+\.(svg|png|css|md)$/,
  /^docs\/screenshots\/[\w.-]+\.png$/,
  /^schemas\/[\w.-]+\.json$/,
  /^dist\/(extension|cli|mcp|runner|volumeWorker|inferenceWorker)\.js$/,
  /^dist\/webview\/((curves|table|volume)\.(js|css)|scene3d\.js)$/,
  /^dist\/native\/(nnunet-core|nnunet_voxels\.node)$/,
  /^dist\/native\/torch\/(libtorch_cpu\.so|libc10\.so|libgomp\.so\.1|libcudart\.so\.13|libcupti\.so\.13)$/,
  /^dist\/native\/licences\/[\w.-]+$/,
  /^dist\/node_modules\/(@itk-wasm\/image-io|itk-wasm|mime-db|mime-types|@thewtex\/zstddec)\/[\w/.-]*(\.js|\.json|LICENSE)$/,
  /^dist\/node_modules\/@itk-wasm\/image-io\/dist\/pipelines\/((nrrd|meta|gipl|tiff|png|jpeg|bmp)-(read|write)|gdcm-read)-image\.(js|wasm\.zst)$/,
  /^dist\/node_modules\/onnxruntime-node\/(package\.json|dist\/[\w-]+\.js)$/,
  /^dist\/node_modules\/onnxruntime-node\/bin\/napi-v6\/linux\/x64\/(libonnxruntime\.so\.1|onnxruntime_binding\.node)$/,
  /^dist\/node_modules\/onnxruntime-common\/(package\.json|dist\/cjs\/[\w.-]+)$/,
];

const required = [
  'package.json',
  'package.nls.json',
  'l10n/bundle.l10n.json',
  'LICENSE.txt',
  'dist/extension.js',
  'dist/cli.js',
  'dist/mcp.js',
  'dist/runner.js',
  'dist/volumeWorker.js',
  'dist/inferenceWorker.js',
  'dist/node_modules/onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node',
  'dist/native/nnunet-core',
  'dist/native/nnunet_voxels.node',
  'dist/native/torch/libtorch_cpu.so',
  'dist/native/licences/torch-LICENSE',
  'dist/native/licences/onnxruntime-LICENSE',
  'dist/node_modules/@itk-wasm/image-io/dist/pipelines/nrrd-read-image.wasm.zst',
  ...['curves', 'volume']
    .filter((name) => fs.existsSync(join(repositoryRoot, 'webview', name, 'index.ts')))
    .map((name) => `dist/webview/${name}.js`),
];

describe('the package (.vsix)', () => {
  let folder: string;
  let files: string[];
  const extension = (...parts: string[]): string => join(folder, 'extension', ...parts);
  /** The packaged command line where there is no Python, compiler or other program, and no setting of the developer's. */
  const nnunet = (...words: string[]): string =>
    execFileSync(process.execPath, [extension('dist', 'cli.js'), ...words], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: join(folder, 'empty'), HOME: folder },
    });

  before(async () => {
    assert.ok(fs.existsSync(vsix), `${vsix} is not there. Make it: npm run package`);
    folder = fs.mkdtempSync(join(tmpdir(), 'nnunet-vsix-'));
    files = await unpack(vsix, folder);
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  it('holds everything the extension needs', () => {
    assert.deepEqual(
      required.filter((file) => !files.includes(`extension/${file}`)),
      [],
    );
  });

  it('holds nothing else: no sources, tests, maps or developer tools', () => {
    const others = files.filter((file) => !['extension.vsixmanifest', '[Content_Types].xml'].includes(file));
    const unexpected = others.filter((file) => !allowed.some((form) => form.test(file.replace(/^extension\//, ''))));
    assert.deepEqual(unexpected, []);
  });

  it(`is smaller than ${mostBytes / 1e6} MB`, () => {
    const { size } = fs.statSync(vsix);
    assert.ok(size < mostBytes, `${(size / 1e6).toFixed(0)} MB`);
  });

  it('is for Linux x64 and depends on no other package', () => {
    assert.match(fs.readFileSync(join(folder, 'extension.vsixmanifest'), 'utf8'), /TargetPlatform="linux-x64"/);
    const packaged = JSON.parse(fs.readFileSync(extension('package.json'), 'utf8'));
    assert.equal(packaged.dependencies, undefined);
    assert.equal(packaged.main, './dist/extension.js');
    assert.ok(fs.existsSync(extension(packaged.main)));
  });

  it('keeps vtk.js out of what the extension host loads', () => {
    assert.doesNotMatch(fs.readFileSync(extension('dist', 'extension.js'), 'utf8'), /vtkRenderWindow|vtkImageData/);
  });

  it('looks for nothing in the folders of the machine that built it', () => {
    for (const file of ['extension.js', 'cli.js', 'mcp.js', 'runner.js', 'volumeWorker.js', 'inferenceWorker.js'])
      assert.equal(fs.readFileSync(extension('dist', file)).includes(`${repositoryRoot}/`), false, file);
    // The program's search path; LibTorch's headers leave their paths in messages, which is harmless.
    const core = fs.readFileSync(extension('dist', 'native', 'nnunet-core'));
    assert.equal(core.includes('$ORIGIN/torch\0'), true);
    assert.equal(core.includes('$ORIGIN/torch:'), false);
  });

  it('starts the core with the LibTorch beside it', () => {
    const engine = JSON.parse(nnunet('engine', '--json'));
    assert.equal(engine.torch, '2.15.0');
    assert.ok(engine.devices.includes('cpu'));
    assert.match(engine.onnxruntime, /^1\./);
    assert.equal(engine.path, fs.realpathSync(extension('dist', 'native', 'nnunet-core')));
  });

  it('reads images with the ITK it brings, and computes with its addon', () => {
    nnunet('sample', join(folder, 'nnUNet_raw', 'Dataset001_Sample'), '--cases', '2', '--test-cases', '0');
    fs.writeFileSync(join(folder, 'ramp.nrrd'), nrrd());
    const { shape, spacing, max } = JSON.parse(nnunet('inspect', join(folder, 'ramp.nrrd'), '--json'));
    assert.deepEqual([shape, spacing, max], [[2, 3, 4], [1, 2, 3], 23]);
    nnunet('preprocess', '1', '-c', '2d', '--root', folder);
    assert.ok(fs.existsSync(join(folder, 'nnUNet_preprocessed', 'Dataset001_Sample', 'nnUNetPlans.json')));
  });

  it('answers an assistant', () => {
    const asked = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
    const line = `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: asked })}\n`;
    const said = execFileSync(process.execPath, [extension('dist', 'cli.js'), 'mcp'], { cwd: folder, input: line });
    const { result } = JSON.parse(said.toString());
    assert.deepEqual([result.serverInfo.name, result.serverInfo.version], ['nnunet', manifest.version]);
  });

  it('exports a model and predicts with it where the training core is missing', { skip: !hasShared }, async () => {
    fs.rmSync(extension('dist', 'native', 'nnunet-core'));
    fs.rmSync(extension('dist', 'native', 'torch'), { recursive: true });
    const golden = sharedPath('spec/golden');
    const model = join(golden, 'nnUNet_results/Dataset777_Toy/nnUNetTrainer__nnUNetPlans__3d_small');
    const file = join(folder, 'toy.onnx');
    nnunet('export-onnx', model, '-f', '0', '-o', file);
    const images = ['c3_0000', 'c3_0001'].map((name) =>
      join(golden, 'nnUNet_raw/Dataset777_Toy/imagesTr', `${name}.nii.gz`),
    );
    nnunet('predict', '-m', file, '-i', ...images, '-o', join(folder, 'masks'));
    const [found, expected] = await Promise.all(
      [join(folder, 'masks'), join(model, 'fold_0/validation')].map((place) =>
        readSegmentation(join(place, 'c3.nii.gz'), 'NibabelIO'),
      ),
    );
    const different = expected!.data.reduce((sum, label, at) => sum + Number(label !== found!.data[at]), 0);
    assert.ok(different <= expected!.data.length * 1e-4, `${different} voxels differ`);
  });
});

/** A raw NRRD of 2 x 3 x 4 voxels, counting up. */
function nrrd(): Buffer {
  const header = [
    'NRRD0004',
    'type: uint8',
    'dimension: 3',
    'space: left-posterior-superior',
    'sizes: 2 3 4',
    'space directions: (1,0,0) (0,2,0) (0,0,3)',
    'space origin: (0,0,0)',
    'encoding: raw',
  ];
  return Buffer.concat([Buffer.from(`${header.join('\n')}\n\n`), Buffer.from(Array.from({ length: 24 }, (_, i) => i))]);
}

/** Unpacks as VS Code does, with the files' permissions. @returns the names of all files */
async function unpack(archive: string, target: string): Promise<string[]> {
  const names: string[] = [];
  const zip = await new Promise<yauzl.ZipFile>((resolve, reject) =>
    yauzl.open(archive, { lazyEntries: true, autoClose: false }, (error, file) =>
      error ? reject(error) : resolve(file),
    ),
  );
  await new Promise<void>((resolve, reject) => {
    zip.on('entry', (entry: yauzl.Entry) => {
      if (entry.fileName.endsWith('/')) return zip.readEntry();
      names.push(entry.fileName);
      const path = join(target, entry.fileName);
      fs.mkdirSync(dirname(path), { recursive: true });
      zip.openReadStream(entry, (error, stream) => {
        if (error) return reject(error);
        const mode = (entry.externalFileAttributes >>> 16) & 0o777 || 0o644;
        pipeline(stream, fs.createWriteStream(path, { mode })).then(() => zip.readEntry(), reject);
      });
    });
    zip.on('end', resolve).on('error', reject);
    zip.readEntry();
  });
  zip.close();
  return names;
}
