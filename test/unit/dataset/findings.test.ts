import assert from 'node:assert/strict';
import { copyFile, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type Finding, checkDataset } from '../../../src/dataset/findings';
import { fixDataset } from '../../../src/dataset/fixDataset';
import { readScan, readScanHeader } from '../../../src/dataset/scans';
import { filesBelow, oblique, scratchFolder, writeGoodDataset, writeSmall, writeText } from './scratch';

async function goodDataset(context: TestContext): Promise<string> {
  const folder = join(await scratchFolder(context), 'Dataset001_Test');
  await writeGoodDataset(folder);
  return folder;
}

async function editJson(folder: string, edit: (json: Record<string, unknown>) => void): Promise<void> {
  const file = join(folder, 'dataset.json');
  const json = JSON.parse(await readFile(file, 'utf8'));
  edit(json);
  await writeFile(file, JSON.stringify(json, null, 4));
}

const brief = ({ code, severity, case: id, file }: Finding) => [code, severity, id ?? '', file ?? ''].join(' ');

/** What is planted, and the findings it must give. */
const planted: { name: string; plant: (folder: string) => Promise<unknown>; found: string[] }[] = [
  {
    name: 'a missing label',
    plant: (d) => rm(join(d, 'labelsTr/b.nii.gz')),
    found: ['label-missing error b labelsTr/b.nii.gz'],
  },
  {
    name: 'a missing image',
    plant: (d) => rm(join(d, 'imagesTr/b_0000.nii.gz')),
    found: ['num-training error  dataset.json', 'image-missing error b labelsTr/b.nii.gz'],
  },
  {
    name: 'a missing channel',
    plant: (d) => rename(join(d, 'imagesTr/b_0000.nii.gz'), join(d, 'imagesTr/b_0001.nii.gz')),
    found: ['channel-missing error b imagesTr/b_0000.nii.gz'],
  },
  {
    name: 'a channel too many',
    plant: (d) => copyFile(join(d, 'imagesTr/b_0000.nii.gz'), join(d, 'imagesTr/b_0001.nii.gz')),
    found: ['channel-count error b imagesTr/b_0000.nii.gz'],
  },
  {
    name: 'a label of another shape',
    plant: (d) => writeSmall(join(d, 'labelsTr/b.nii.gz'), (i) => i % 3, { shape: [5, 4, 6] }),
    found: ['shape-mismatch error b labelsTr/b.nii.gz'],
  },
  {
    name: 'a label of another spacing',
    plant: (d) =>
      writeSmall(join(d, 'labelsTr/b.nii.gz'), (i) => i % 3, { geometry: { ...oblique, spacing: [0.8, 0.9, 3] } }),
    found: ['spacing-mismatch error b labelsTr/b.nii.gz'],
  },
  {
    name: 'a label at another place',
    plant: (d) =>
      writeSmall(join(d, 'labelsTr/b.nii.gz'), (i) => i % 3, { geometry: { ...oblique, origin: [0, 0, 0] } }),
    found: ['geometry-mismatch warning b labelsTr/b.nii.gz'],
  },
  {
    name: 'a label of another direction',
    plant: (d) =>
      writeSmall(join(d, 'labelsTr/b.nii.gz'), (i) => i % 3, {
        geometry: { ...oblique, direction: [-0.96, -0.28, 0, -0.28, 0.96, 0, 0, 0, 1] },
      }),
    found: ['geometry-mismatch warning b labelsTr/b.nii.gz'],
  },
  {
    name: 'undeclared label values',
    plant: (d) => writeSmall(join(d, 'labelsTr/b.nii.gz'), (i) => i % 5),
    found: ['label-undeclared error b labelsTr/b.nii.gz'],
  },
  {
    name: 'label values that are not whole',
    plant: (d) => writeSmall(join(d, 'labelsTr/b.nii.gz'), (i) => (i % 2 ? 0.5 : 1), { type: 'float32' }),
    found: ['label-not-integer error b labelsTr/b.nii.gz'],
  },
  {
    name: 'NaN in a label',
    plant: (d) => writeSmall(join(d, 'labelsTr/b.nii.gz'), (i) => (i === 3 ? NaN : i % 2), { type: 'float32' }),
    found: ['label-not-finite error b labelsTr/b.nii.gz'],
  },
  {
    name: 'an empty label',
    plant: (d) => writeSmall(join(d, 'labelsTr/b.nii.gz'), () => 0),
    found: ['label-empty warning b labelsTr/b.nii.gz'],
  },
  {
    name: 'NaN in an image',
    plant: (d) => writeSmall(join(d, 'imagesTr/b_0000.nii.gz'), (i) => (i === 7 ? NaN : i), { type: 'float32' }),
    found: ['not-finite error b imagesTr/b_0000.nii.gz'],
  },
  {
    name: 'infinity in an image',
    plant: (d) => writeSmall(join(d, 'imagesTr/b_0000.nii.gz'), (i) => (i === 7 ? Infinity : i), { type: 'float32' }),
    found: ['not-finite error b imagesTr/b_0000.nii.gz'],
  },
  {
    name: 'an image of one value',
    plant: (d) => writeSmall(join(d, 'imagesTr/b_0000.nii.gz'), () => 5),
    found: ['constant-image warning b imagesTr/b_0000.nii.gz'],
  },
  {
    name: 'the same image twice',
    plant: (d) => copyFile(join(d, 'imagesTr/a_0000.nii.gz'), join(d, 'imagesTr/b_0000.nii.gz')),
    found: ['duplicate-images warning b '],
  },
  {
    name: 'a file that is no image',
    plant: (d) => writeFile(join(d, 'imagesTr/b_0000.nii.gz'), 'not an image at all'),
    found: ['unreadable error b imagesTr/b_0000.nii.gz'],
  },
  {
    name: 'a label named like an image',
    plant: (d) => rename(join(d, 'labelsTr/b.nii.gz'), join(d, 'labelsTr/b_0000.nii.gz')),
    found: ['label-channel-suffix error b labelsTr/b_0000.nii.gz'],
  },
  {
    name: 'an image without channel number',
    plant: (d) => rename(join(d, 'imagesTr/b_0000.nii.gz'), join(d, 'imagesTr/b.nii.gz')),
    found: [
      'num-training error  dataset.json',
      'image-without-channel error b imagesTr/b.nii.gz',
      'image-missing error b labelsTr/b.nii.gz',
    ],
  },
  {
    name: 'files of another format, and others',
    plant: async (d) => {
      await writeText(join(d, 'imagesTr/x_0000.nrrd'), '');
      await writeText(join(d, 'labelsTr/notes.txt'), '');
    },
    found: ['wrong-ending error  imagesTr/x_0000.nrrd', 'extra-file warning  labelsTr/notes.txt'],
  },
  {
    name: 'a wrong numTraining',
    plant: (d) => editJson(d, (json) => (json.numTraining = 260)),
    found: ['num-training error  dataset.json'],
  },
  {
    name: 'a missing background',
    plant: (d) => editJson(d, (json) => (json.labels = { liver: 1, tumour: 2 })),
    found: ['dataset-json-background error  dataset.json'],
  },
  {
    name: 'labels with a gap',
    plant: (d) => editJson(d, (json) => (json.labels = { background: 0, liver: 1, tumour: 2, cyst: 4 })),
    found: ['dataset-json-consecutive error  dataset.json'],
  },
  {
    name: 'an ignore label that is not the highest',
    plant: (d) => editJson(d, (json) => (json.labels = { background: 0, liver: 1, tumour: 2, ignore: 5 })),
    found: ['dataset-json-ignore error  dataset.json'],
  },
  {
    name: 'two mistakes in dataset.json at once',
    plant: (d) => editJson(d, (json) => Object.assign(json, { labels: { liver: 1, tumour: 2 }, numTraining: 'three' })),
    found: [
      'dataset-json-background error  dataset.json',
      'dataset-json-num-training error  dataset.json',
      'num-training error  dataset.json',
    ],
  },
  {
    name: 'a wrong file_ending',
    plant: (d) => editJson(d, (json) => (json.file_ending = '.nrrd')),
    found: [
      'no-training-cases error  imagesTr',
      ...['a', 'b', 'c'].flatMap((id) => [
        `wrong-ending error  imagesTr/${id}_0000.nii.gz`,
        `wrong-ending error  labelsTr/${id}.nii.gz`,
      ]),
    ].sort(),
  },
  {
    name: 'no dataset.json',
    plant: (d) => rm(join(d, 'dataset.json')),
    found: ['dataset-json-missing error  dataset.json'],
  },
];

describe('checking a dataset', () => {
  it('finds nothing wrong with a good one', async (context) => {
    const folder = await goodDataset(context);
    const seen: number[] = [];
    const result = await checkDataset(folder, { progress: (done, total) => seen.push(done / total) });
    assert.deepEqual(result, { cases: 3, findings: [] });
    assert.equal(seen.at(-1), 1);
  });

  for (const { name, plant, found } of planted) {
    it(`finds ${name}`, async (context) => {
      const folder = await goodDataset(context);
      await plant(folder);
      const { findings } = await checkDataset(folder);
      const seen = findings.map(brief);
      assert.deepEqual(name.includes('file_ending') ? seen.sort() : seen, found);
    });
  }

  it('gives line and column of mistakes in dataset.json', async (context) => {
    const folder = await goodDataset(context);
    await writeText(join(folder, 'dataset.json'), '{\n    "numTraining": 3,\n    // a comment\n}');
    const [syntax] = (await checkDataset(folder)).findings;
    assert.deepEqual([syntax!.code, syntax!.line, syntax!.column], ['json-comment', 3, 5]);
    await writeText(
      join(folder, 'dataset.json'),
      '{\n    "channel_names": {"0": "CT"},\n    "labels": {\n        "background": 0,\n        "x": -1\n    },\n    "numTraining": 3,\n    "file_ending": ".nii.gz"\n}',
    );
    const [rule] = (await checkDataset(folder)).findings;
    assert.deepEqual([rule!.code, rule!.line, rule!.column], ['dataset-json-labels', 5, 9]);
  });

  it('can be cancelled', async (context) => {
    const folder = await goodDataset(context);
    await assert.rejects(checkDataset(folder, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  });

  it('takes an image whose one file holds all channels', async (context) => {
    const folder = await goodDataset(context);
    await editJson(folder, (json) => (json.channel_names = { 0: 'A', 1: 'B' }));
    const { findings } = await checkDataset(folder);
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['channel-count', 'channel-count', 'channel-count'],
    );
  });
});

describe('fixing a dataset', () => {
  async function fix(folder: string) {
    const before = await checkDataset(folder);
    const result = await fixDataset(folder, before.findings);
    return { before, result, after: await checkDataset(folder) };
  }

  it('sets numTraining and keeps the rest of the text and the original file', async (context) => {
    const folder = await goodDataset(context);
    await editJson(folder, (json) => (json.numTraining = 260));
    const text = await readFile(join(folder, 'dataset.json'), 'utf8');
    const { result, after } = await fix(folder);
    assert.deepEqual(after.findings, []);
    assert.equal(await readFile(join(folder, 'dataset.json'), 'utf8'), text.replace('260', '3'));
    assert.equal(await readFile(result.fixed[0]!.original, 'utf8'), text);
    assert.match(result.backupFolder!, /\.originals-\d{4}-\d\d-\d\dT[\d-]+$/);
  });

  it('adds a missing background', async (context) => {
    const folder = await goodDataset(context);
    await editJson(folder, (json) => (json.labels = { liver: 1, tumour: 2 }));
    assert.deepEqual((await fix(folder)).after.findings, []);
  });

  it('renames labels and images with wrong names', async (context) => {
    const folder = await goodDataset(context);
    await rename(join(folder, 'labelsTr/a.nii.gz'), join(folder, 'labelsTr/a_0000.nii.gz'));
    await rename(join(folder, 'imagesTr/b_0000.nii.gz'), join(folder, 'imagesTr/b.nii.gz'));
    const { result, after } = await fix(folder);
    assert.deepEqual(after.findings, []);
    assert.deepEqual(result.failed, []);
    assert.equal(await readFile(join(folder, 'dataset.json'), 'utf8').then((text) => JSON.parse(text).numTraining), 3);
  });

  it('rounds labels that are whole numbers but for rounding errors', async (context) => {
    const folder = await goodDataset(context);
    const file = join(folder, 'labelsTr/b.nii.gz');
    await writeSmall(file, (i) => (i % 3) + 1e-4, { type: 'float32' });
    const original = await readFile(file);
    const { result, after } = await fix(folder);
    assert.deepEqual(after.findings, []);
    assert.deepEqual([...(await readScan(file)).data].slice(0, 4), [0, 1, 2, 0]);
    assert.equal((await readScanHeader(file)).storedType, 'uint8');
    assert.deepEqual(await readFile(result.fixed[0]!.original), original);
    const files = await filesBelow(folder);
    assert.equal(files.filter((path) => path.startsWith('.originals')).length, 1);
    assert.equal(files.filter((path) => path.startsWith('labelsTr')).length, 3);
  });

  it('gives a label the grid of its image where they differ by rounding', async (context) => {
    const folder = await goodDataset(context);
    const shifted = { ...oblique, origin: oblique.origin.map((mm) => mm + 0.02) };
    await writeSmall(join(folder, 'labelsTr/b.nii.gz'), (i) => i % 3, { geometry: shifted });
    const { before, after } = await fix(folder);
    assert.deepEqual(
      before.findings.map(({ code }) => code),
      ['geometry-mismatch'],
    );
    assert.deepEqual(after.findings, []);
  });

  it('leaves alone what a person must decide', async (context) => {
    const folder = await goodDataset(context);
    await writeSmall(join(folder, 'labelsTr/b.nii.gz'), (i) => i % 5, { geometry: { ...oblique, origin: [0, 0, 0] } });
    const before = await filesBelow(folder);
    const { result } = await fix(folder);
    assert.deepEqual(result, { fixed: [], failed: [] });
    assert.deepEqual(await filesBelow(folder), before);
  });
});
