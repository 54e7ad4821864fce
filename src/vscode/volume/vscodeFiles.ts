/** Files as the volume editor sees them, through VS Code: local, remote and virtual file systems alike. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { makeScratch } from '../../storage/scratch';
import { inBackground } from '../background';
import type { Files } from './files';

/** Paths of one file system, that of `base`. */
export class VscodeFiles implements Files {
  constructor(private readonly base: vscode.Uri) {}

  uri(path: string): vscode.Uri {
    return this.base.with({ path, query: '', fragment: '' });
  }

  async list(folder: string): Promise<{ name: string; isFolder: boolean }[] | undefined> {
    try {
      const entries = await vscode.workspace.fs.readDirectory(this.uri(folder));
      return entries.map(([name, type]) => ({ name, isFolder: (type & vscode.FileType.Directory) !== 0 }));
    } catch {
      return undefined;
    }
  }

  async exists(file: string): Promise<boolean> {
    try {
      return ((await vscode.workspace.fs.stat(this.uri(file))).type & vscode.FileType.Directory) === 0;
    } catch {
      return false;
    }
  }

  async version(file: string): Promise<string | undefined> {
    try {
      const { mtime, size } = await vscode.workspace.fs.stat(this.uri(file));
      return `${mtime} ${size}`;
    } catch {
      return undefined;
    }
  }

  async readText(file: string): Promise<string | undefined> {
    try {
      return new TextDecoder().decode(await vscode.workspace.fs.readFile(this.uri(file)));
    } catch {
      return undefined;
    }
  }
}

/** Copies, on this machine's disk, of files that lie elsewhere; gone with the editor. */
export class LocalCopies implements vscode.Disposable {
  private folder: Promise<string> | undefined;
  private isDisposed = false;
  private readonly copies = new Map<string, { version: string | undefined; copy: Promise<string> }>();
  private readonly all: Promise<string>[] = [];

  constructor(private readonly files: VscodeFiles) {}

  /** Copied again once the file was rewritten. @throws vscode.FileSystemError */
  async local(path: string): Promise<string> {
    const uri = this.files.uri(path);
    if (uri.scheme === 'file') return uri.fsPath;
    const version = await this.files.version(path);
    const known = this.copies.get(path);
    if (known && known.version === version) return known.copy;
    const copy = this.copy(uri, this.all.length);
    this.all.push(copy);
    const made = { version, copy };
    this.copies.set(path, made);
    copy.catch(() => {
      if (this.copies.get(path) === made) this.copies.delete(path);
    });
    return copy;
  }

  dispose(): void {
    this.isDisposed = true;
    // Copies that are under way end first: they must not bring the folder back.
    const removal = Promise.allSettled(this.all).then(async () => {
      if (this.folder) await rm(await this.folder, { recursive: true, force: true });
    });
    inBackground(removal, 'Removing copies of remote images');
  }

  private async copy(uri: vscode.Uri, number: number): Promise<string> {
    // A folder of its own: two files of one name must not meet.
    if (this.isDisposed) throw new vscode.CancellationError();
    const folder = join(await (this.folder ??= makeScratch('volume')), String(number));
    await mkdir(folder, { recursive: true });
    const bytes = await vscode.workspace.fs.readFile(uri);
    const file = join(folder, basename(uri.path));
    await writeFile(file, bytes, { mode: 0o600 });
    for (const companion of companions(uri, bytes)) {
      const target = join(folder, companion);
      await vscode.workspace.fs.readFile(vscode.Uri.joinPath(uri, '..', companion)).then(
        (data) => writeFile(target, data, { mode: 0o600 }),
        // The reader says what is missing.
        () => undefined,
      );
    }
    return file;
  }
}

/** Names of the files that hold the voxels of a detached header; only ones in the same folder. */
function companions({ path }: vscode.Uri, bytes: Uint8Array): string[] {
  const lower = path.toLowerCase();
  if (!lower.endsWith('.mhd') && !lower.endsWith('.nhdr')) return [];
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, 65536));
  const name = /^(?:ElementDataFile\s*=|data ?file:)\s*(.+?)\s*$/im.exec(text)?.[1];
  return name && !/[\\/]/.test(name) && !/^(LOCAL|LIST)\b/i.test(name) ? [name] : [];
}
