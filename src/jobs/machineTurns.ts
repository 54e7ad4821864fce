/** What have jobs taken of this machine, whatever results root they lie in? A file for each, in this user's own folder: devices and memory belong to the machine. */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { RunError, StorageError } from '../method/errors';
import { writeFileAtomicSync } from '../storage/atomicFile';
import { patientLock } from '../storage/patientLock';
import { isAlive, ownIdentity, type ProcessIdentity } from '../storage/processes';
import { privateFolder } from '../storage/userCache';
import type { AnyJob, Resources } from './job';
import { isJobId, jobFolder, notWritable, workFolder } from './jobFolder';
import { hasStarted } from './launchFile';
import { runsHere, type RunningJob } from './running';

interface Turn {
  resultsRoot: string;
  id: string;
  title: string;
  folder: string;
  /** The device is the one that it was given. */
  resources: Resources;
  /** Who is starting it. */
  starting: ProcessIdentity;
}

/** For words about what others wait for. */
let latest: MachineTurns | undefined;

export function titleOfTurn(id: string): string | undefined {
  return latest?.titleOf(id);
}

export class MachineTurns {
  /** @param folder  absent where this user has no place of its own: then each results root is on its own, too */
  private constructor(private readonly folder: string | undefined) {}

  static async here(): Promise<MachineTurns> {
    // The same home may be that of several machines.
    const name = hostname().replace(/[^\w.-]/g, '_');
    const folder = await privateFolder('turns').catch(() => undefined);
    return (latest = new MachineTurns(folder && join(folder, name)));
  }

  /** What runs and is being started on this machine in other results roots. */
  elsewhere(resultsRoot: string): RunningJob[] {
    return this.turns()
      .filter((turn) => turn.resultsRoot !== resultsRoot && goesOn(turn))
      .map(({ id, folder, resources }) => ({ id, folder, resources }));
  }

  titleOf(id: string): string | undefined {
    return this.turns().find((turn) => turn.id === id)?.title;
  }

  /** @returns what lets others take something again. @throws RunError `machine-busy` */
  async alone(): Promise<() => void> {
    const { folder } = this;
    if (folder === undefined) return () => undefined;
    try {
      const lock = await patientLock(join(folder, 'turns.lock'), {
        busy: (who) =>
          new RunError('machine-busy', 'Another program has been starting jobs for too long', {
            where: who,
            hint: 'Try again.',
          }),
        notWritable: (error) => notWritable(error, folder),
      });
      return () => lock.release();
    } catch (error) {
      // A full disk there must not keep jobs elsewhere from starting.
      if (error instanceof StorageError) return () => undefined;
      throw error;
    }
  }

  /** Between `alone` and its end. What is over is forgotten. */
  take(resultsRoot: string, jobs: readonly AnyJob[]): void {
    const { folder } = this;
    if (folder === undefined || jobs.length === 0) return;
    const taken = jobs.map((job): Turn => {
      const { id, title, resources } = job;
      return { resultsRoot, id, title, folder: workFolder(resultsRoot, job), resources, starting: ownIdentity() };
    });
    const isTakenAnew = (turn: Turn): boolean => taken.some((one) => one.folder === turn.folder);
    const over = this.turns().filter((turn) => isTakenAnew(turn) || !goesOn(turn));
    this.giveBack(over.map(({ id }) => id));
    for (const turn of taken) this.write(`${turn.id}.json`, turn);
  }

  /** Of jobs that were not started after all. */
  giveBack(ids: readonly string[]): void {
    for (const id of ids) this.remove(`${id}.json`);
  }

  /** Whoever ends a job anywhere on this machine looks there, too. */
  noteWaiting(resultsRoot: string, isWaiting: boolean): void {
    const name = nameOf(resultsRoot);
    if (!isWaiting) this.remove(name);
    else if (this.folder !== undefined && !fs.existsSync(join(this.folder, name))) this.write(name, { resultsRoot });
  }

  /** Results roots in which something waited when somebody looked last. */
  get rootsThatWait(): string[] {
    return this.files(/^root-[0-9a-f]+\.json$/)
      .map((file) => (file as Partial<Turn> | undefined)?.resultsRoot)
      .filter((root) => typeof root === 'string');
  }

  private turns(): Turn[] {
    return this.files(/^[0-9a-f]{8}\.json$/).filter(isTurn);
  }

  private files(names: RegExp): unknown[] {
    const { folder } = this;
    if (folder === undefined) return [];
    try {
      return fs
        .readdirSync(folder)
        .filter((name) => names.test(name))
        .map((name) => contentOf(join(folder, name)));
    } catch {
      return []; // None yet.
    }
  }

  private write(name: string, content: object): void {
    if (this.folder === undefined) return;
    try {
      fs.mkdirSync(this.folder, { recursive: true });
      writeFileAtomicSync(join(this.folder, name), `${JSON.stringify(content)}\n`);
    } catch {
      // A full disk there must not keep jobs elsewhere from starting: then only their own results root knows of them.
    }
  }

  private remove(name: string): void {
    if (this.folder === undefined) return;
    try {
      fs.rmSync(join(this.folder, name), { force: true });
    } catch {
      // What is over does not count, wherever it stands.
    }
  }
}

/** It has begun and holds its folder, or somebody is about to start it. */
function goesOn({ resultsRoot, id, folder, starting }: Turn): boolean {
  if (runsHere(folder)) return true;
  // Where its folder was removed, nothing is started any more.
  return isAlive(starting) && fs.existsSync(jobFolder(resultsRoot, id)) && !hasStarted(resultsRoot, id);
}

function nameOf(resultsRoot: string): string {
  return `root-${createHash('sha256').update(resultsRoot).digest('hex').slice(0, 16)}.json`;
}

function contentOf(file: string): unknown {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) as unknown;
  } catch {
    return undefined; // Removed since its name was read.
  }
}

function isTurn(value: unknown): value is Turn {
  const { resultsRoot, id, title, folder, resources, starting } = (value ?? {}) as Partial<Turn>;
  return (
    isJobId(id) &&
    [resultsRoot, title, folder].every((text) => typeof text === 'string') &&
    typeof resources === 'object' &&
    typeof starting?.pid === 'number'
  );
}
