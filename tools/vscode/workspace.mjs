// Makes the folder that the VS Code tests open: `node tools/vscode/workspace.mjs FOLDER` (made anew each time).
// A small sample dataset and, where ../shared is, nnU-Net's own files of the golden tests: raw data, plans, a trained model.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const golden = join(repository, '..', 'shared', 'spec', 'golden');
const folder = resolve(process.argv[2] ?? '');
if (!process.argv[2] || folder === repository) {
  console.error('Say which folder to make: node tools/vscode/workspace.mjs FOLDER');
  process.exit(2);
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(join(folder, 'nnUNet_raw'), { recursive: true });
if (existsSync(golden)) {
  for (const root of readdirSync(golden).filter((name) => name.startsWith('nnUNet_')))
    cpSync(join(golden, root), join(folder, root), { recursive: true });
  // The originals may be read-only; the tests change the copies.
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    chmodSync(join(entry.parentPath ?? entry.path, entry.name), entry.isDirectory() ? 0o755 : 0o644);
} else console.log(`The tests of nnU-Net's own files are skipped: ${golden} is absent`);

execFileSync(
  process.execPath,
  [
    join(repository, 'dist', 'cli.js'),
    'sample',
    join(folder, 'nnUNet_raw', 'Dataset001_Sample'),
    ...['--cases', '4', '--test-cases', '2', '--seed', '1'],
  ],
  { stdio: ['ignore', 'ignore', 'inherit'] },
);
