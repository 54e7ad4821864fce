import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { writeVolume } from '../../../src/images/write';
import type { LabelBox } from '../../../src/pipeline/prediction/predictPreview';
import {
  exportedSetName,
  exportedSetText,
  exportedSetTitle,
  readExportedSet,
} from '../../../src/pipeline/prediction/exportedSet';
import { examineImage } from '../../../src/pipeline/prediction/examineImage';
import type { ModelSet } from '../../../src/pipeline/prediction/setMembers';
import { predictOnce } from './predictOnce';
import { pointwise } from './tinyModel';
import { thresholdModel, toyMetadata, writeBall } from './toyModel';

const shape: [number, number, number] = [20, 18, 16];

describe('predicting one image with a set of networks', () => {
  let folder: string;
  let image: string;
  let voxels: Float32Array;
  const path = (name: string): string => join(folder, name);
  const labelsAbove = (threshold: number): Uint8Array =>
    Uint8Array.from(voxels, (value) => (value > threshold ? 1 : 0));
  const record = (members: Partial<ModelSet['members'][number]>[], postprocessing: ModelSet['postprocessing'] = []) => {
    const files = ['2d.onnx', '3d.onnx', 'coarse.onnx', 'fine.onnx'];
    const set = { members: members.map((one) => ({ model: '', isCounted: true, ...one })), postprocessing };
    const names = set.members.map(({ model }) => model);
    assert.ok(names.every((name) => files.includes(name)));
    fs.writeFileSync(path(exportedSetName), exportedSetText('Toys', set, names));
    return path(exportedSetName);
  };

  before(async () => {
    folder = fs.mkdtempSync(join(tmpdir(), 'nnunet set é-'));
    image = path('ball.nii.gz');
    voxels = await writeBall(image, shape);
    thresholdModel(path('2d.onnx'), 3.5, { patch: [8, 8] });
    thresholdModel(path('3d.onnx'), 6.2);
    thresholdModel(path('coarse.onnx'), 2.5);
    // Without the first stage's mask only 9 would be bright.
    const weights = [
      [0, 0],
      [1, 4],
    ];
    pointwise(path('fine.onnx'), weights, toyMetadata({ cascade: true }), { bias: [8.5, 0] });
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  it('averages their probabilities, as two of them say together', async () => {
    const model = record([{ model: '2d.onnx' }, { model: '3d.onnx' }]);
    // Of 5 the one is surer that it is bright than the other that it is not; of 4 it is the other way round.
    const { labels, volumes } = await predictOnce({ model, images: [image] });
    assert.deepEqual(labels, labelsAbove(4.5));
    assert.equal(volumes[0]!.name, 'bright');
  });

  it("predicts a cascade's first stage by itself, and shows a first look of the first network only", async () => {
    const model = record([
      { model: 'coarse.onnx', isCounted: false },
      { model: 'fine.onnx', previous: 0 },
    ]);
    const boxes: LabelBox[] = [];
    const { labels } = await predictOnce({ model, images: [image], onTiles: (box) => boxes.push(box) });
    assert.deepEqual(labels, labelsAbove(4.5));
    assert.ok(boxes.length > 0);
  });

  it('keeps only the largest island where the postprocessing says so, and only the part that is wanted', async () => {
    const two = new Float32Array(voxels);
    two[0] = 9;
    const islands = path('islands.nii.gz');
    await writeVolume(islands, two, shape, {});
    const model = record([{ model: '3d.onnx' }]);
    assert.equal((await predictOnce({ model, images: [islands] })).labels[0], 1);
    const cleaned = record([{ model: '3d.onnx' }], [{ together: [1] }]);
    assert.deepEqual((await predictOnce({ model: cleaned, images: [islands] })).labels, labelsAbove(6.2));
    const region = { low: [0, 0, 0], high: [20, 18, 8] } as never;
    const part = (await predictOnce({ model: cleaned, images: [islands], region })).labels;
    const inPart = labelsAbove(6.2).map((label, at) => (at % 16 < 8 ? label : 0));
    assert.deepEqual(part, inPart);
  });

  it('costs what all of its networks cost', async () => {
    const alone = await examineImage({ model: path('3d.onnx'), images: [image], isPart: false });
    const both = record([{ model: '3d.onnx' }, { model: '2d.onnx' }]);
    const together = await examineImage({ model: both, images: [image], isPart: false });
    assert.ok(together.cost!.seconds > alone.cost!.seconds);
  });
});

describe('the record of an exported set', () => {
  const where = (): string => join(fs.mkdtempSync(join(tmpdir(), 'nnunet record-')), exportedSetName);

  it('comes back as it was written', async () => {
    const file = where();
    const set: ModelSet = {
      members: [
        { model: 'a', isCounted: false },
        { model: 'b', previous: 0, isCounted: true },
      ],
      postprocessing: [{ together: [1, 2] }, { alone: [1, 2] }, { alone: 2 }],
    };
    fs.writeFileSync(file, exportedSetText('Liver, best model', set, ['low.onnx', 'high.onnx']));
    const read = await readExportedSet(file);
    assert.deepEqual(read.postprocessing, set.postprocessing);
    assert.deepEqual(
      read.members.map(({ model, ...rest }) => [model.endsWith('.onnx'), rest]),
      [
        [true, { isCounted: false }],
        [true, { previous: 0, isCounted: true }],
      ],
    );
    assert.equal(await exportedSetTitle(file), 'Liver, best model');
    fs.rmSync(join(file, '..'), { recursive: true });
  });

  it('may only name files beside it, and is refused with its place where it says nothing sound', async () => {
    const file = where();
    const members = [{ file: 'a.onnx', averaged: true }];
    for (const [bad, code] of [
      [{ members: [] }, 'set-invalid'],
      [{ members: [{ file: '../a.onnx', averaged: true }] }, 'set-invalid'],
      [{ members: [{ file: 'a.onnx', averaged: false }] }, 'set-invalid'],
      [{ members: [{ file: 'a.onnx', averaged: true, refines: 'b.onnx' }] }, 'set-invalid'],
      [{ members, postprocessing: [{ keep_largest_component: { alone: 'liver' } }] }, 'set-invalid'],
      [{ members, version: 2 }, 'set-newer'],
    ] as const) {
      fs.writeFileSync(file, JSON.stringify(bad));
      await assert.rejects(readExportedSet(file), { code, where: file });
    }
    fs.rmSync(join(file, '..'), { recursive: true });
  });
});
