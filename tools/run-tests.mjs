// Bundles and runs the tests of one or more folders of test/: `node tools/run-tests.mjs unit [golden …] [-- name-filter]`
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const separator = process.argv.indexOf('--');
const folders = process.argv.slice(2, separator < 0 ? undefined : separator);
const filter = separator < 0 ? '' : process.argv[separator + 1];

// A bundle stays when its source goes, so start from none; with a filter, others may be running theirs.
if (!filter) for (const folder of folders) rmSync(join('out/test', folder), { recursive: true, force: true });
try {
  execFileSync(process.execPath, ['esbuild.js', '--tests'], { stdio: 'inherit' });
} catch {
  console.error('The tests do not bundle (see above).');
  process.exit(1);
}
const files = folders
  .map((folder) => join('out/test', folder))
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder, { recursive: true }).map((file) => join(folder, String(file))))
  .filter((file) => file.endsWith('.test.cjs') && file.includes(filter))
  .sort();
if (files.length === 0) {
  console.error(`No test files in ${folders.join(', ')}${filter ? ` that match "${filter}"` : ''}.`);
  process.exit(1);
}
const options = [
  '--enable-source-maps',
  `--test-concurrency=${Math.min(4, availableParallelism())}`,
  // A terminal gets a line per test; a log gets what failed and the closing counts, both readable.
  '--test-reporter=spec',
  '--test-reporter-destination=stdout',
];
const run = spawnSync(process.execPath, [...options, '--test', ...files], { stdio: 'inherit' });
process.exit(run.status ?? 1);
