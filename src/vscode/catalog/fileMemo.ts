/** Keeps what was read from files until one of them changes; looks only at the files that something was read from. */
import { stat } from 'node:fs/promises';

interface Entry {
  /** Dataset that the files belong to; '' for the roots themselves. */
  owner: string;
  files: readonly string[];
  signature: Promise<string>;
  value: Promise<unknown>;
}

export class FileMemo {
  private readonly entries = new Map<string, Entry>();

  /**
   * @param files  the files and folders whose change makes the value stale; they need not exist
   * @param load   reads the value; a failure is kept as well, until a file changes
   */
  get<T>(key: string, owner: string, files: readonly string[], load: () => Promise<T>): Promise<T> {
    const known = this.entries.get(key);
    if (known) return known.value as Promise<T>;
    // Before loading: a change while loading must count as one.
    const signature = signatureOf(files);
    const value = signature.then(load);
    value.catch(() => undefined);
    this.entries.set(key, { owner, files, signature, value });
    return value;
  }

  /** Drops every value whose files changed. @returns the owners of the dropped values */
  async dropStale(): Promise<Set<string>> {
    const owners = new Set<string>();
    await Promise.all(
      [...this.entries].map(async ([key, entry]) => {
        const [before, now] = await Promise.all([entry.signature, signatureOf(entry.files)]);
        if (before === now || this.entries.get(key) !== entry) return;
        this.entries.delete(key);
        owners.add(entry.owner);
      }),
    );
    return owners;
  }

  /** Forgets one value: it came of more than its files. */
  drop(key: string): void {
    this.entries.delete(key);
  }

  /** Forgets what belongs to one dataset, or everything. */
  forget(owner?: string): void {
    for (const [key, entry] of this.entries) {
      if (owner === undefined || entry.owner === owner) this.entries.delete(key);
    }
  }

  /** How many files are looked at. */
  get watchedFiles(): number {
    return new Set([...this.entries.values()].flatMap(({ files }) => files)).size;
  }
}

async function signatureOf(files: readonly string[]): Promise<string> {
  const parts = await Promise.all(
    files.map((file) =>
      stat(file).then(
        // A folder's own size says nothing on some file systems; its time tells of created and removed entries.
        (info) => `${info.mtimeMs}:${info.isDirectory() ? 'folder' : info.size}:${info.ino}:${info.mode}`,
        () => 'absent',
      ),
    ),
  );
  return parts.join('|');
}
