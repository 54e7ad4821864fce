/** Knows which datasets, configurations, models and folds exist, cheaply: only what was asked for is read, and kept until its files change. */
import { type DatasetReference, listDatasets } from '../../dataset/references';
import type { Roots } from '../../dataset/roots';
import { type ModelFolder, listModels } from '../../dataset/results';

export interface Subscription {
  dispose(): void;
}

/** Which dataset's files changed; undefined: look at everything again. */
export interface CatalogChange {
  dataset?: string;
}

export class Catalog implements Subscription {
  private readonly listeners = new Set<(change: CatalogChange) => void>();

  constructor(private currentRoots: Roots) {}

  get roots(): Roots {
    return this.currentRoots;
  }

  /** Usable as a vscode.Event. */
  readonly onDidChange = (listener: (change: CatalogChange) => void): Subscription => {
    this.listeners.add(listener);
    return { dispose: () => void this.listeners.delete(listener) };
  };

  setRoots(roots: Roots): void {
    this.currentRoots = roots;
    this.refresh();
  }

  /** Forgets what was read of one dataset, or of all, and tells everybody. */
  refresh(dataset?: string): void {
    for (const listener of [...this.listeners]) listener({ dataset });
  }

  datasets(): Promise<DatasetReference[]> {
    return listDatasets(this.currentRoots);
  }

  models(dataset: DatasetReference): Promise<ModelFolder[]> {
    return listModels(dataset.results);
  }

  dispose(): void {
    this.listeners.clear();
  }
}
