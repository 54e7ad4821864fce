/** Which decoded files can be used again? The last few, as long as they are not rewritten on disk. */
import { stat } from 'node:fs/promises';

export class KeptFiles<T> {
  private readonly kept = new Map<string, { version: string; loading: Promise<T> }>();

  /** @param most  files that are kept */
  constructor(private readonly most: number) {}

  async get(file: string, load: () => Promise<T>): Promise<T> {
    // Asked for before it is read: what is written meanwhile is read again the next time.
    const version = await versionOf(file);
    const known = this.kept.get(file);
    this.kept.delete(file);
    // Makes room before more memory is needed.
    const tooMany = Math.max(0, this.kept.size - this.most + 1);
    for (const oldest of [...this.kept.keys()].slice(0, tooMany)) this.kept.delete(oldest);
    const entry = known?.version === version ? known : { version, loading: load() };
    this.kept.set(file, entry);
    try {
      return await entry.loading;
    } catch (error) {
      if (this.kept.get(file) === entry) this.kept.delete(file);
      throw error;
    }
  }

  clear(): void {
    this.kept.clear();
  }
}

function versionOf(file: string): Promise<string> {
  return stat(file).then(
    ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
    () => '',
  );
}
