import assert from 'node:assert/strict';
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { Finding } from '../../../../src/dataset/findings';
import type { DatasetReference } from '../../../../src/dataset/references';
import { rootsBelow } from '../../../../src/dataset/roots';
import { Catalog } from '../../../../src/vscode/catalog/catalog';
import { scratchFolder } from '../../dataset/scratch';

const name = 'Dataset001_Test';

interface Opened {
  folder: string;
  file: string;
  text: string;
  catalog: Catalog;
  dataset: DatasetReference;
  codes(): Promise<string[]>;
}

/** A dataset whose files hold nothing: only names are looked at. */
async function opened(context: TestContext): Promise<Opened> {
  const root = await scratchFolder(context);
  const folder = join(root, 'nnUNet_raw', name);
  for (const part of ['imagesTr', 'labelsTr']) await mkdir(join(folder, part), { recursive: true });
  for (const id of ['a', 'b', 'c']) {
    await writeFile(join(folder, 'imagesTr', `${id}_0000.nii.gz`), '');
    await writeFile(join(folder, 'labelsTr', `${id}.nii.gz`), '');
  }
  const file = join(folder, 'dataset.json');
  const json = {
    channel_names: { 0: 'CT' },
    labels: { background: 0, liver: 1, tumour: 2 },
    numTraining: 3,
    file_ending: '.nii.gz',
  };
  await writeFile(file, JSON.stringify(json, undefined, 4));
  const catalog = new Catalog(rootsBelow(root));
  context.after(() => catalog.dispose());
  const dataset = (await catalog.datasets())[0]!;
  const codes = async (): Promise<string[]> =>
    (await catalog.findings(dataset)).map(({ code, values = [] }) => [code, ...values].join(' '));
  return { folder, file, text: await readFile(file, 'utf8'), catalog, dataset, codes };
}

const undeclared = (id: string, values: number[]): Finding => {
  const file = `labelsTr/${id}.nii.gz`;
  return { case: id, file, code: 'label-undeclared', severity: 'error', message: '', values };
};

describe('findings', () => {
  it('are of the text in the editor until it is saved or closed', async (context) => {
    const { catalog, dataset, text, codes } = await opened(context);
    assert.deepEqual(await codes(), []);
    const told: (string | undefined)[] = [];
    catalog.onDidChange((change) => told.push(change.dataset));
    catalog.setUnsaved(dataset, text.replace('3', '99'));
    assert.deepEqual(await codes(), ['num-training']);
    assert.match((await catalog.raw(dataset)).text, /99/);
    catalog.setUnsaved(dataset, undefined);
    assert.deepEqual(await codes(), []);
    catalog.setUnsaved(dataset, undefined);
    assert.deepEqual(told, [name, name]);
  });

  it('name the line of a missing comma while the cases stay what they were', async (context) => {
    const { catalog, dataset, text } = await opened(context);
    catalog.setUnsaved(dataset, text.replace('"liver": 1,', '"liver": 1'));
    const [found] = await catalog.findings(dataset);
    const line = text.split('\n').findIndex((one) => one.includes('liver')) + 1;
    assert.equal(found!.message, `Comma missing after line ${line}. Add it.`);
    assert.equal(found!.line, line);
    assert.equal((await catalog.raw(dataset)).cases.length, 3);
  });

  it('of a full check go when dataset.json is corrected, by an editor or another program', async (context) => {
    const { catalog, dataset, file, text, codes } = await opened(context);
    const never: Finding = {
      ...{ file: 'dataset.json', line: 5, column: 9, code: 'label-never-occurs', severity: 'warning', message: '' },
      values: [2],
    };
    const count: Finding = { case: 'c', code: 'channel-count', severity: 'error', message: '' };
    await catalog.setFindings(dataset, [undeclared('a', [3, 4]), undeclared('b', [3]), never, count]);
    const all = ['label-undeclared 3 4', 'label-undeclared 3', 'label-never-occurs 2', 'channel-count'];
    assert.deepEqual(await codes(), all);
    catalog.setUnsaved(dataset, text.replace('"tumour": 2', '"tumour": 2, "label_3": 3'));
    assert.deepEqual(await codes(), ['label-undeclared 4', 'label-never-occurs 2', 'channel-count']);
    const [partly] = await catalog.findings(dataset);
    assert.match(partly!.message, /does not declare: 4$/);
    // A text that makes no sense just now has corrected nothing.
    catalog.setUnsaved(dataset, '{');
    assert.deepEqual((await codes()).slice(1), all);
    catalog.setUnsaved(dataset, undefined);
    await writeFile(file, text.replace(/,\s*"tumour": 2/, '').replace('"CT"', '"zscore"'));
    await catalog.look();
    assert.deepEqual(await codes(), ['label-undeclared 3 4', 'label-undeclared 3']);
  });

  it('of a full check go with the cases that are no longer trained with, and with masks that were rewritten', async (context) => {
    const { catalog, dataset, folder, text, codes } = await opened(context);
    await catalog.setFindings(dataset, [undeclared('a', [3]), undeclared('b', [4]), undeclared('c', [5])]);
    const listed = ['a', 'b'].map((id) => {
      return [id, { images: [`imagesTr/${id}_0000.nii.gz`], label: `labelsTr/${id}.nii.gz` }];
    });
    const json = JSON.parse(text) as object;
    catalog.setUnsaved(dataset, JSON.stringify({ ...json, numTraining: 2, dataset: Object.fromEntries(listed) }));
    assert.deepEqual(await codes(), ['label-undeclared 3', 'label-undeclared 4']);
    await utimes(join(folder, 'labelsTr', 'a.nii.gz'), new Date(), new Date(Date.now() + 5000));
    await catalog.look();
    assert.deepEqual(await codes(), ['label-undeclared 4']);
  });
});
