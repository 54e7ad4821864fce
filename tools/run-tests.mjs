// Bundles and runs the tests of one or more folders of test/: `node tools/run-tests.mjs unit [golden …] [-- name-filter]`
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const separator = process.argv.indexOf('--');
const folders = process.argv.slice(2, separator < 0 ? undefined : separator);
const filter = separator < 0 ? '' : process.argv[separator + 1];
execFileSync(process.execPath, ['esbuild.js', '--tests'], { stdio: 'inherit' });
const files = folders
  .map((folder) => join('out/test', folder))
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder, { recursive: true }).map((file) => join(folder, String(file))))
  .filter((file) => file.endsWith('.test.cjs') && file.includes(filter));
if (files.length === 0) {
  console.error(`No test files in ${folders.join(', ')}${filter ? ` that match "${filter}"` : ''}.`);
  process.exit(1);
}
const run = spawnSync(process.execPath, ['--enable-source-maps', '--test', '--test-concurrency=2', ...files], { stdio: 'inherit' });
process.exit(run.status ?? 1);
