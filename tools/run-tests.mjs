// Bundles and runs the tests of one or more folders of test/: `node tools/run-tests.mjs unit [golden …] [-- name-filter]`
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

const separator = process.argv.indexOf('--');
const folders = process.argv.slice(2, separator < 0 ? undefined : separator);
const filter = separator < 0 ? '' : process.argv[separator + 1];

const sources = folders
  .map((folder) => join('test', folder))
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder, { recursive: true }).map((file) => join(folder, String(file))))
  .filter((file) => file.endsWith('.test.ts') && file.includes(filter))
  .sort();
if (sources.length === 0) {
  console.error(`No test files in ${folders.join(', ')}${filter ? ` that match "${filter}"` : ''}.`);
  process.exit(1);
}
try {
  if (filter) {
    // Only what was asked for, so that unfinished work elsewhere in the tree does not matter.
    execFileSync(process.execPath, ['esbuild.js', '--only-tests', sources.join(',')], { stdio: 'inherit' });
  } else {
    for (const folder of folders) rmSync(join('out/test', folder), { recursive: true, force: true });
    execFileSync(process.execPath, ['esbuild.js', '--tests'], { stdio: 'inherit' });
  }
} catch {
  console.error('The tests do not bundle (see above).');
  process.exit(1);
}
const options = [
  '--enable-source-maps',
  `--import=${new URL('own-cache.mjs', import.meta.url)}`,
  `--test-concurrency=${Math.min(4, availableParallelism())}`,
  // Reached only by a test that never ends.
  '--test-timeout=1800000',
  '--test-reporter=spec',
  '--test-reporter-destination=stdout',
];
const files = sources.map((file) => join('out', file.replace(/\.ts$/, '.cjs')));
// What this user keeps (jobs, models prepared for prediction) is not the tests' to fill.
const cache = mkdtempSync(join(tmpdir(), 'nnunet-tests-cache-'));
const env = { ...process.env, NNUNET_TESTS_CACHE: cache };
const run = spawnSync(process.execPath, [...options, '--test', ...files], { stdio: 'inherit', env });
rmSync(cache, { recursive: true, force: true });
process.exit(run.status ?? 1);
