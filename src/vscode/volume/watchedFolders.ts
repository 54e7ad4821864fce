/** Tells when a file comes, goes or is rewritten in one of the folders that an editor depends on. */
import * as vscode from 'vscode';

/** Each costs the system a watcher; what lies further out is looked at when the editor comes to the front. */
const mostFolders = 60;

export class WatchedFolders implements vscode.Disposable {
  private readonly watchers = new Map<string, vscode.Disposable>();
  private isDisposed = false;

  constructor(
    private readonly base: vscode.Uri,
    private readonly changed: () => void,
  ) {}

  /** @param paths  folders, the most important first; others are not watched any more */
  watch(paths: Iterable<string>): void {
    if (this.isDisposed) return;
    const wanted = new Set([...paths].slice(0, mostFolders));
    for (const [path, watcher] of this.watchers) {
      if (wanted.has(path)) continue;
      watcher.dispose();
      this.watchers.delete(path);
    }
    for (const path of wanted) if (!this.watchers.has(path)) this.watchers.set(path, this.follow(path));
  }

  dispose(): void {
    this.isDisposed = true;
    for (const watcher of this.watchers.values()) watcher.dispose();
    this.watchers.clear();
  }

  private follow(path: string): vscode.Disposable {
    const folder = this.base.with({ path, query: '', fragment: '' });
    const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, '*'));
    return vscode.Disposable.from(
      watcher,
      watcher.onDidCreate(this.changed),
      watcher.onDidChange(this.changed),
      watcher.onDidDelete(this.changed),
    );
  }
}
