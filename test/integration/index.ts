/** What the extension host runs (extensionTestsPath), here as well as in VS Code desktop: all integration tests, by mocha. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { format } from 'node:util';
import { takeCoverage } from 'node:v8';
import Mocha from 'mocha';
import { activation } from './activation';
import { assistant } from './assistant';
import { contributions } from './contributions';
import { datasets } from './datasets';
import { diagnostics } from './diagnostics';
import { prediction } from './prediction';
import { pseudoLanguage } from './pseudoLanguage';
import { severalFolders } from './severalFolders';
import { trainings } from './trainings';
import { volumes } from './volumes';
import { wizards } from './wizards';

/** In the order they run: `activation` first, before another test opens anything. */
const suitesOfOneFolder = [
  activation,
  contributions,
  datasets,
  diagnostics,
  volumes,
  prediction,
  trainings,
  assistant,
  wizards,
];
const suitesOfKind: Readonly<Record<string, readonly (() => void)[]>> = {
  several: [severalFolders],
  pseudo: [pseudoLanguage],
};
const suites = suitesOfKind[process.env.EXT_TEST_KIND ?? ''] ?? suitesOfOneFolder;

/** A rejection makes VS Code end with exit code 1. */
export async function run(): Promise<void> {
  const { CI, EXT_TEST_GREP, EXT_TEST_LOG, EXT_TEST_JSON, NODE_V8_COVERAGE } = process.env;
  if (EXT_TEST_LOG)
    Mocha.reporters.Base.consoleLog = (...line: unknown[]) => appendFileSync(EXT_TEST_LOG, `${format(...line)}\n`);
  const mocha = new Mocha({ ui: 'bdd', timeout: 600_000, reporter: 'spec', color: false, forbidOnly: Boolean(CI) });
  if (EXT_TEST_GREP) mocha.grep(EXT_TEST_GREP);
  // The tests are in this bundle: define describe and it, then call what uses them.
  mocha.suite.emit('pre-require', globalThis, 'bundle', mocha);
  for (const suite of suites) suite();
  const stats = await new Promise<Mocha.Stats>((resolve) => {
    const runner = mocha.run(() => resolve(runner.stats!));
  });
  if (NODE_V8_COVERAGE) takeCoverage();
  if (EXT_TEST_JSON) writeFileSync(EXT_TEST_JSON, JSON.stringify(stats));
  if (stats.failures > 0) throw new Error(`${stats.failures} tests failed`);
}
