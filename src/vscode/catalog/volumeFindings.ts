/** What did the last full check find in a dataset's volumes that is still true of its files? */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Finding } from '../../dataset/findings';
import { stillHolding } from '../../dataset/stillHolding';
import type { RawContents } from './rawContents';

export class VolumeFindings {
  private constructor(
    private readonly folder: string,
    private readonly findings: readonly Finding[],
    private readonly checked: RawContents,
    /** Time of each file that a finding is about. */
    private readonly changedAt: ReadonlyMap<string, number | undefined>,
  ) {}

  /**
   * @param findings  of a full check, those by name included
   * @param checked   the names and dataset.json at that time
   */
  static async of(folder: string, findings: readonly Finding[], checked: RawContents): Promise<VolumeFindings> {
    const known = new Set(checked.findings.map(identityOf));
    const others = findings.filter((finding) => !known.has(identityOf(finding)));
    const files = new Set(others.flatMap((finding) => fileOf(folder, finding) ?? []));
    const times = await Promise.all([...files].map(async (file) => [file, await changeTime(file)] as const));
    return new VolumeFindings(folder, others, checked, new Map(times));
  }

  /** Whose change takes findings back. */
  get files(): string[] {
    return [...this.changedAt.keys()];
  }

  /** Of files that are as they were when they were checked. */
  async ofUnchangedFiles(): Promise<Finding[]> {
    const now = new Map(await Promise.all(this.files.map(async (file) => [file, await changeTime(file)] as const)));
    return this.findings.filter((finding) => {
      const file = fileOf(this.folder, finding);
      return file === undefined || now.get(file) === this.changedAt.get(file);
    });
  }

  /** Of these, what is true of dataset.json as it is now. */
  holding(findings: readonly Finding[], now: RawContents): Finding[] {
    const channels = this.checked.datasetJson?.channel_names;
    const { datasetJson, declaredValues } = now;
    // A file that says nothing just now, within an edit, has not corrected anything.
    if (!channels || !datasetJson || !declaredValues) return [...findings];
    return stillHolding(findings, channels, { ...now, datasetJson, declaredValues });
  }
}

/** dataset.json changes by corrections, which are looked at one by one. */
function fileOf(folder: string, { file }: Finding): string | undefined {
  return file === undefined || file === 'dataset.json' ? undefined : resolve(folder, file);
}

async function changeTime(file: string): Promise<number | undefined> {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}

function identityOf({ code, case: id, file, line }: Finding): string {
  return [code, id, file, line].join('|');
}
