/**
 * What the stages note about their results, to know later whether those still fit: nnUNet_preprocessed/DatasetXXX_Name/.nnunet/.
 * It stands apart from nnU-Net's own files, and everything works without it.
 */
import { createHash } from 'node:crypto';
import { appendFile, mkdir, open, readFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../storage/atomicFile';

const folderName = '.nnunet';

/** @returns undefined where nothing (readable) was noted */
export async function readState<T>(datasetFolder: string, name: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(stateFile(datasetFolder, `${name}.json`), 'utf8')) as T;
  } catch {
    return undefined;
  }
}

export async function writeState(datasetFolder: string, name: string, state: unknown): Promise<void> {
  await mkdir(join(datasetFolder, folderName), { recursive: true });
  await writeFileAtomic(stateFile(datasetFolder, `${name}.json`), JSON.stringify(state));
}

/**
 * A list that grows while a stage works and survives its being killed. The first entry says what the others belong to.
 * To be closed once the last entry was added.
 */
export class StateList<T extends object> {
  private opened: Promise<FileHandle> | undefined;

  private constructor(private readonly file: string) {}

  /** @returns the list, and the entries that were noted earlier under the same `key`; another key starts a new list */
  static async open<T extends object>(
    datasetFolder: string,
    name: string,
    key: string,
  ): Promise<{ list: StateList<T>; entries: T[]; isNew: boolean }> {
    const file = stateFile(datasetFolder, `${name}.jsonl`);
    const text = await readFile(file, 'utf8').catch(() => '');
    const [head, ...entries] = text.split('\n').flatMap(parseLine) as [{ key?: string }?, ...T[]];
    if (head?.key === key) {
      // A stage that was killed may have left half a line: what follows starts on its own.
      if (!text.endsWith('\n')) await appendFile(file, '\n');
      return { list: new StateList(file), entries, isNew: false };
    }
    await mkdir(join(datasetFolder, folderName), { recursive: true });
    await writeFileAtomic(file, `${JSON.stringify({ key })}\n`);
    return { list: new StateList(file), entries: [], isNew: true };
  }

  async add(entry: T): Promise<void> {
    this.opened ??= open(this.file, 'a');
    // One write a line: entries that are added at the same time don't mix.
    await (await this.opened).write(`${JSON.stringify(entry)}\n`);
  }

  async close(): Promise<void> {
    await (await this.opened)?.close();
    this.opened = undefined;
  }
}

export function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

function stateFile(datasetFolder: string, name: string): string {
  return join(datasetFolder, folderName, name);
}

function parseLine(line: string): unknown[] {
  try {
    return line.trim() === '' ? [] : [JSON.parse(line)];
  } catch {
    return [];
  }
}
