/** Which folders did a search look into? Those are watched: what comes or goes there may change what was found. */
import { posix } from 'node:path';
import type { SearchedFiles } from './files';

export class ListedFolders implements SearchedFiles {
  /** Of what is there, in the order they were looked into. */
  readonly folders = new Set<string>();

  constructor(private readonly files: SearchedFiles) {}

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

  holdsLabels(file: string): Promise<boolean> {
    return this.files.holdsLabels(file);
  }

  readText(file: string): Promise<string | undefined> {
    return this.files.readText(file);
  }
}
