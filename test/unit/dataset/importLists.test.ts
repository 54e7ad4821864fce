/** Lists of cases in dataset.json: one entry per channel, several images per entry, equal names, entries that don't hold. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { importDataset } from '../../../src/dataset/importers/importDataset';
import { readScan } from '../../../src/dataset/scans';
import { filesBelow, importPlaces, writeSmall, writeText } from './scratch';

const patients = ['B_001', 'B_002', 'B_003'];
const channels = ['0000', '0001', '0002'];
const labels = { 0: 'background', 1: 'tumour' };

/** Every voxel of channel c holds c. */
async function writeChannels(source: string, numbers: readonly string[] = channels): Promise<void> {
  for (const id of patients) {
    for (const [c, number] of numbers.entries())
      await writeSmall(join(source, `imagesTr/${id}_${number}.nii.gz`), () => c);
    await writeSmall(join(source, `labelsTr/${id}.nii.gz`), (i) => i % 2);
  }
}

function entries(numbers: readonly string[] = channels) {
  return patients.flatMap((id) =>
    numbers.map((number) => ({ image: `./imagesTr/${id}_${number}.nii.gz`, label: `./labelsTr/${id}.nii.gz` })),
  );
}

describe('a list with one entry per channel', () => {
  const modality = { 0: 'T1', 1: 'T2', 2: 'FLAIR' };

  it('becomes one case with all channels, in their order', async (context) => {
    const { source, run } = await importPlaces(context);
    await writeChannels(source);
    await writeText(join(source, 'dataset.json'), { modality, labels, training: entries().reverse() });
    const result = await run();
    assert.deepEqual(result.cases.sort(), patients);
    assert.equal(result.datasetJson.numTraining, 3);
    assert.deepEqual(Object.values(result.datasetJson.channel_names), ['T1', 'T2', 'FLAIR']);
    const files = await filesBelow(join(result.folder, 'imagesTr'));
    assert.equal(files.length, 9);
    for (const [c, number] of channels.entries()) {
      assert.equal((await readScan(join(result.folder, `imagesTr/B_002_${number}.nii.gz`))).data[0], c);
    }
    assert.match(result.report.join('\n'), /9 entries are 3 cases of 3 channels/);
    assert.deepEqual(result.unused, []);
  });

  it('is refused where the channels named are others', async (context) => {
    const { source, run } = await importPlaces(context);
    await writeChannels(source);
    await writeText(join(source, 'dataset.json'), { modality: { 0: 'T1' }, labels, training: entries() });
    await assert.rejects(run(), {
      code: 'task-json-channels',
      message: /3 entries have the same label .*names 1 channel/,
    });
  });

  it('is refused where channel numbers have a gap', async (context) => {
    const { source, run } = await importPlaces(context);
    const gap = ['0000', '0001', '0003'];
    await writeChannels(source, gap);
    await writeText(join(source, 'dataset.json'), { modality, labels, training: entries(gap) });
    await assert.rejects(run(), { code: 'task-json-channels', message: /0000, 0001, 0003/ });
  });

  it('leaves out the case that lacks a channel', async (context) => {
    const { source, run } = await importPlaces(context);
    await writeChannels(source);
    await writeText(join(source, 'dataset.json'), { modality, labels, training: entries().slice(1) });
    const result = await run();
    assert.deepEqual(result.cases, ['B_002', 'B_003']);
    assert.deepEqual(
      result.unused.map(({ file, code }) => `${code} ${file}`),
      [
        'not-listed imagesTr/B_001_0000.nii.gz',
        'channel-count imagesTr/B_001_0001.nii.gz',
        'channel-count imagesTr/B_001_0002.nii.gz',
        'channel-count labelsTr/B_001.nii.gz',
      ],
    );
  });

  it('is no such list where two scans were given the label of one', async (context) => {
    const { source, run } = await importPlaces(context);
    await writeChannels(source, ['0000']);
    const [first, ...others] = entries(['0000']);
    const training = [first!, ...others.map((one, i) => (i === 0 ? { ...one, label: first!.label } : one))];
    await writeText(join(source, 'dataset.json'), { modality: { 0: 'T1' }, labels, training });
    const result = await run();
    assert.deepEqual(result.cases, ['B_003_0000']);
    assert.match(result.refused[0]!.why, /listed for several images: .*B_001_0000.*B_002_0000/);
  });
});

describe('a list of images per case', () => {
  it('is read as MONAI writes it, with folders for names', async (context) => {
    const { source, run } = await importPlaces(context);
    const training = [];
    for (const id of ['case1', 'case2']) {
      for (const name of ['t1', 't2'])
        await writeSmall(join(source, id, `${name}.nii.gz`), () => (name === 't1' ? 1 : 2));
      await writeSmall(join(source, id, 'label.nii.gz'), (i) => i % 2);
      training.push({ fold: 0, image: [`${id}/t2.nii.gz`, `${id}/t1.nii.gz`], label: `${id}/label.nii.gz` });
    }
    await writeText(join(source, 'dataset.json'), {
      training: training.slice(1),
      validation: training.slice(0, 1),
      testing: [],
    });
    const result = await run();
    assert.deepEqual(result.cases.sort(), ['case1', 'case2']);
    assert.deepEqual(Object.values(result.datasetJson.channel_names), ['T2', 'T1']);
    assert.equal((await readScan(join(result.folder, 'imagesTr/case1_0000.nii.gz'))).data[0], 2);
    assert.match(result.report.join('\n'), /folds .* not taken over/);
    assert.match(result.report.join('\n'), /Validation cases .* became training cases/);
  });

  it('gives equal names of different folders different case names', async (context) => {
    const { source, run } = await importPlaces(context);
    const training = [];
    for (const id of ['A/1', 'A/2', 'B/1']) {
      await writeSmall(join(source, id, 'image.nii.gz'), (i) => i);
      await writeSmall(join(source, id, 'label.nii.gz'), (i) => i % 2);
      training.push({ image: `${id}/image.nii.gz`, label: `${id}/label.nii.gz` });
    }
    await writeText(join(source, 'dataset.json'), { training });
    const result = await run();
    assert.deepEqual(result.cases, ['A_1', 'A_2', 'B_1']);
    assert.equal((await filesBelow(join(result.folder, 'labelsTr'))).length, 3);
  });
});

describe('entries of a list', () => {
  it('are taken once where they are there twice, and found however the path is written', async (context) => {
    const { source, run } = await importPlaces(context);
    const names = ['Müller 1', 'x', 'y', 'z'];
    for (const name of names) {
      await writeSmall(join(source, `imagesTr/${name.normalize('NFD')}.nii.gz`), (i) => i);
      await writeSmall(join(source, `labelsTr/${name.normalize('NFD')}.nii.gz`), (i) => i % 2);
    }
    await writeSmall(join(source, 'labelsTr/z2.nii.gz'), (i) => i % 2);
    const training = [
      { image: './imagesTr/Müller 1.nii.gz', label: './labelsTr/Müller 1.nii.gz' },
      { image: 'imagesTr\\x.nii.gz', label: 'labelsTr\\x.nii.gz' },
      { image: join(source, 'imagesTr/y.nii.gz'), label: join(source, 'labelsTr/y.nii.gz') },
      { image: 'imagesTr/x.nii.gz', label: './labelsTr/x.nii.gz' },
      { image: 'imagesTr/z.nii.gz', label: './labelsTr/z.nii.gz' },
      { image: 'imagesTr/z.nii.gz', label: './labelsTr/z2.nii.gz' },
    ];
    await writeText(join(source, 'dataset.json'), { modality: { 0: 'CT' }, labels, training });
    const result = await run();
    assert.deepEqual(result.cases, ['Müller_1', 'x', 'y', 'z']);
    assert.match(result.report.join('\n'), /more than once; it was taken once: imagesTr\/x.nii.gz \(2 times\)/);
    assert.deepEqual(
      result.unused.map(({ file, code }) => `${code} ${file}`),
      ['label-shared labelsTr/z2.nii.gz'],
    );
  });

  it('that name a case are refused where its channels have a gap', async (context) => {
    const { source, run } = await importPlaces(context);
    for (const file of ['a_0000', 'a_0001', 'b_0001', 'b_0002'])
      await writeSmall(join(source, `imagesTr/${file}.nii.gz`), (i) => i);
    for (const file of ['a', 'b']) await writeSmall(join(source, `labelsTr/${file}.nii.gz`), (i) => i % 2);
    const training = ['a', 'b'].map((id) => ({ image: `./imagesTr/${id}.nii.gz`, label: `./labelsTr/${id}.nii.gz` }));
    await writeText(join(source, 'dataset.json'), { modality: { 0: 'T1', 1: 'T2' }, labels, training });
    const result = await run();
    assert.deepEqual(result.cases, ['a']);
    assert.deepEqual(
      result.refused.map(({ code }) => code),
      ['channel-numbers'],
    );
    const json = { modality: { 0: 'T1', 1: 'T2' }, labels, training: training.slice(1) };
    await writeText(join(source, 'dataset.json'), json);
    await assert.rejects(run(), { code: 'import-all-refused', message: /numbered 1, 2/ });
  });

  it('of a test keep their labels', async (context) => {
    const { source, run } = await importPlaces(context);
    for (const id of ['a', 't']) {
      await writeSmall(join(source, `images/${id}.nii.gz`), (i) => i);
      await writeSmall(join(source, `labels/${id}.nii.gz`), (i) => i % 2);
    }
    const entry = (id: string) => ({ image: `images/${id}.nii.gz`, label: `labels/${id}.nii.gz` });
    await writeText(join(source, 'dataset.json'), { training: [entry('a')], test: [entry('t')] });
    const result = await run();
    assert.deepEqual(await filesBelow(join(result.folder, 'labelsTs')), [`${result.testCases[0]}.nii.gz`]);
    assert.deepEqual(result.unused, []);
  });
});

describe('importing an nnU-Net v2 dataset whose dataset.json does not fit', () => {
  const json = { channel_names: { 0: 'CT' }, labels: { background: 0, a: 1 }, file_ending: '.nii.gz', licence: 'mine' };

  it('counts the cases itself and writes lists so that they hold in the new place', async (context) => {
    const { folder, rawRoot } = await importPlaces(context);
    const source = join(folder, 'elsewhere/Dataset042_Lists');
    for (const id of ['a', 'b']) {
      await writeSmall(join(source, `imagesTr/${id}_0000.nii.gz`), (i) => i);
      await writeSmall(join(source, `labelsTr/${id}.nii.gz`), (i) => i % 2);
    }
    await writeSmall(join(folder, 'elsewhere/c.nii.gz'), (i) => i % 2);
    const dataset = {
      b: { images: ['imagesTr\\b_0000.nii.gz'], label: '../Dataset042_Lists/labelsTr/b.nii.gz' },
      a: { images: [join(source, 'imagesTr/a_0000.nii.gz')], label: '../c.nii.gz' },
    };
    await writeText(join(source, 'dataset.json'), { ...json, numTraining: 7, dataset });
    const result = await importDataset(source, { rawRoot, id: 43, name: 'Other' });
    const written = JSON.parse(await readFile(join(result.folder, 'dataset.json'), 'utf8'));
    assert.equal(written.numTraining, 2);
    assert.equal(written.licence, 'mine');
    assert.deepEqual(written.dataset, {
      b: { images: ['imagesTr/b_0000.nii.gz'], label: 'labelsTr/b.nii.gz' },
      a: { images: ['imagesTr/a_0000.nii.gz'], label: join(folder, 'elsewhere/c.nii.gz') },
    });
    await writeText(join(source, 'dataset.json'), {
      ...json,
      dataset: { a: { images: ['no.nii.gz'], label: 'no.nii.gz' } },
    });
    await assert.rejects(importDataset(source, { rawRoot }), { code: 'import-files-missing' });
  });

  it('gives images without a channel number one', async (context) => {
    const { folder, rawRoot } = await importPlaces(context);
    const source = join(folder, 'Dataset008_Pid');
    const ids = ['PID_0001', 'PID_0002', 'PID_0003'];
    for (const id of ids) {
      await writeSmall(join(source, `imagesTr/${id}.nii.gz`), (i) => i);
      await writeSmall(join(source, `labelsTr/${id}.nii.gz`), (i) => i % 2);
    }
    await writeText(join(source, 'dataset.json'), { ...json, numTraining: 3 });
    const result = await importDataset(source, { rawRoot });
    assert.equal(result.id, 8);
    assert.deepEqual(result.cases, ids);
    assert.deepEqual(result.datasetJson.labels, { background: 0, a: 1 });
    assert.equal(result.datasetJson.licence, 'mine');
    assert.deepEqual(
      await filesBelow(join(result.folder, 'imagesTr')),
      ids.map((id) => `${id}_0000.nii.gz`),
    );
  });

  it('takes what it can from one that is no list and names no channels, and says so', async (context) => {
    const { source, run } = await importPlaces(context);
    for (const id of ['a', 'b']) {
      await writeSmall(join(source, `imagesTr/${id}_0000.nii.gz`), (i) => i);
      await writeSmall(join(source, `labelsTr/${id}.nii.gz`), (i) => i % 2);
    }
    await writeText(join(source, 'dataset.json'), { channels: { 0: 'CT' }, labels: { background: 0, liver: 1 } });
    const named = await run();
    assert.deepEqual(named.datasetJson.labels, { background: 0, liver: 1 });
    assert.match(named.report.join('\n'), /names no channels or no file ending/);
    await writeText(join(source, 'dataset.json'), { participants: 2 });
    assert.match((await run()).report.join('\n'), /neither labels nor a list of cases: it was not used/);
  });
});
