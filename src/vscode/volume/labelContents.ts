/** Remembers of which files the values were found to be labels; looks at each version of a file once, in a thread of its own. */
import { VolumeWorker } from './workerClient';

export class LabelContents {
  private readonly known = new Map<string, Promise<boolean>>();
  private worker: VolumeWorker | undefined;
  private running = 0;

  /** @param script  dist/volumeWorker.js */
  constructor(private readonly script: string) {}

  /** @param version  another one once the file was rewritten */
  holdsLabels(file: string, version: string): Promise<boolean> {
    const key = `${file}\n${version}`;
    const known = this.known.get(key);
    if (known) return known;
    const found = this.look(file);
    this.known.set(key, found);
    return found;
  }

  dispose(): void {
    this.worker?.dispose();
    this.worker = undefined;
  }

  private async look(file: string): Promise<boolean> {
    this.running++;
    this.worker ??= new VolumeWorker(this.script);
    try {
      return await this.worker.run({ task: 'holdsLabels', file });
    } catch {
      // Too large for the thread, or the window is being closed.
      return false;
    } finally {
      this.running--;
      // Decoded volumes go with the thread.
      if (this.running === 0) this.dispose();
    }
  }
}
