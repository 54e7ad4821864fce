// Prints how a workspace with many trainings behaves: node tools/bench/jobs.mjs [TRAININGS EPOCHS]. Figures are for reading.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository, writeJson } from './data.mjs';
import { lastJson, run } from './measure.mjs';
import { program } from './program.mjs';

const [trainings = 200, epochs = 1000] = process.argv.slice(2).map(Number);
const scratch = mkdtempSync(join(tmpdir(), 'nnunet-bench-jobs-'));
const runner = join(repository, 'dist/runner.js');
// Results of another time shall not help.
const env = { XDG_CACHE_HOME: join(scratch, 'cache') };

const milliseconds = (value) => `${Math.round(value)} ms`;
const megabytes = (value) => `${Math.round(value / 2 ** 20)} MB`;
const row = (...cells) => console.log(`| ${cells.join(' | ')} |`);

async function measure(action) {
  const job = { action, folder: join(scratch, 'work'), trainings, epochs, iterations: 30, cases: 5000, runner };
  const file = writeJson(join(scratch, `${action}.json`), job);
  const { stdout } = await run(process.execPath, ['--expose-gc', outfile, file], { env });
  return lastJson(stdout);
}

const outfile = await program('jobStore');
try {
  mkdirSync(join(scratch, 'work'));
  const { bytes } = await measure('make');
  console.log(
    `${trainings} trainings of ${epochs} epochs, ${megabytes(bytes)} of logs; load ${loadavg()[0].toFixed(1)}\n`,
  );
  row('what', 'shown after', 'all read after', 'processor time', 'longest block', 'its processor time', 'memory');
  row(...Array(7).fill('---'));
  for (const what of ['opened for the first time', 'opened again']) {
    const { seconds, whole, wholeProcessorSeconds, blockMilliseconds, blockProcessorMilliseconds, peakBytes } =
      await measure('open');
    row(
      what,
      `${seconds.toFixed(2)} s`,
      `${whole.toFixed(2)} s`,
      `${wholeProcessorSeconds.toFixed(2)} s`,
      milliseconds(blockMilliseconds),
      milliseconds(blockProcessorMilliseconds),
      megabytes(peakBytes),
    );
  }
  const cases = await measure('cases');
  console.log(
    `\n5,000 cases: shown after ${cases.seconds.toFixed(2)} s, longest block ${milliseconds(cases.blockMilliseconds)}`,
  );
  const idle = await measure('idle');
  console.log(`3 running trainings in an idle window: ${(100 * idle.seconds).toFixed(2)} % of a core`);
  if (existsSync(runner)) {
    const start = await measure('start');
    console.log(`a job's first event ${start.seconds.toFixed(2)} s after it was asked for`);
  }
} finally {
  rmSync(scratch, { recursive: true });
}
