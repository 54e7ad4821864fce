/** What did a search see of the files: which folders did it look into, and which version had everything that it asked for? */
import { posix } from 'node:path';
import type { SearchedFiles } from './files';

/** By path; undefined for what was not there. */
export type SeenVersions = ReadonlyMap<string, string | undefined>;

/** Of a folder whose changes can't be told. */
const withoutTime = '0';

export class WitnessedFiles implements SearchedFiles {
  /** Of what is there, in the order they were looked into; what comes or goes there may change what was found. */
  readonly folders = new Set<string>();
  private readonly seen = new Map<string, string | undefined>();

  constructor(private readonly files: SearchedFiles) {}

  get versions(): SeenVersions {
    return this.seen;
  }

  /** @param more  folders that an earlier search of the same has looked into */
  addFolders(more: Iterable<string>): void {
    for (const folder of more) this.folders.add(folder);
  }

  /** Without being a witness of it. */
  versionNow(path: string): Promise<string | undefined> {
    return this.files.version(path);
  }

  async list(folder: string): Promise<{ name: string; isFolder: boolean }[] | undefined> {
    const version = await this.look(folder);
    const listed = await this.files.list(folder);
    if (listed) this.folders.add(folder);
    if (listed && version === undefined) this.seen.set(folder, withoutTime);
    return listed;
  }

  async version(file: string): Promise<string | undefined> {
    const version = await this.look(file);
    if (version !== undefined) this.folders.add(posix.dirname(file));
    return version;
  }

  async exists(file: string): Promise<boolean> {
    return (await this.look(file)) !== undefined && this.files.exists(file);
  }

  async holdsLabels(file: string): Promise<boolean> {
    await this.look(file);
    return this.files.holdsLabels(file);
  }

  async readText(file: string): Promise<string | undefined> {
    return (await this.look(file)) === undefined ? undefined : this.files.readText(file);
  }

  /** Asked for before it is read: what is written meanwhile is then seen to be another version. */
  private async look(path: string): Promise<string | undefined> {
    const version = await this.files.version(path);
    if (!this.seen.has(path)) this.seen.set(path, version);
    return version;
  }
}
