// Prints how fast we are beside nnU-Net in Python, on this machine, in this run. Figures are for reading; nothing asserts.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { repository, scratch, writeJson } from './data.mjs';
import { NotMeasured, lastJson, machine, median, run } from './measure.mjs';
import { sections } from './sections.mjs';

const help = `npm run bench -- [--peer VENV] [--only NAME[,NAME…]] [--repeat N] [--output FILE.json|FILE.md]

  --peer VENV      Python environment with nnU-Net (tools/bench/peer.sh VENV makes one); without it only we are measured
  --peer-only      leave our side out
  --only NAMES     rows whose name starts with one of these
  --repeat N       runs of a row, of which the median is shown (3); one where a run takes over a minute
  --steps N        training steps of a step row (7)
  --threads N      threads of a training step (2)       --workers N   workers of preprocessing and evaluation (2)
  --precision P    ours: auto, fp32 or bf16 (auto)
  --output FILE    also write the figures as JSON, or as a Markdown table`;

const { values: asked } = parseArgs({
  options: {
    peer: { type: 'string' },
    'peer-only': { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    repeat: { type: 'string', default: '3' },
    steps: { type: 'string', default: '7' },
    threads: { type: 'string', default: '2' },
    workers: { type: 'string', default: '2' },
    precision: { type: 'string', default: 'auto' },
    output: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (asked.help) {
  console.log(help);
  process.exit(0);
}
const peer = asked.peer && resolve(asked.peer);
if (peer && !existsSync(join(peer, 'bin/python'))) {
  console.error(`error: ${peer} is no Python environment. tools/bench/peer.sh ${asked.peer} makes one.`);
  process.exit(2);
}

const rows = sections({
  peer,
  threads: Number(asked.threads),
  workers: Number(asked.workers),
  steps: Number(asked.steps),
  precision: asked.precision,
});
const wanted = asked.only.flatMap((names) => names.split(','));
const chosen = rows.filter(({ name }) => wanted.length === 0 || wanted.some((one) => name.startsWith(one)));
if (chosen.length === 0) {
  console.error(`error: no row ${wanted.join(', ')}. Rows: ${rows.map((row) => row.name).join(', ')}.`);
  process.exit(2);
}

const description = { date: new Date().toISOString(), ...machine(), versions: await versions() };
describe();
const results = [];
for (const row of chosen) {
  const measured = { name: row.name, title: row.title, target: row.target, included: row.included };
  const oursRuns = [];
  const peerRuns = [];
  // Ours and the peer take turns, so that a machine that gets slower is unfair to neither.
  for (let round = 0; round < Number(asked.repeat); round++) {
    if (!asked['peer-only']) await attempt('ours', row.ours, oursRuns, measured, round);
    if (peer) await attempt('peer', row.peer, peerRuns, measured, round);
  }
  measured.ours = summary(oursRuns);
  measured.peer = summary(peerRuns);
  results.push(measured);
  for (const line of lines(measured, row)) console.log(line);
}
console.log(`load ${description.loadBefore.toFixed(2)} before, ${machine().loadBefore.toFixed(2)} after`);
if (asked.output) save();

/** Runs one side once; a row that cannot be measured says why and is left at that, a long one is not repeated. */
async function attempt(who, measure, runs, measured, round) {
  if (measured[`${who}Missing`] || (round > 0 && runs[0]?.wall > 60)) return;
  const start = performance.now();
  try {
    const result = await measure();
    runs.push({ ...result, wall: (performance.now() - start) / 1000 });
  } catch (error) {
    if (!(error instanceof NotMeasured) && !error.errors) throw error;
    measured[`${who}Missing`] = (error.errors?.[0]?.text ?? error.message).split('\n')[0];
  }
}

function summary(runs) {
  if (runs.length === 0) return undefined;
  const peakBytes = Math.max(...runs.map((one) => one.peakBytes ?? 0));
  return {
    seconds: median(runs.map((one) => one.seconds)),
    runs: runs.map((one) => one.seconds),
    peakBytes,
    ...notes(runs[0]),
  };
}

/** What a side says about itself beside its time. */
function notes({ precision, threads, command, transforms, speed, peak }) {
  return { precision, threads, command, transforms, speed, peak };
}

function describe() {
  const { cpu, cores, flags, memoryGB, system, versions, loadBefore } = description;
  console.log(`${cpu}, ${cores} cores, ${flags.join(' ') || 'no vector flags known'}, ${memoryGB} GB, ${system}`);
  console.log(
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  );
  if (loadBefore > 0.7)
    console.log(`The machine is busy (load ${loadBefore.toFixed(1)}): ratios hold roughly, seconds do not.`);
  console.log(['', ...columns(['name', 'ours', 'peer', 'ratio', 'target']), 'what'].join(' ').trimStart());
}

function columns([name, ...rest]) {
  return [name.padEnd(18), ...rest.map((text) => text.padStart(10))];
}

function* lines(measured, { memoryTarget }) {
  const { name, title, included, target, ours, peer: other } = measured;
  const ratio = ours && other && ours.seconds / other.seconds;
  measured.ratio = ratio;
  yield [...columns([name, seconds(ours), seconds(other), ratio ? ratio.toFixed(3) : '-', goal(target)]), title].join(
    ' ',
  );
  if (ours?.peakBytes || other?.peakBytes) {
    const memoryRatio = ours?.peakBytes && other?.peakBytes && ours.peakBytes / other.peakBytes;
    measured.memoryRatio = memoryRatio;
    measured.memoryTarget = memoryTarget;
    const figures = [bytes(ours), bytes(other), memoryRatio ? memoryRatio.toFixed(3) : '-', goal(memoryTarget)];
    yield [...columns([`  ${name.slice(0, 10)} peak`, ...figures]), 'memory of all processes'].join(' ');
  }
  yield `${' '.repeat(19)}${included}`;
  if (ours?.precision) yield `${' '.repeat(19)}ours ran in ${ours.precision}, ${ours.threads} threads`;
  if (ours?.peak) {
    const [speed, peak] = [ours.speed, ours.peak].map((value) => Math.round(value / 1e9));
    yield `${' '.repeat(19)}${speed} G multiply-adds a second, counted as plain convolutions: ${(speed / peak).toFixed(2)} of the ${peak} G of one large 2D convolution`;
  }
  if (ours && other?.command && (ours.command || included.includes('whole command'))) {
    const whole = [ours.command ?? ours.seconds, other.command];
    yield `${' '.repeat(19)}whole command against whole command: ${whole.map((value) => value.toPrecision(3)).join(' / ')} s = ${(whole[0] / whole[1]).toFixed(3)}`;
  }
  for (const who of ['ours', 'peer']) {
    if (measured[`${who}Missing`]) yield `${' '.repeat(19)}${who} not measured: ${measured[`${who}Missing`]}`;
  }
}

function seconds(side) {
  return side ? `${side.seconds.toPrecision(3)} s` : '-';
}

function bytes(side) {
  return side?.peakBytes ? `${Math.round(side.peakBytes / 2 ** 20)} MB` : '-';
}

function goal(target) {
  return target ? `<= ${target.toFixed(3)}` : '-';
}

async function versions() {
  const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
  const found = { nnunet: version, node: process.versions.node };
  if (peer) {
    const job = writeJson(join(scratch, 'peer-versions.json'), {});
    const { stdout } = await run(join(peer, 'bin/python'), [join(import.meta.dirname, 'peer.py'), 'versions', job]);
    const { torch, nnunetv2, python } = lastJson(stdout);
    Object.assign(found, { 'peer: nnunetv2': nnunetv2, torch, python });
  }
  return found;
}

function save() {
  if (asked.output.endsWith('.md')) {
    const cell = (row) =>
      `| ${row.title} | ${seconds(row.ours)} | ${seconds(row.peer)} | ${row.ratio?.toFixed(3) ?? '-'} | ${goal(row.target)} |`;
    const { cpu, cores, date } = description;
    const head = [
      `${cpu}, ${cores} cores, ${date}`,
      '',
      '| what | ours | peer | ratio | target |',
      '|---|---|---|---|---|',
    ];
    writeFileSync(asked.output, [...head, ...results.map(cell), ''].join('\n'));
  } else {
    writeJson(asked.output, { ...description, results });
  }
  console.log(`written: ${asked.output}`);
}
