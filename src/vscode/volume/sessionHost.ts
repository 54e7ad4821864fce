/** What a volume editor's session needs of VS Code and of its worker; tests give it others. */
import type { CaseOrder, Slab, VolumeSettings, VolumeToWebview } from '../../protocol/volume';
import type { SearchedFiles, Surroundings } from './files';
import type { KeptSearches } from './keptSearches';
import type { WorkerResults, WorkerTask } from './workerMessages';

/** What the session needs of VS Code. Paths are absolute, with `/`, on the document's file system. */
export interface SessionHost {
  post(message: VolumeToWebview): void;
  files: SearchedFiles;
  /** What was found for images of this file system, by any editor; absent: this one remembers for itself. */
  searches?: KeptSearches;
  surroundings(): Surroundings;
  settings(): VolumeSettings;
  limitBytes(): number;
  /** A file on this machine with these bytes: the file itself, or a copy of one that lies elsewhere. */
  local(path: string): Promise<string>;
  chooseFile(): Promise<string | undefined>;
  /** @returns where it was saved, or null */
  save(suggestedName: string, kind: 'png' | 'gif', bytes: Uint8Array): Promise<string | null>;
  reopen(): void;
  log(message: string): void;
  /** In which the person went through the cases last. */
  caseOrder?(): CaseOrder;
  /** Opens another case in this editor's place. */
  showCase?(path: string, by: CaseOrder): Promise<void>;
  /** Tells, by `refresh`, when something changes in these folders. */
  watch?(folders: Iterable<string>): void;
  /** The first of each kind, once a volume is opened; for the log. */
  milestone?(reached: Milestone): void;
}

/** What the person waits for when a volume is opened, as the host sees it. */
export type Milestone = 'header read' | 'page loaded' | 'middle sent' | 'first voxels sent' | 'all voxels sent';

export interface SessionWorker {
  run<T extends WorkerTask>(
    task: T,
    options?: { signal?: AbortSignal; onSlab?(slab: Omit<Slab, 'type' | 'id'>): void },
  ): Promise<WorkerResults[T['task']]>;
}
