/** Which jobs were asked for below a results root, by their job.json files? Each is read once: it never changes. */
import { NnunetError } from '../method/errors';
import type { AnyJob } from './job';
import { readJob, workFolder } from './jobFolder';
import { jobIds } from './running';

export class RequestedJobs {
  private readonly known = new Map<string, AnyJob>();
  /** By the folder that they work in: of a training's fold folder the latest. */
  private readonly byFolder = new Map<string, AnyJob>();

  constructor(private readonly resultsRoot: string) {}

  /** One job is read at a step. Those that can't be read are told. */
  *scan(): Generator<{ where: string; message: string } | undefined> {
    const ids = jobIds(this.resultsRoot);
    for (const id of ids) {
      if (!this.known.has(id)) yield this.learn(id);
    }
    for (const [id, job] of this.known) {
      if (ids.includes(id)) continue;
      this.known.delete(id);
      const folder = workFolder(this.resultsRoot, job);
      if (this.byFolder.get(folder) === job) this.byFolder.delete(folder);
    }
  }

  /** Where jobs other than trainings work. */
  get otherFolders(): string[] {
    return [...this.byFolder].flatMap(([folder, { kind }]) => (kind === 'train' ? [] : [folder]));
  }

  in(folder: string): AnyJob | undefined {
    return this.byFolder.get(folder);
  }

  /** @returns why it can't be read */
  learn(id: string): { where: string; message: string } | undefined {
    try {
      const job = readJob(this.resultsRoot, id);
      this.known.set(id, job);
      const folder = workFolder(this.resultsRoot, job);
      const before = this.byFolder.get(folder);
      if (!before || before.createdAt <= job.createdAt) this.byFolder.set(folder, job);
      return undefined;
    } catch (error) {
      // Removed since its name was read.
      if (!(error instanceof NnunetError) || error.code === 'job-missing') return undefined;
      return { where: error.where ?? id, message: error.message };
    }
  }
}
