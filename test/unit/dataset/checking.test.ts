import assert from 'node:assert/strict';
import { copyFile, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { checkDataset } from '../../../src/dataset/checkDataset';
import { asPatients, brief, editJson, goodDataset } from './brokenDatasets';
import { oblique, writeSmall, writeText } from './scratch';

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
    found: ['image-without-channel error b imagesTr/b.nii.gz'],
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
    name: 'a missing numTraining',
    plant: (d) => editJson(d, (json) => delete json.numTraining),
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
    found: ['dataset-json-background error  dataset.json', 'num-training error  dataset.json'],
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
    name: 'patient numbers where the channel number belongs',
    plant: asPatients,
    found: ['1', '2', '3'].map((n) => `image-without-channel error P_000${n} imagesTr/P_000${n}.nii.gz`),
  },
  {
    name: 'an ending in capital letters, and one that is not compressed',
    plant: async (d) => {
      await rename(join(d, 'imagesTr/a_0000.nii.gz'), join(d, 'imagesTr/a_0000.NII.GZ'));
      await writeText(join(d, 'imagesTr/x_0000.nii'), '');
    },
    found: [
      'num-training error  dataset.json',
      'wrong-ending error  imagesTr/a_0000.NII.GZ',
      'wrong-ending error  imagesTr/x_0000.nii',
      'image-missing error a labelsTr/a.nii.gz',
    ],
  },
  {
    name: 'backslashes in lists of files',
    plant: (d) =>
      editJson(d, (json) => {
        json.dataset = Object.fromEntries(
          ['a', 'b', 'c'].map((id) => [
            id,
            { images: [`imagesTr\\${id}_0000.nii.gz`], label: `labelsTr/${id}.nii.gz` },
          ]),
        );
      }),
    found: process.platform === 'win32' ? [] : ['path-backslash error  dataset.json'],
  },
  {
    name: 'an order of regions that contradicts the labels',
    plant: (d) =>
      editJson(d, (json) =>
        Object.assign(json, { labels: { background: 0, liver: [1, 2], tumour: 2 }, regions_class_order: [2, 1] }),
      ),
    found: ['regions-order error  dataset.json'],
  },
  {
    name: 'two names for one value',
    plant: (d) => editJson(d, (json) => (json.labels = { background: 0, liver: 1, tumour: 2, again: 2 })),
    found: ['dataset-json-same-value error  dataset.json'],
  },
  {
    name: 'a label that occurs in no case',
    plant: (d) => editJson(d, (json) => (json.labels = { background: 0, liver: 1, tumour: 2, cyst: 3 })),
    found: ['label-never-occurs warning  dataset.json'],
  },
  {
    name: 'labels without any foreground',
    plant: async (d) => {
      for (const id of ['a', 'b', 'c']) await writeSmall(join(d, `labelsTr/${id}.nii.gz`), () => 0);
    },
    found: [
      'no-foreground error  labelsTr',
      ...['a', 'b', 'c'].map((id) => `label-empty warning ${id} labelsTr/${id}.nii.gz`),
    ],
  },
  {
    name: 'slices that do not lie along x and y',
    plant: async (d) => {
      const geometry = { ...oblique, spacing: [1, 1, 1] };
      await writeSmall(join(d, 'imagesTr/b_0000.nii.gz'), (i) => i, { shape: [20, 1, 6], type: 'int16', geometry });
      await writeSmall(join(d, 'labelsTr/b.nii.gz'), (i) => i % 3, { shape: [20, 1, 6], geometry });
    },
    found: ['slice-axis error b imagesTr/b_0000.nii.gz'],
  },
  {
    name: 'letters that are not UTF-8',
    plant: async (d) => {
      const text = await readFile(join(d, 'dataset.json'), 'utf8');
      await writeFile(join(d, 'dataset.json'), Buffer.from(text.replace('liver', 'l\u00e9ber'), 'latin1'));
    },
    found: ['json-encoding error  dataset.json'],
  },
  {
    name: 'a key that stands twice',
    plant: async (d) => {
      const text = await readFile(join(d, 'dataset.json'), 'utf8');
      await writeFile(join(d, 'dataset.json'), text.replace('"tumour"', '"liver"'));
    },
    found: ['json-repeated-key error  dataset.json'],
  },
  {
    name: 'folds that name files, share cases and leave one out',
    plant: (d) =>
      writeText(join(d, 'splits_final.json'), [
        { train: ['a.nii.gz'], val: ['b.nii.gz'] },
        { train: ['a', 'b'], val: ['b'] },
      ]),
    found: [
      'split-unknown-case error  splits_final.json',
      'split-overlap warning  splits_final.json',
      'split-unused warning  splits_final.json',
    ],
  },
  {
    name: 'a splits_final.json that is none',
    plant: (d) => writeText(join(d, 'splits_final.json'), "[{'train': ['a']}]"),
    found: ['json-invalid error  splits_final.json'],
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

  it('says where a numTraining stands that is no number', async (context) => {
    const folder = await goodDataset(context);
    await editJson(folder, (json) => (json.numTraining = 'three'));
    const [finding] = (await checkDataset(folder)).findings;
    assert.deepEqual([finding!.line, finding!.fix], [10, 'Set numTraining to 3']);
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
