/** When are masks of an image looked for again, and when is what was found before good enough? */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findCase } from '../../../../src/vscode/volume/caseContext';
import type { SearchedFiles } from '../../../../src/vscode/volume/files';
import { KeptSearches } from '../../../../src/vscode/volume/keptSearches';
import { WitnessedFiles } from '../../../../src/vscode/volume/witnessedFiles';
import { filesOf } from './namedFiles';

const image = '/study/images/case_1.nii.gz';
const mask = '/study/masks/case_1.nii.gz';
const around = { workspaces: ['/study'] };
/** Of the clock of `KeptSearches`, ms. */
const now = 1_000_000;

/** Files whose times and contents are changed by the test; counts what is read of them beyond their versions. */
function study() {
  const contents: Record<string, string> = { [image]: 'scan', [mask]: 'labels', '/study/notes.txt': '' };
  const times: Record<string, number> = {};
  let reads = 0;
  const counted = <T>(value: T): T => {
    reads++;
    return value;
  };
  const timeOf = (path: string): number => times[path] ?? 10;
  const plain = (): SearchedFiles => filesOf(contents, timeOf);
  const files: SearchedFiles = {
    list: async (folder) => counted(await plain().list(folder)),
    exists: async (file) => counted(await plain().exists(file)),
    readText: async (file) => counted(await plain().readText(file)),
    holdsLabels: async (file) => counted(await plain().holdsLabels(file)),
    version: async (path) =>
      (await plain().version(path)) ?? ((await plain().list(path)) ? `${timeOf(path)} 4096` : undefined),
  };
  const searches = new KeptSearches(100, () => now);
  const look = async () => {
    reads = 0;
    const witnessed = new WitnessedFiles(files);
    const found = await searches.find(await context, around, witnessed);
    return { paths: found.map(({ path }) => path), folders: [...witnessed.folders], isRead: reads > 0 };
  };
  const context = findCase(image, files);
  return { contents, times, look };
}

describe('masks of an image', () => {
  it('are not looked for again where nothing has changed, and the same folders are watched', async () => {
    const { look } = study();
    const first = await look();
    assert.deepEqual([first.paths, first.isRead], [[mask], true]);
    const again = await look();
    assert.deepEqual(again, { ...first, isRead: false });
  });

  it('are looked for again once a file comes, is rewritten or goes', async () => {
    const { contents, times, look } = study();
    await look();
    contents['/study/masks/case_1_reader2.nii.gz'] = 'labels';
    times['/study/masks'] = 20;
    const more = await look();
    assert.deepEqual([more.paths, more.isRead], [[mask, '/study/masks/case_1_reader2.nii.gz'], true]);
    assert.equal((await look()).isRead, false);
    contents[mask] = 'scan';
    times[mask] = 30;
    assert.deepEqual((await look()).paths, ['/study/masks/case_1_reader2.nii.gz']);
    contents['/study/masks/predicted_with.json'] = '{}';
    assert.ok((await look()).isRead, 'a record that was not there says who made the masks');
  });

  it('are looked for again where times can’t tell: of what changed just now, or has none', async () => {
    for (const time of [now - 1000, now + 60_000, 0]) {
      const { times, look } = study();
      times['/study/masks'] = time;
      await look();
      assert.ok((await look()).isRead, String(time));
    }
  });
});
