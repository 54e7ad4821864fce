/** Which segmentations did an image have, the last time that somebody looked? Good as long as nothing that was looked at has changed. */
import { isDeepStrictEqual } from 'node:util';
import type { CaseContext } from './caseContext';
import type { Surroundings } from './files';
import { findSegmentations, type FoundSegmentation } from './segmentations';
import type { SeenVersions, WitnessedFiles } from './witnessedFiles';

interface Kept {
  context: CaseContext;
  around: Surroundings;
  versions: SeenVersions;
  folders: ReadonlySet<string>;
  found: readonly FoundSegmentation[];
}

/** Of images of one file system. */
export class KeptSearches {
  /** By path of the image, the one used last at the end. */
  private readonly kept = new Map<string, Kept>();

  /** @param most  images that are remembered; @param now  ms, as files' times */
  constructor(
    private readonly most = 100,
    private readonly now: () => number = Date.now,
  ) {}

  async find(context: CaseContext, around: Surroundings, files: WitnessedFiles): Promise<FoundSegmentation[]> {
    const image = context.channelFiles[context.opened]!;
    const known = this.kept.get(image);
    this.kept.delete(image);
    if (known && isDeepStrictEqual([known.context, known.around], [context, around]) && (await isStill(known, files))) {
      this.kept.set(image, known);
      files.addFolders(known.folders);
      return known.found.map((one) => ({ ...one }));
    }
    const before = this.now();
    const found = await findSegmentations(context, around, files);
    const versions = new Map(files.versions);
    if ([...versions.values()].every((version) => tellsChanges(version, before))) {
      this.kept.set(image, { context, around, versions, folders: new Set(files.folders), found: [...found] });
      for (const oldest of [...this.kept.keys()].slice(0, this.kept.size - this.most)) this.kept.delete(oldest);
    }
    return found.map((one) => ({ ...one }));
  }
}

async function isStill({ versions }: Kept, files: WitnessedFiles): Promise<boolean> {
  const now = await Promise.all(
    [...versions].map(async ([path, version]) => (await files.versionNow(path)) === version),
  );
  return now.every(Boolean);
}

/** Two changes within one tick of the file system's clock would look like one. */
const quietMs = 2000;

/** File systems without times, and what was written just now, can't tell of the next change. */
function tellsChanges(version: string | undefined, at: number): boolean {
  if (version === undefined) return true;
  const changed = Number.parseFloat(version);
  return changed > 0 && changed < at - quietMs;
}
