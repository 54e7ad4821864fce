/** Which segmentations does one editor offer now, and what does the page know of them? */
import type { LabelInfo, SegmentationInfo } from '../../protocol/volume';
import type { CaseContext } from './caseContext';
import type { Surroundings } from './files';
import type { KeptSearches } from './keptSearches';
import { chosenSegmentation, openedAsLabels, type FoundSegmentation } from './segmentations';
import type { WitnessedFiles } from './witnessedFiles';

export class SegmentationList {
  private found: FoundSegmentation[] = [];
  /** By path: chosen by the person or a command, or the opened file itself. */
  private readonly chosen = new Map<string, 'chosen' | 'opened'>();
  /** By path, as commands said. */
  private readonly labelNames = new Map<string, LabelInfo[]>();

  constructor(private readonly searches: KeptSearches) {}

  /** @returns whether the page knows something else */
  async look(context: CaseContext, around: Surroundings, files: WitnessedFiles): Promise<boolean> {
    const found = await this.searches.find(context, around, files);
    const known = new Set(found.map(({ path }) => path));
    for (const [path, why] of this.chosen) {
      if (known.has(path)) continue;
      const describe = why === 'opened' ? openedAsLabels : chosenSegmentation;
      found.push(await describe(path, context, around, files));
    }
    for (const one of found) one.labels = this.labelNames.get(one.path) ?? one.labels;
    const before = JSON.stringify(this.infos());
    this.found = found;
    return JSON.stringify(this.infos()) !== before;
  }

  choose(path: string, why: 'chosen' | 'opened' = 'chosen'): void {
    this.chosen.set(path, why);
  }

  forget(path: string): void {
    this.chosen.delete(path);
  }

  /** Where nothing on disk says so. */
  nameLabels(paths: readonly string[], labels: LabelInfo[]): void {
    for (const path of paths) this.labelNames.set(path, labels);
  }

  get(id: string): FoundSegmentation | undefined {
    return this.found.find((one) => one.id === id);
  }

  ofPath(path: string): FoundSegmentation | undefined {
    return this.found.find((one) => one.path === path);
  }

  get paths(): string[] {
    return this.found.map(({ path }) => path);
  }

  infos(): SegmentationInfo[] {
    return this.found.map(({ path: _path, datasetJson: _datasetJson, ...info }) => info);
  }
}
