// Runs commands and says how long they took and how much memory they and their children held; describes the machine.
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** What cannot be measured here, with the reason that the table gives. */
export class NotMeasured extends Error {}

/**
 * @returns whole seconds from start to exit, what it printed, and with `memory` the greatest sum over the process tree
 *   of proportional set sizes (bytes), sampled 20 times a second
 */
export function run(command, args, { env = {}, cwd = process.cwd(), memory = false } = {}) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    let peakBytes = 0;
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr = (stderr + chunk).slice(-4000)));
    const sample = () => (peakBytes = Math.max(peakBytes, treeBytes(child.pid)));
    const timer = memory ? setInterval(sample, 50) : undefined;
    child.on('error', (error) => {
      clearInterval(timer);
      reject(new NotMeasured(`${command} did not start: ${error.message}`));
    });
    child.on('close', (code, signal) => {
      clearInterval(timer);
      const seconds = (performance.now() - start) / 1000;
      if (code === 0) return resolve({ seconds, stdout, peakBytes });
      const last = (stderr.trim() || stdout.trim()).split('\n').at(-1);
      reject(new NotMeasured(`${[command, ...args].join(' ')} ended with ${signal ?? code}: ${last}`));
    });
  });
}

/** Memory of a process and its descendants; pages that several of them share count once. */
function treeBytes(pid) {
  const own = 1024 * Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
  return childrenOf(pid).reduce((sum, child) => sum + treeBytes(child), own);
}

/** Asked of the kernel for this process alone: a search through all processes would slow down what is measured. */
function childrenOf(pid) {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    return threads.flatMap((thread) => read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean));
  } catch {
    return []; // the process ended meanwhile
  }
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // the process ended meanwhile
  }
}

/** What a program printed as JSON: all of its output, or the last line that is an object. */
export function lastJson(stdout) {
  try {
    return JSON.parse(stdout);
  } catch {
    // other lines came before
  }
  const line = stdout
    .split('\n')
    .reverse()
    .find((one) => one.startsWith('{'));
  if (!line) throw new NotMeasured('the program printed no JSON');
  return JSON.parse(line);
}

export function machine() {
  const flags = /^flags\s*:(.*)$/m.exec(read('/proc/cpuinfo'))?.[1]?.split(' ') ?? [];
  const telling = ['avx2', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'avx512_fp16', 'amx_bf16', 'amx_tile'];
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    flags: telling.filter((flag) => flags.includes(flag)),
    memoryGB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()}`,
    node: process.versions.node,
    loadBefore: loadavg()[0],
  };
}
