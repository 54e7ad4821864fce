/** Which files of a folder did this program write as outputs? Only those are ever replaced: a hidden file lists them. */
import { randomBytes } from 'node:crypto';
import { type Stats } from 'node:fs';
import { lstat, mkdir, open, readFile, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { renameInto, syncFolder } from '../storage/atomicFile';
import { storageError } from '../storage/diskErrors';
import { isAliveHere } from '../storage/processes';
import { StorageError } from '../method/errors';
import { requireNoInput } from './outputPlace';
import { predictionCallName, predictionRecordName } from './predictionRecord';

/** One line for each file that was written, in the order of writing. */
export const outputListName = '.nnunet-outputs.jsonl';
/** Nothing else is called so: they are replaced whoever wrote them. */
const namesOfDescriptions: ReadonlySet<string> = new Set([predictionCallName, predictionRecordName]);
/** Some file systems and copies round times. */
const timeToleranceMs = 2000;
const scratchPrefix = `.nnunet-unfinished-${hostname()}-`;
const scratchRest = /^(\d+)-[0-9a-f]+$/;

/** Tells a file's content from what a person made of it later. */
interface Trace {
  bytes: number;
  /** Milliseconds since 1970. */
  modified: number;
}

export interface OutputTarget {
  name: string;
  /** What will be written, where it is known: a file that holds just this stays as it is. */
  content?: string;
}

type Standing = 'absent' | 'own' | 'changed' | 'foreign';

export class OutputFolder {
  private constructor(
    readonly folder: string,
    private readonly traces: Map<string, Trace[]>,
    /** Where nnU-Net itself predicted into the folder, when it began. */
    private nnunetSince: number | undefined,
  ) {}

  /** @param folder  need not exist; nothing is written */
  static async open(folder: string): Promise<OutputFolder> {
    const path = resolve(folder);
    const traces = await readTraces(join(path, outputListName));
    const call = await statOf(join(path, predictionCallName));
    const isOwnCall = call && (traces.get(predictionCallName) ?? []).some((trace) => fits(trace, call));
    return new OutputFolder(path, traces, call && !isOwnCall ? call.mtimeMs : undefined);
  }

  path(name: string): string {
    return join(this.folder, basename(name));
  }

  /** Whether the file is there as an output of this program or of nnU-Net, be it changed by hand since. */
  async holdsOutput(name: string): Promise<boolean> {
    return ['own', 'changed'].includes(await this.standing({ name }));
  }

  /** Whether the file has just this content already. */
  async holds(name: string, content: string): Promise<boolean> {
    return (await readFile(this.path(name), 'utf8').catch(() => undefined)) === content;
  }

  /**
   * Before anything is computed: no target may be an input, or a file that was not written as this output.
   * @throws StorageError `output-is-input`, `output-changed`, `output-exists`
   */
  async requireReplaceable(targets: readonly OutputTarget[], inputs: readonly string[] = []): Promise<void> {
    await requireNoInput(
      targets.map(({ name }) => this.path(name)),
      inputs,
    );
    for (const target of targets) refuse(this.path(target.name), await this.standing(target));
  }

  /**
   * Has files written to an empty folder inside (to be made by `fill`), and moves them to their places when all are there.
   * @throws StorageError as `requireReplaceable`: a file may have appeared meanwhile
   */
  async write<T>(fill: (scratch: string) => Promise<T>): Promise<T> {
    const scratch = join(this.folder, `${scratchPrefix}${process.pid}-${randomBytes(6).toString('hex')}`);
    await this.sweep();
    try {
      const result = await fill(scratch);
      await this.publish(scratch);
      return result;
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  private async publish(scratch: string): Promise<void> {
    const names = await readdir(scratch);
    for (const name of names) refuse(this.path(name), await this.standing({ name }));
    const made: [string, Trace][] = await this.adopted();
    for (const name of names) made.push([name, traceOf(await lstat(join(scratch, name)))]);
    try {
      // The list first: a file that is not in it would never be replaced again.
      await this.remember(made);
      for (const name of names) await renameInto(join(scratch, name), this.path(name));
      await syncFolder(this.folder);
    } catch (error) {
      throw storageError(error, this.folder);
    }
    this.nnunetSince = undefined;
  }

  private async standing({ name, content }: OutputTarget): Promise<Standing> {
    const info = await lstat(this.path(name)).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw storageError(error, this.folder);
    });
    if (!info) return 'absent';
    if (!info.isFile()) return 'foreign';
    const traces = this.traces.get(name);
    // A full disk or a copy that was broken off has left nothing of it.
    if (traces && info.size === 0) return 'absent';
    if (traces?.some((trace) => fits(trace, info)) || this.isOfNnunet(info)) return 'own';
    if (namesOfDescriptions.has(name)) return 'own';
    if (content !== undefined && (await this.holds(name, content))) return 'own';
    return traces ? 'changed' : 'foreign';
  }

  /** nnU-Net describes its call first and writes masks then; what is older was there before. */
  private isOfNnunet({ mtimeMs }: Stats): boolean {
    return this.nnunetSince !== undefined && mtimeMs >= this.nnunetSince - timeToleranceMs;
  }

  /** nnU-Net's files, which later could no longer be told: its description of the call is about to be replaced. */
  private async adopted(): Promise<[string, Trace][]> {
    if (this.nnunetSince === undefined) return [];
    const found: [string, Trace][] = [];
    for (const name of await readdir(this.folder)) {
      const info = await lstat(join(this.folder, name));
      if (info.isFile() && !name.startsWith('.') && !this.traces.has(name) && this.isOfNnunet(info))
        found.push([name, traceOf(info)]);
    }
    return found;
  }

  private async remember(made: readonly [string, Trace][]): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const lines = made.map(([file, trace]) => `${JSON.stringify({ file, ...trace })}\n`).join('');
    const handle = await open(join(this.folder, outputListName), 'a');
    try {
      await handle.writeFile(lines);
      await handle.sync();
    } finally {
      await handle.close();
    }
    for (const [file, trace] of made) this.traces.set(file, [...(this.traces.get(file) ?? []), trace]);
  }

  /** What processes of this machine that were killed have left. */
  private async sweep(): Promise<void> {
    for (const name of await readdir(this.folder).catch(() => [] as string[])) {
      // The whole rest is looked at: another machine's name may begin like this one's.
      const [, pid] = (name.startsWith(scratchPrefix) && scratchRest.exec(name.slice(scratchPrefix.length))) || [];
      if (pid === undefined || isAliveHere(Number(pid))) continue;
      await rm(join(this.folder, name), { recursive: true, force: true });
    }
  }
}

function refuse(path: string, standing: Standing): void {
  if (standing === 'changed') {
    throw new StorageError('output-changed', 'This file was changed after it was written here', {
      where: path,
      hint: 'Move it away if it is worth keeping, delete it if not, or write to another folder; nothing was overwritten.',
    });
  }
  if (standing === 'foreign') {
    throw new StorageError('output-exists', 'There is a file of this name that is not such an output', {
      where: path,
      hint: 'Write to another folder, or move the file away; nothing was overwritten.',
    });
  }
}

async function readTraces(file: string): Promise<Map<string, Trace[]>> {
  const traces = new Map<string, Trace[]>();
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return '';
    throw storageError(error, file);
  });
  for (const line of text.split('\n')) {
    const entry = entryOf(line);
    if (entry) traces.set(entry.file, [...(traces.get(entry.file) ?? []), entry]);
  }
  return traces;
}

/** @returns undefined for a line that was not written to its end */
function entryOf(line: string): (Trace & { file: string }) | undefined {
  try {
    const { file, bytes, modified } = JSON.parse(line) as Record<string, unknown>;
    const isWhole = typeof file === 'string' && typeof bytes === 'number' && typeof modified === 'number';
    return isWhole ? { file, bytes, modified } : undefined;
  } catch {
    return undefined;
  }
}

function traceOf({ size, mtimeMs }: Stats): Trace {
  return { bytes: size, modified: mtimeMs };
}

function fits({ bytes, modified }: Trace, { size, mtimeMs }: Stats): boolean {
  return size === bytes && Math.abs(mtimeMs - modified) <= timeToleranceMs;
}

async function statOf(path: string): Promise<Stats | undefined> {
  return lstat(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw storageError(error, path);
  });
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}
