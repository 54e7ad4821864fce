import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { keysInFileOrder, parseJson } from '../../../../src/method/jsonReader';
import { editNames } from '../../../../src/dataset/importers/givenNames';
import { checkName, parseNames, suggestName } from '../../../../src/vscode/commands/datasetNames';
import { freeFolder } from '../../../../src/storage/freeFolder';
import { scratchFolder } from '../../dataset/scratch';

describe('names of a new dataset', () => {
  it('come from the nearest folder that says something', () => {
    assert.equal(suggestName('/data/Liver CT/images'), 'LiverCT');
    assert.equal(suggestName('/data/hearts/imagesTr/a_0000.nii.gz'), 'hearts');
    assert.equal(suggestName('/'), 'MyDataset');
  });

  it('are refused where nnU-Net could not use them', () => {
    assert.equal(checkName('Liver_2'), undefined);
    for (const name of ['', 'my liver', 'a__b', '../x']) assert.ok(checkName(name), name);
  });

  it('must be as many as there are channels or labels', () => {
    assert.deepEqual(parseNames(' liver, tumour ', 2), { names: ['liver', 'tumour'] });
    for (const text of ['liver', 'liver, liver', 'liver,', '1, 2']) assert.ok(parseNames(text, 2).problem, text);
  });

  it('change in dataset.json without touching the rest', () => {
    const before =
      '{\n    "channel_names": { "0": "channel" },\n    "labels": { "background": 0, "label_1": 1, "ignore": 2 },\n    "note": 1.0\n}\n';
    const after = editNames(before, { channels: ['CT'], labels: ['liver'] });
    const json = parseJson(after) as { channel_names: object; labels: object };
    assert.deepEqual({ ...json.channel_names }, { 0: 'CT' });
    assert.deepEqual({ ...json.labels }, { background: 0, liver: 1, ignore: 2 });
    assert.deepEqual(keysInFileOrder(json.labels), ['background', 'liver', 'ignore']);
    assert.match(after, /"note": 1\.0\n/);
  });
});

describe('folders for predictions', () => {
  it('never overwrite earlier ones', async (context) => {
    const folder = join(await scratchFolder(context), '3d_fullres');
    assert.equal(await freeFolder(folder), folder);
    await mkdir(folder);
    await mkdir(`${folder}-2`);
    assert.equal(await freeFolder(folder), `${folder}-3`);
  });
});
