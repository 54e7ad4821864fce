/** Runs the native core: starts it with a job, passes on its events, stops it, and says in plain words why it failed. */
import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeScratchSync } from '../storage/scratch';
import { EngineError } from '../method/errors';
import type { CoreEvent, ErrorEvent } from '../protocol/events';
import { locateCore } from './locate';

interface CoreOptions {
  onEvent(event: CoreEvent): void;
  /** Where everything goes that the core prints besides events. */
  logFile?: string;
  /** Aborting asks the core to stop as soon as it can do so cleanly; it then ends without an error. */
  signal?: AbortSignal;
  /** Told the core's pid, so that it can be found if this process dies. */
  onStart?(pid: number): void;
  /** Kept there for inspection; a temporary file otherwise. */
  jobFile?: string;
}

/** After a stop request the core may finish an iteration and write a checkpoint; then it is killed. */
const stopGraceSeconds = 600;
const tailCharacters = 8000;

/**
 * @returns when the core has done the job, or has stopped because it was asked to
 * @throws EngineError: what the core reported, or `core-missing`, `core-out-of-memory`, `core-killed`, `core-crashed`, `core-failed`
 */
export async function runCore(job: { command: string }, options: CoreOptions): Promise<void> {
  const { path } = locateCore();
  const folder = options.jobFile ? undefined : makeScratchSync('job');
  const jobFile = options.jobFile ?? join(folder!, 'job.json');
  fs.writeFileSync(jobFile, JSON.stringify(job, undefined, 1));
  try {
    await runProcess(path, [job.command, jobFile], options);
  } finally {
    if (folder) fs.rmSync(folder, { recursive: true, force: true });
  }
}

export interface CoreInfo {
  core: string;
  torch: string;
  devices: string[];
  precision: string[];
  threads?: number;
  /** Why a GPU with a driver can't be used. */
  gpuProblem?: string;
  [key: string]: unknown;
}

/** Versions and devices, from the core itself. */
export async function coreInfo(): Promise<CoreInfo> {
  const { path } = locateCore();
  let info: CoreInfo | undefined;
  let text = '';
  await runProcess(path, ['info'], {
    onEvent: () => undefined,
    onOtherLine: (line) => {
      text += `${line}\n`;
    },
  });
  try {
    info = JSON.parse(text) as CoreInfo;
  } catch {
    throw new EngineError('core-failed', 'The core gave no information about itself', {
      where: path,
      hint: 'Build it again with "npm run setup".',
    });
  }
  return info;
}

interface ProcessOptions extends CoreOptions {
  onOtherLine?(line: string): void;
}

async function runProcess(path: string, words: string[], options: ProcessOptions): Promise<void> {
  // Its input ends with this process, however this ends: then it stops, too.
  const child = spawn(path, words, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, NNUNET_STOP_WITH_INPUT: '1' },
  });
  const log = options.logFile ? fs.openSync(options.logFile, 'a') : undefined;
  let tail = '';
  const note = (text: string): void => {
    tail = (tail + text).slice(-tailCharacters);
    if (log === undefined) return;
    try {
      fs.writeSync(log, text);
    } catch {
      // The log must not be what ends a training; its tail is kept, and a full disk shows in the events.
    }
  };
  let reported: ErrorEvent | undefined;
  // An event that can't be taken, on a full disk for instance, ends the core: it keeps what it can and then the error counts.
  let refused: { error: unknown } | undefined;
  const take = (event: CoreEvent): void => {
    try {
      options.onEvent(event);
    } catch (error) {
      refused ??= { error };
      child.kill('SIGTERM');
    }
  };
  const lines = createInterface({ input: child.stdout, crlfDelay: Infinity });
  lines.on('line', (line) => {
    const event = asEvent(line);
    if (!event) {
      if (options.onOtherLine) options.onOtherLine(line);
      else note(`${line}\n`);
      return;
    }
    if (event.type === 'error') reported = event;
    else take(event);
  });
  child.stderr.setEncoding('utf8').on('data', note);
  const stop = stopOnAbort(child, options.signal);
  try {
    if (child.pid !== undefined) options.onStart?.(child.pid);
    const linesRead = new Promise<void>((resolve) => lines.on('close', resolve));
    const { code, signal } = await ended(child, path);
    await linesRead;
    if (refused) throw refused.error;
    if (code === 0) return;
    // A core that has nothing to save ends on the signal itself.
    if (options.signal?.aborted && signal === 'SIGTERM') return;
    throw failure({ code, signal, reported, tail, logFile: options.logFile, killedByUs: stop.killed() });
  } finally {
    stop.dispose();
    if (log !== undefined) fs.closeSync(log);
  }
}

function ended(child: ChildProcess, path: string): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      const hint = error.code === 'EACCES' ? 'Make the file executable.' : 'Build it again with "npm run setup".';
      reject(
        new EngineError('core-not-startable', `The core can't be started: ${error.message}`, {
          where: path,
          hint,
          cause: error,
        }),
      );
    });
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
}

function stopOnAbort(child: ChildProcess, signal: AbortSignal | undefined): { dispose(): void; killed(): boolean } {
  let timer: NodeJS.Timeout | undefined;
  let killed = false;
  const ask = (): void => {
    child.kill('SIGTERM');
    timer = setTimeout(() => {
      killed = true;
      child.kill('SIGKILL');
    }, stopGraceSeconds * 1000);
    timer.unref();
  };
  if (signal?.aborted) ask();
  else signal?.addEventListener('abort', ask, { once: true });
  return {
    dispose: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', ask);
    },
    killed: () => killed,
  };
}

function asEvent(line: string): CoreEvent | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(line) as CoreEvent;
    return typeof value.type === 'string' ? { ...value, time: value.time ?? new Date().toISOString() } : undefined;
  } catch {
    return undefined;
  }
}

interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
  reported: ErrorEvent | undefined;
  tail: string;
  logFile: string | undefined;
  killedByUs: boolean;
}

function failure({ code, signal, reported, tail, logFile, killedByUs }: Ending): EngineError {
  if (reported) return new EngineError(reported.code, reported.message, { hint: reported.hint, where: reported.where });
  const where = logFile;
  if (killedByUs) {
    return new EngineError('core-killed', 'The core did not stop in time and was killed', {
      where,
      hint: 'Continue with --resume.',
    });
  }
  if (/std::bad_alloc|not enough memory|out of memory|DefaultCPUAllocator/i.test(tail)) {
    return new EngineError('core-out-of-memory', 'The core ran out of memory', { where, hint: memoryHint });
  }
  if (signal === 'SIGKILL' || code === 137) {
    return new EngineError(
      'core-killed',
      'The core was killed from outside, most likely by the system because memory ran out',
      {
        where,
        hint: `${memoryHint} Nothing before the last checkpoint is lost: continue with --resume.`,
      },
    );
  }
  if (/error while loading shared libraries|cannot open shared object file|Library not loaded/.test(tail)) {
    return new EngineError('core-libraries-missing', `The core lacks a library: ${lastLine(tail)}`, {
      where,
      hint: 'Run "npm run setup" to fetch LibTorch.',
    });
  }
  if (signal) {
    const hint =
      signal === 'SIGILL'
        ? 'This processor lacks instructions that the core was built for: build it on this machine.'
        : 'Continue with --resume; if it happens again, please report it with the log.';
    return new EngineError('core-crashed', `The core crashed (${signal})${said(tail)}`, { where, hint });
  }
  return new EngineError('core-failed', `The core ended with exit code ${code}${said(tail)}`, {
    where,
    hint: 'The log may say more.',
  });
}

const memoryHint = 'Close other programs, or plan for less memory ("nnunet plan DATASET --gpu-memory 4").';

function said(tail: string): string {
  const line = lastLine(tail);
  return line === '' ? '' : `; its last words: ${line.slice(0, 300)}`;
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1)?.trim() ?? '';
}
