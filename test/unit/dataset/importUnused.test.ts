/** Every file of a source is in the dataset or is named with the reason why it is not. */
import assert from 'node:assert/strict';
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { importDataset } from '../../../src/dataset/importers/importDataset';
import { describeUnused } from '../../../src/dataset/importers/unused';
import { readScan, readScanHeader } from '../../../src/dataset/scans';
import { filesBelow, importPlaces, writeGoodDataset, writeSmall, writeText } from './scratch';

const image = (i: number) => i * 3;
const mask = (i: number) => i % 2;

async function writePairs(source: string, images: readonly string[], labels: readonly string[]): Promise<void> {
  for (const name of images) await writeSmall(join(source, 'images', name), image);
  for (const name of labels) await writeSmall(join(source, 'labels', name), mask);
}

const brief = ({ unused }: { unused: { file: string; code: string }[] }) =>
  unused.map(({ file, code }) => `${code} ${file}`);

describe('files that an import does not use', () => {
  it('are named with the reason: without a partner, of other formats, hidden, refused', async (context) => {
    const { source, run } = await importPlaces(context);
    await writePairs(
      source,
      ['pat_01.nii.gz', 'pat_02.nii.gz', 'pat_06.nii.gz'],
      ['pat_01.nii.gz', 'pat_02.nii.gz', 'pat_07.nii.gz'],
    );
    await writeSmall(join(source, 'labels/pat_02.nii.gz'), mask, { shape: [4, 6, 5] });
    for (const file of ['notes.txt', 'scan.dcm', 'images/._pat_01.nii.gz', '.git/config', '__MACOSX/images/._x.nii.gz'])
      await writeText(join(source, file), 'x');
    const result = await run();
    assert.deepEqual(result.cases, ['pat_01']);
    assert.deepEqual(brief(result), [
      'shape-mismatch images/pat_02.nii.gz',
      'no-label images/pat_06.nii.gz',
      'shape-mismatch labels/pat_02.nii.gz',
      'no-image labels/pat_07.nii.gz',
      'not-an-image notes.txt',
      'other-format scan.dcm',
      'hidden .git/',
      'hidden __MACOSX/',
      'hidden images/._pat_01.nii.gz',
    ]);
    assert.match(
      describeUnused(result.unused).join('\n'),
      /^Not used: images\/pat_06.nii.gz: no mask has this name\.$/m,
    );
  });

  it('are none where all are used: channels, parts, voxels beside a header, lists of classes', async (context) => {
    const { source, run } = await importPlaces(context);
    for (const id of ['s1', 's2']) {
      await writeSmall(join(source, id, 'ct.nii.gz'), (i) => i * 20 - 1000, { type: 'int16' });
      for (const organ of ['liver', 'spleen'])
        await writeSmall(join(source, id, `segmentations/${organ}.nii.gz`), mask);
    }
    assert.deepEqual((await run()).unused, []);
  });

  it('are the second of two that are the same but for their ending, and channels that other cases lack', async (context) => {
    const { source, run } = await importPlaces(context);
    await writePairs(source, ['a.nii', 'a.nii.gz', 'b.nii.gz'], ['a.nii.gz', 'b.nii.gz']);
    assert.deepEqual(brief(await run()), ['same-name images/a.nii.gz']);
    const { source: other, run: runOther } = await importPlaces(context);
    await writePairs(
      other,
      ['a_t1.nii.gz', 'b_t1.nii.gz', 'c_t1.nii.gz', 'c_t2.nii.gz'],
      ['a.nii.gz', 'b.nii.gz', 'c.nii.gz'],
    );
    assert.deepEqual(brief(await runOther()), ['extra-channel images/c_t2.nii.gz']);
  });

  it('are no test images because one of them lacks a channel, and no unlabelled ones beside labelled ones', async (context) => {
    const { source, run } = await importPlaces(context);
    for (const file of [
      'Tr/a_t1',
      'Tr/a_t2',
      'Tr/b_t1',
      'Tr/b_t2',
      'Ts/c_t1',
      'Ts/c_t2',
      'Ts/d_t1',
      'Ts/e_t1',
      'Ts/e_t2',
    ])
      await writeSmall(join(source, `images${file}.nii.gz`), image);
    for (const file of ['Tr/a', 'Tr/b', 'Ts/e']) await writeSmall(join(source, `labels${file}.nii.gz`), mask);
    const result = await run();
    assert.deepEqual(result.testCases, ['c', 'e']);
    assert.deepEqual(brief(result), ['test-image imagesTs/d_t1.nii.gz']);
  });

  it('are hidden ones only where a whole dataset is copied', async (context) => {
    const { folder, rawRoot } = await importPlaces(context);
    const source = join(folder, 'Dataset042_Good');
    await writeGoodDataset(source);
    await writeText(join(source, '.DS_Store'), 'x');
    assert.deepEqual(brief(await importDataset(source, { rawRoot })), ['hidden .DS_Store']);
  });
});

describe('names that differ in little', () => {
  for (const [what, names] of [
    ['punctuation', ['pat_05', 'pat-05', 'pat 05']],
    ['capitals', ['Pat_1', 'pat_1']],
  ] as const) {
    // Elsewhere disks take names that differ in capitals for one.
    const skip = what === 'capitals' && process.platform !== 'linux';
    it(`${what}: are cases of their own, each with its own label`, { skip }, async (context) => {
      const { source, run } = await importPlaces(context);
      for (const [n, name] of names.entries()) {
        await writeSmall(join(source, `images/${name}.nii.gz`), () => n);
        await writeSmall(join(source, `labels/${name}_seg.nii.gz`), (i) => (i === n ? 1 : 0));
      }
      const result = await run();
      assert.equal(new Set(result.cases.map((id) => id.toLowerCase())).size, names.length);
      assert.deepEqual(result.unused, []);
      for (const id of result.cases) {
        const [n] = (await readScan(join(result.folder, `imagesTr/${id}_0000.nii.gz`))).data;
        const label = await readScan(join(result.folder, `labelsTr/${id}.nii.gz`));
        assert.equal(label.data.indexOf(1 as never), n);
      }
    });
  }

  it('subsets: train and val may count from 1 both', async (context) => {
    const { source, run } = await importPlaces(context);
    for (const subset of ['train', 'val']) {
      await writeSmall(join(source, subset, 'images/1.nii.gz'), image);
      await writeSmall(join(source, subset, 'labels/1.nii.gz'), mask);
    }
    const result = await run();
    assert.deepEqual(result.cases, ['train_images_1', 'val_images_1']);
  });

  it('a label whose name fits wholly beats one that differs in punctuation', async (context) => {
    const { source, run } = await importPlaces(context);
    await writePairs(source, ['pat_05.nii.gz', 'x.nii.gz'], ['pat-05.nii.gz', 'pat_05.nii.gz', 'x.nii.gz']);
    assert.deepEqual(brief(await run()), ['no-image labels/pat-05.nii.gz']);
  });

  it('Unicode forms of one name are one name', async (context) => {
    const { source, run } = await importPlaces(context);
    await writePairs(source, ['Müller.nii.gz', 'x.nii.gz'].map((name) => name.normalize('NFD')), ['Müller.nii.gz', 'x.nii.gz'].map((name) => name.normalize('NFC'))); // prettier-ignore
    const result = await run();
    assert.deepEqual(
      result.cases,
      ['Müller', 'x'].map((name) => name.normalize('NFC')),
    );
  });
});

describe('links in a source', () => {
  it('are followed, to files and folders, and end where they lead back', async (context) => {
    const { folder, source, run } = await importPlaces(context);
    await writePairs(join(folder, 'disk'), ['a.nii.gz', 'b.nii.gz'], ['a.nii.gz', 'b.nii.gz']);
    await mkdir(join(source, 'images'), { recursive: true });
    for (const name of ['a', 'b'])
      await symlink(join(folder, `disk/images/${name}.nii.gz`), join(source, `images/${name}.nii.gz`));
    await symlink(join(folder, 'disk/labels'), join(source, 'labels'));
    await symlink(source, join(source, 'images/again'));
    const result = await run();
    assert.deepEqual(result.cases, ['a', 'b']);
    assert.deepEqual(brief(result), ['linked-twice images/again/']);
  });

  it('that lead to one folder twice are one folder: images and labels chosen from the same place', async (context) => {
    const { folder, source, run } = await importPlaces(context);
    for (const id of ['a', 'b']) {
      await writeSmall(join(folder, `disk/${id}.nii.gz`), mask);
      await writeSmall(join(folder, `disk/${id}_seg.nii.gz`), mask);
    }
    await mkdir(source);
    for (const name of ['labels', 'images']) await symlink(join(folder, 'disk'), join(source, name));
    const result = await run();
    assert.deepEqual(result.cases, ['a', 'b']);
    assert.match(result.report.join(), /images\/a.nii.gz with images\/a_seg.nii.gz/);
    assert.deepEqual(brief(result), ['linked-twice labels/']);
  });

  it('are followed in a dataset that is copied', async (context) => {
    const { folder, rawRoot } = await importPlaces(context);
    const source = join(folder, 'Dataset042_Good');
    await writeGoodDataset(source);
    for (const [n, place] of [join(folder, 'disk'), join(source, 'all')].entries()) {
      await rename(n === 0 ? join(source, 'imagesTr') : join(folder, 'disk'), place);
      await rm(join(source, 'imagesTr'), { force: true });
      await symlink(place, join(source, 'imagesTr'));
      const result = await importDataset(source, { rawRoot });
      assert.equal((await filesBelow(join(result.folder, 'imagesTr'))).length, 3);
    }
  });
});

describe('compression that an ending does not tell', () => {
  /** Rewrites files so that their endings lie. */
  async function lie(...files: string[]): Promise<void> {
    for (const file of files) {
      const bytes = await readFile(file);
      await writeFile(file, bytes[0] === 0x1f ? gunzipSync(bytes) : gzipSync(bytes));
    }
  }

  async function assertHonest(folder: string): Promise<void> {
    for (const file of await filesBelow(folder)) {
      if (!/\.nii(\.gz)?$/.test(file)) continue;
      const bytes = await readFile(join(folder, file));
      assert.equal(bytes.readUInt16BE(0) === 0x1f8b, file.endsWith('.gz'), file);
      await readScanHeader(join(folder, file));
    }
  }

  it('is told from the content where endings become one, and where they stay', async (context) => {
    for (const endings of [
      ['.nii', '.nii.gz'],
      ['.nii.gz', '.nii.gz'],
      ['.nii', '.nii'],
    ]) {
      const { source, run } = await importPlaces(context);
      for (const id of ['a', 'b', 'c', 'd']) {
        await writeSmall(join(source, `images/${id}${endings[0]}`), image, { type: 'int16' });
        await writeSmall(join(source, `labels/${id}${endings[1]}`), mask);
      }
      await lie(...['images/a', 'images/b'].map((file) => join(source, `${file}${endings[0]}`)));
      await lie(...['labels/b', 'labels/c'].map((file) => join(source, `${file}${endings[1]}`)));
      const result = await run();
      assert.equal(result.cases.length, 4);
      await assertHonest(result.folder);
    }
  });

  it('is mended where a dataset is copied', async (context) => {
    const { folder, rawRoot } = await importPlaces(context);
    const source = join(folder, 'Dataset042_Good');
    await writeGoodDataset(source);
    await lie(join(source, 'imagesTr/a_0000.nii.gz'));
    const result = await importDataset(source, { rawRoot });
    await assertHonest(result.folder);
    assert.match(result.report.join('\n'), new RegExp(`as their endings say: imagesTr/a_0000.nii.gz`));
    assert.equal(basename(result.folder), 'Dataset042_Good');
  });
});
