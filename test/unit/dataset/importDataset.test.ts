import assert from 'node:assert/strict';
import { mkdir, readFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { checkDataset } from '../../../src/dataset/checkDataset';
import { importDataset } from '../../../src/dataset/importers/importDataset';
import { readScan, readScanHeader } from '../../../src/dataset/scans';
import { writeVolume } from '../../../src/images/write';
import { filesBelow, importPlaces, oblique, smallShape, writeGoodDataset, writeSmall, writeText } from './scratch';

async function values(file: string): Promise<number[]> {
  return [...new Set((await readScan(file)).data as Iterable<number>)].sort((a, b) => a - b);
}

/** Several cases share one image here: that may be found, nothing else. */
async function assertClean(folder: string): Promise<void> {
  const { findings } = await checkDataset(folder);
  assert.deepEqual(
    findings.filter(({ code }) => code !== 'duplicate-images'),
    [],
  );
}

const image = (i: number) => i * 3;

describe('importing a Decathlon folder', () => {
  const json = {
    name: 'PROSTATE',
    modality: { 0: 'T2', 1: 'ADC' },
    labels: { 0: 'background', 1: 'PZ', 2: 'TZ' },
    numTraining: 2,
    training: ['a', 'b'].map((id) => ({ image: `./imagesTr/p_${id}.nii.gz`, label: `./labelsTr/p_${id}.nii.gz` })),
    test: ['./imagesTs/p_t.nii.gz'],
    licence: 'CC-BY-SA 4.0',
  };

  async function writeTask(source: string): Promise<void> {
    await mkdir(join(source, 'imagesTr'), { recursive: true });
    await mkdir(join(source, 'imagesTs'));
    const length = 2 * smallShape[0] * smallShape[1] * smallShape[2];
    for (const [n, path] of ['imagesTr/p_a', 'imagesTr/p_b', 'imagesTs/p_t'].entries()) {
      const voxels = Float32Array.from({ length }, (_, i) => i + 0.5 + n);
      await writeVolume(join(source, `${path}.nii.gz`), voxels, [2, ...smallShape], oblique);
    }
    await writeSmall(join(source, 'labelsTr/p_a.nii.gz'), (i) => i % 3);
    await writeSmall(join(source, 'labelsTr/p_b.nii.gz'), (i) => i % 3, { type: 'float32' });
    await writeText(join(source, 'dataset.json'), json);
    await writeText(join(source, 'imagesTr/._p_a.nii.gz'), 'macOS was here');
  }

  it('splits 4D images into channels, keeps voxels, geometry and names, and takes the task number', async (context) => {
    const { source, rawRoot, run } = await importPlaces(context);
    await writeTask(source);
    const before = await filesBelow(source);
    const result = await run();
    assert.equal(result.folder, join(rawRoot, 'Dataset005_Prostate'));
    assert.deepEqual(await filesBelow(result.folder), [
      'dataset.json',
      ...['p_a_0000', 'p_a_0001', 'p_b_0000', 'p_b_0001'].map((name) => `imagesTr/${name}.nii.gz`),
      ...['p_t_0000', 'p_t_0001'].map((name) => `imagesTs/${name}.nii.gz`),
      ...['p_a', 'p_b'].map((name) => `labelsTr/${name}.nii.gz`),
    ]);
    const written = JSON.parse(await readFile(join(result.folder, 'dataset.json'), 'utf8'));
    assert.deepEqual(written.channel_names, { 0: 'T2', 1: 'ADC' });
    assert.deepEqual(written.labels, { background: 0, PZ: 1, TZ: 2 });
    assert.equal(written.licence, 'CC-BY-SA 4.0');
    const whole = await readScan(join(source, 'imagesTr/p_a.nii.gz'));
    const second = await readScan(join(result.folder, 'imagesTr/p_a_0001.nii.gz'));
    assert.deepEqual([...second.data], [...whole.data.subarray(whole.data.length / 2)]);
    assert.deepEqual(second.header.affine, whole.header.affine);
    assert.equal((await readScanHeader(join(result.folder, 'labelsTr/p_b.nii.gz'))).storedType, 'uint8');
    assert.deepEqual(
      await readFile(join(result.folder, 'labelsTr/p_a.nii.gz')),
      await readFile(join(source, 'labelsTr/p_a.nii.gz')),
    );
    await assertClean(result.folder);
    assert.deepEqual(await filesBelow(source), before);
  });

  it('writes the names that the person gives in place of those that it found', async (context) => {
    const { source, run } = await importPlaces(context);
    await writeTask(source);
    const result = await run({ names: { channels: ['CT', 'DWI'], labels: ['rim', 'core'] } });
    const written = JSON.parse(await readFile(join(result.folder, 'dataset.json'), 'utf8'));
    assert.deepEqual(written.channel_names, { 0: 'CT', 1: 'DWI' });
    assert.deepEqual(written.labels, { background: 0, rim: 1, core: 2 });
    assert.deepEqual(JSON.parse(JSON.stringify(result.datasetJson)), written);
    await assertClean(result.folder);
    // A dataset that is one already gets them in its copy.
    const copy = await run({ id: 9, names: { labels: ['a', 'b'] } }, result.folder);
    const copied = JSON.parse(await readFile(join(copy.folder, 'dataset.json'), 'utf8'));
    assert.deepEqual(copied, { ...written, labels: { background: 0, a: 1, b: 2 } });
    assert.deepEqual(JSON.parse(await readFile(join(result.folder, 'dataset.json'), 'utf8')), written);
  });

  it('takes the lowest free number when its own is taken, and the number that is asked for', async (context) => {
    const { folder, source, run } = await importPlaces(context);
    await writeTask(source);
    await mkdir(join(folder, 'nnUNet_results/Dataset005_Other'), { recursive: true });
    assert.equal((await run()).id, 1);
    const asked = await run({ id: 77, name: 'my prostate' });
    assert.match(asked.folder, /Dataset077_my_prostate$/);
    assert.match(asked.report.join(), /became "my_prostate"/);
    await assert.rejects(run({ id: 77, name: 'again' }), { code: 'dataset-id-taken' });
    await assert.rejects(run({ id: 1000 }), { code: 'dataset-id' });
  });

  it('leaves out listed cases whose files are missing and says so', async (context) => {
    const { source, run } = await importPlaces(context);
    await writeTask(source);
    await writeText(join(source, 'dataset.json'), {
      ...json,
      training: [...json.training, { image: './imagesTr/no.nii.gz', label: './labelsTr/no.nii.gz' }],
    });
    const result = await run();
    assert.deepEqual(result.cases, ['p_a', 'p_b']);
    assert.match(result.refused[0]!.why, /imagesTr\/no.nii.gz/);
  });

  it('points at the mistake in a broken dataset.json', async (context) => {
    const { source, run } = await importPlaces(context);
    await writeTask(source);
    await writeText(join(source, 'dataset.json'), '{\n  "modality": {"0": "CT"}, // comment\n}');
    await assert.rejects(run(), (error: { where: string }) => /dataset\.json:2:/.test(error.where));
  });
});

describe('importing an nnU-Net v1 task', () => {
  it('takes number and name from the folder and the channels from the files', async (context) => {
    const { folder, rawRoot } = await importPlaces(context);
    const source = join(folder, 'Task017_AbdominalOrgans');
    for (const id of ['x', 'y']) {
      for (const channel of ['0000', '0001']) await writeSmall(join(source, `imagesTr/${id}_${channel}.nii.gz`), image);
      await writeSmall(join(source, `labelsTr/${id}.nii.gz`), (i) => i % 2);
    }
    await writeText(join(source, 'dataset.json'), {
      name: 'Abdomen',
      modality: { 0: 'CT', 1: 'PET' },
      labels: { 0: 'background', 1: 'organ' },
      numTraining: 2,
      training: ['x', 'y'].map((id) => ({ image: `./imagesTr/${id}.nii.gz`, label: `./labelsTr/${id}.nii.gz` })),
      test: [],
    });
    const result = await importDataset(source, { rawRoot });
    assert.match(result.folder, /Dataset017_AbdominalOrgans$/);
    assert.deepEqual(result.datasetJson.channel_names, { 0: 'CT', 1: 'PET' });
    await assertClean(result.folder);
  });
});

describe('importing an nnU-Net v2 dataset', () => {
  it('copies it byte for byte, or finds it where it belongs', async (context) => {
    const { folder, rawRoot } = await importPlaces(context);
    const source = join(folder, 'elsewhere', 'Dataset042_Good');
    await writeGoodDataset(source);
    await writeText(join(source, 'splits_final.json'), '[]');
    const result = await importDataset(source, { rawRoot });
    assert.equal(result.folder, join(rawRoot, 'Dataset042_Good'));
    assert.deepEqual(await filesBelow(result.folder), await filesBelow(source));
    assert.deepEqual(await readFile(join(result.folder, 'dataset.json')), await readFile(join(source, 'dataset.json')));
    const again = await importDataset(result.folder, { rawRoot: join(folder, 'nnUNet_raw') }).catch(
      (error: unknown) => error,
    );
    assert.equal((again as { folder: string }).folder, result.folder);
    assert.equal((await importDataset(source, { rawRoot })).id, 1);
  });
});

describe('importing loose files', () => {
  it('renumbers labels and makes float and 0/255 masks integers, and leaves the source alone', async (context) => {
    const { source, run } = await importPlaces(context);
    for (const id of ['Fall 1', 'Fall 2']) {
      await writeSmall(join(source, 'Bilder images', `${id}.nii.gz`), image, { type: 'int16' });
      await writeSmall(join(source, 'labels', `${id}.nii.gz`), (i) => (i % 3) * 4, { type: 'float32' });
    }
    const result = await run();
    assert.deepEqual(result.cases, ['Fall_1', 'Fall_2']);
    assert.deepEqual(await values(join(result.folder, 'labelsTr/Fall_1.nii.gz')), [0, 1, 2]);
    assert.match(result.report.join('\n'), /4 -> 1, 8 -> 2/);
    const [before, after] = await Promise.all(
      [join(source, 'labels/Fall 1.nii.gz'), join(result.folder, 'labelsTr/Fall_1.nii.gz')].map((file) =>
        readScanHeader(file),
      ),
    );
    assert.deepEqual(after!.affine, before!.affine);
    assert.equal(after!.storedType, 'uint8');
    await assertClean(result.folder);
  });

  it('makes one ending of .nii and .nii.gz without touching the voxels', async (context) => {
    const { source, run } = await importPlaces(context);
    await writeSmall(join(source, 'a.nii'), image, { type: 'int16' });
    await writeSmall(join(source, 'a_seg.nii.gz'), (i) => i % 2);
    const result = await run();
    assert.deepEqual(await filesBelow(result.folder), [
      'dataset.json',
      'imagesTr/source_0000.nii',
      'labelsTr/source.nii',
    ]);
    assert.deepEqual(
      await readFile(join(result.folder, 'labelsTr/source.nii')),
      gunzipSync(await readFile(join(source, 'a_seg.nii.gz'))),
    );
  });

  it('takes pictures: colours, JPEG to PNG, masks of 0 and 255', async (context) => {
    const { source, run } = await importPlaces(context);
    const colours = Uint8Array.from({ length: 3 * 64 }, (_, i) => (i * 7) % 256);
    await mkdir(join(source, 'img'), { recursive: true });
    await mkdir(join(source, 'gt'));
    for (const id of ['1', '2']) {
      await writeVolume(join(source, 'img', `${id}.jpg`), colours, [3, 1, 8, 8]);
      await writeVolume(
        join(source, 'gt', `${id}.png`),
        Uint8Array.from({ length: 64 }, (_, i) => (i % 2) * 255),
        [1, 8, 8],
      );
    }
    const result = await run();
    assert.equal(result.datasetJson.file_ending, '.png');
    assert.deepEqual(result.datasetJson.channel_names, { 0: 'rgb_to_0_1', 1: 'rgb_to_0_1', 2: 'rgb_to_0_1' });
    assert.deepEqual(await values(join(result.folder, 'labelsTr/1.png')), [0, 1]);
    const [jpeg, png] = await Promise.all(
      [join(source, 'img/1.jpg'), join(result.folder, 'imagesTr/1_0000.png')].map((file) => readScan(file)),
    );
    assert.deepEqual([...png!.data], [...jpeg!.data]);
    await assertClean(result.folder);
  });

  it('puts the masks of several structures together', async (context) => {
    const { source, run } = await importPlaces(context);
    for (const id of ['s1', 's2']) {
      await writeSmall(join(source, id, 'ct.nii.gz'), (i) => i * 20 - 1000, { type: 'int16' });
      await writeSmall(join(source, id, 'segmentations/liver.nii.gz'), (i) => (i < 60 ? 1 : 0));
      await writeSmall(join(source, id, 'segmentations/lesion.nii.gz'), (i) => (i < 10 ? 1 : 0));
    }
    const result = await run();
    assert.deepEqual(result.datasetJson.labels, { background: 0, lesion: 1, liver: 2 });
    assert.deepEqual(result.datasetJson.channel_names, { 0: 'CT' });
    const { data } = await readScan(join(result.folder, 'labelsTr/s1.nii.gz'));
    assert.deepEqual([data[0], data[9], data[10], data[59], data[60]], [1, 1, 2, 2, 0]);
  });

  it('tells labels by their content where names say nothing', async (context) => {
    const { source, run } = await importPlaces(context);
    for (const id of ['1', '2']) {
      await writeSmall(join(source, `${id}_scan.nii.gz`), (i) => i * 1.37, { type: 'float32' });
      await writeSmall(join(source, `${id}_thing.nii.gz`), (i) => i % 2);
    }
    const result = await run();
    assert.equal(result.cases.length, 2);
    assert.match(result.report.join(), /content/);
  });

  it('refuses single cases that do not fit and says which', async (context) => {
    const { source, run } = await importPlaces(context);
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      await writeSmall(join(source, `images/${id}.nii.gz`), image);
      await writeSmall(join(source, `labels/${id}.nii.gz`), (i) => i % 2);
    }
    await writeSmall(join(source, 'labels/b.nii.gz'), (i) => i % 2, { shape: [4, 6, 5] });
    await writeSmall(join(source, 'labels/c.nii.gz'), (i) => i / 7, { type: 'float32' });
    await writeSmall(join(source, 'labels/d.nii.gz'), (i) => i % 2, { geometry: { ...oblique, spacing: [2, 2, 2] } });
    await writeFile(join(source, 'images/e.nii.gz'), 'no image');
    const result = await run();
    assert.deepEqual(result.cases, ['a']);
    const codes = Object.fromEntries(result.refused.map((one) => [one.case, one.code]));
    assert.deepEqual(codes, { b: 'shape-mismatch', c: 'label-values', d: 'spacing-mismatch', e: 'unreadable' });
    assert.match(result.refused.find((one) => one.case === 'b')!.why, /6x5x4/);
    assert.equal(result.datasetJson.numTraining, 1);
  });

  it("takes a TIFF label's own spacing, not that of another case beside it", async (context) => {
    const { source, run } = await importPlaces(context);
    const geometry = { spacing: [1, 2, 3], origin: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
    for (const id of ['s_0001', 's_0002']) {
      await writeSmall(join(source, `images/${id}.tif`), image, { geometry });
      await writeSmall(join(source, `labels/${id}.tif`), (i) => i % 2, { geometry });
      for (const folder of ['images', 'labels']) {
        await writeText(join(source, folder, `${id}.json`), { spacing: [3, 2, 1] });
      }
    }
    await rm(join(source, 'images/s.json'));
    await writeText(join(source, 'labels/s.json'), { spacing: [9, 9, 9] });
    const { cases, folder } = await run();
    assert.deepEqual(cases, ['s_0001', 's_0002']);
    assert.deepEqual((await readScanHeader(join(folder, 'labelsTr/s_0002.tif'), 'label')).spacing, [3, 2, 1]);
  });

  it('gives a label without geometry that of its image', async (context) => {
    const { source, run } = await importPlaces(context);
    const plain = { spacing: [1, 1, 1], origin: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
    await writeSmall(join(source, 'a.nii.gz'), image);
    await writeSmall(join(source, 'a_mask.nii.gz'), (i) => i % 2, { geometry: plain });
    await assertClean((await run()).folder);
  });

  it('turns a label that is stored along other axes onto the grid of its image', async (context) => {
    const { source, run } = await importPlaces(context);
    const grid = { spacing: [1, 2, 3], origin: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
    const mirrored = { ...grid, origin: [5, 0, 0], direction: [-1, 0, 0, 0, 1, 0, 0, 0, 1] };
    // Its axes are y, x, z of the image.
    const exchanged = { spacing: [2, 1, 3], origin: [0, 0, 0], direction: [0, 1, 0, 1, 0, 0, 0, 0, 1] };
    const isMarked = (x: number, y: number) => Number(x === 1 && y === 3);
    for (const id of ['a', 'b', 'c', 'd'])
      await writeSmall(join(source, `images/${id}.nii.gz`), image, { geometry: grid });
    const label = (id: string) => join(source, `labels/${id}.nii.gz`);
    await writeSmall(label('a'), (i) => isMarked(i % 6, Math.floor(i / 6) % 5), { geometry: grid });
    await writeSmall(label('b'), (i) => isMarked(5 - (i % 6), Math.floor(i / 6) % 5), { geometry: mirrored });
    await writeSmall(label('c'), (i) => isMarked(Math.floor(i / 5) % 6, i % 5), {
      geometry: exchanged,
      shape: [4, 6, 5],
    });
    await writeSmall(label('d'), (i) => i % 2, { geometry: { ...grid, origin: [0, 40, 0] } });
    const result = await run();
    const written = (id: string) => readScan(join(result.folder, `labelsTr/${id}.nii.gz`));
    const [a, b, c] = [await written('a'), await written('b'), await written('c')];
    assert.deepEqual([...b.data], [...a.data]);
    assert.deepEqual([...c.data], [...a.data]);
    assert.deepEqual(b.header.affine, a.header.affine);
    assert.match(result.report.join('\n'), /turned onto its grid: b, c\./);
    assert.match(result.report.join('\n'), /elsewhere in space .*: d \(d.nii.gz, by 40 voxels\)\./);
  });

  it('rewrites labels whose values are whole only after rounding, in any stored type', async (context) => {
    const { source, run } = await importPlaces(context);
    await writeSmall(join(source, 'images/a.nii'), image, { type: 'int16' });
    await writeSmall(join(source, 'labels/a.nii'), (i) => i % 3);
    const file = join(source, 'labels/a.nii');
    const bytes = await readFile(file);
    bytes.writeFloatLE(1.0000005, 112);
    await writeFile(file, bytes);
    const result = await run();
    const [name] = await filesBelow(join(result.folder, 'labelsTr'));
    assert.deepEqual(await values(join(result.folder, 'labelsTr', name!)), [0, 1, 2]);
  });

  it('follows linked folders and takes endings in capitals', async (context) => {
    const { folder, source, run } = await importPlaces(context);
    await writeSmall(join(folder, 'disk/x.nii.gz'), image);
    await mkdir(source);
    await symlink(join(folder, 'disk'), join(source, 'images'));
    await writeSmall(join(folder, 'label.nii.gz'), (i) => i % 2);
    await mkdir(join(source, 'labels'));
    await rename(join(folder, 'label.nii.gz'), join(source, 'labels/X.NII.GZ'));
    const result = await run();
    assert.deepEqual(await filesBelow(join(result.folder, 'labelsTr')), ['source.nii.gz']);
  });

  it('says what it found when nothing can be paired', async (context) => {
    const { source, rawRoot, run } = await importPlaces(context);
    await writeSmall(join(source, 'images/a.nii.gz'), image);
    await writeText(join(source, 'notes.txt'), 'x');
    await assert.rejects(run(), (error: { code: string; message: string }) => {
      assert.equal(error.code, 'import-nothing-paired');
      assert.match(error.message, /1 \.nii\.gz \(images\/a\.nii\.gz\); 1 \.txt/);
      return true;
    });
    await assert.rejects(run({}, join(source, 'nowhere')), { code: 'import-no-folder' });
    await assert.rejects(importDataset(source, { rawRoot: source }), { code: 'import-into-itself' });
    await assert.rejects(readdir(rawRoot), { code: 'ENOENT' });
  });
});

describe('an import that does not finish', () => {
  async function source(context: TestContext) {
    const place = await importPlaces(context);
    for (const id of ['a', 'b', 'c']) {
      await writeSmall(join(place.source, `images/${id}.nii.gz`), image);
      await writeSmall(join(place.source, `labels/${id}.nii.gz`), (i) => i % 2);
    }
    return place;
  }

  it('leaves nothing behind when it is cancelled while writing', async (context) => {
    const { rawRoot, run } = await source(context);
    const controller = new AbortController();
    const progress = ({ message }: { message: string }) => {
      if (message.startsWith('Writing')) controller.abort();
    };
    await assert.rejects(run({ signal: controller.signal, progress }), { name: 'AbortError' });
    assert.deepEqual(await readdir(rawRoot), []);
  });

  it('writes nothing in a dry run, and finds out the same', async (context) => {
    const { rawRoot, run } = await source(context);
    const dry = await run({ dryRun: true });
    await assert.rejects(readdir(rawRoot), { code: 'ENOENT' });
    const real = await run();
    assert.deepEqual(dry, real);
  });

  it('reports progress up to the last case', async (context) => {
    const { run } = await source(context);
    const seen: string[] = [];
    await run({ progress: ({ done, total, message }) => seen.push(`${message.split(' ')[0]} ${done}/${total}`) });
    assert.equal(seen.at(-1), 'Writing 3/3');
  });
});
