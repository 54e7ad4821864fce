/** Which folders did a search look into? Those are watched: what comes or goes there may change what was found. */
import { posix } from 'node:path';
import type { Files } from './discovery';

export class ListedFolders implements Files {
  /** Of what is there, in the order they were looked into. */
  readonly folders = new Set<string>();

  constructor(private readonly files: Files) {}

  async list(folder: string): Promise<{ name: string; isFolder: boolean }[] | undefined> {
    const listed = await this.files.list(folder);
    if (listed) this.folders.add(folder);
    return listed;
  }

  async version(file: string): Promise<string | undefined> {
    const version = await this.files.version(file);
    if (version !== undefined) this.folders.add(posix.dirname(file));
    return version;
  }

  exists(file: string): Promise<boolean> {
    return this.files.exists(file);
  }

  readText(file: string): Promise<string | undefined> {
    return this.files.readText(file);
  }
}
