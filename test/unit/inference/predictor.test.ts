import type { VoxelBox } from '../../../src/geometry/types';
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readSegmentation } from '../../../src/images/volumes';
import { providers } from '../../../src/inference/providers';
import { runtimeInfo } from '../../../src/inference/runtime';
import { openPredictor, type ImageProgress } from '../../../src/pipeline/prediction/predictor';
import { predictOnce } from './predictOnce';
import type { LabelBox } from '../../../src/pipeline/prediction/predictPreview';
import { thresholdModel, toyMetadata, writeBall } from './toyModel';
import { pointwise } from './tinyModel';

const shape: [number, number, number] = [20, 18, 16];

describe('predicting one image with an ONNX model', () => {
  let folder: string;
  let image: string;
  let voxels: Float32Array;
  const path = (name: string): string => join(folder, name);
  const labelsAbove = (threshold: number): Uint8Array =>
    Uint8Array.from(voxels, (value) => (value > threshold ? 1 : 0));

  before(async () => {
    folder = fs.mkdtempSync(join(tmpdir(), 'nnunet onnx é-'));
    image = path('ball.nii.gz');
    voxels = await writeBall(image, shape);
    thresholdModel(path('model.onnx'), 4.5);
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  it('gives the labels, their volumes, and the file where it is asked for', async () => {
    const output = path('mask.nii.gz');
    const phases: string[] = [];
    let last: ImageProgress | undefined;
    const result = await predictOnce({
      model: path('model.onnx'),
      images: [image],
      output,
      onProgress: (progress) => {
        phases.push(progress.phase);
        if (progress.total > 0) last = progress;
      },
    });
    const expected = labelsAbove(4.5);
    assert.deepEqual(result.labels, expected);
    assert.deepEqual(result.shape, shape);
    const count = expected.reduce((sum, label) => sum + label, 0);
    assert.deepEqual(result.volumes, [{ value: 1, name: 'bright', voxels: count, mm3: count, ml: count / 1000 }]);
    assert.deepEqual([...new Set(phases)], ['read', 'preprocess', 'predict', 'export', 'write']);
    assert.equal(last!.done, last!.total);
    assert.equal(last!.total % 8, 0, 'mirrored tiles count');
    const written = await readSegmentation(output, 'SimpleITKIO');
    assert.deepEqual(Uint8Array.from(written.data), expected);
  });

  for (const isolation of ['process', 'thread'] as const) {
    it(`keeps the network loaded between images (${isolation})`, async () => {
      const predictor = await openPredictor({ model: path('model.onnx'), threads: 1, provider: 'cpu', isolation });
      try {
        assert.equal(predictor.provider, 'processor');
        assert.deepEqual([...predictor.labelNames], [[1, 'bright']]);
        for (let round = 0; round < 2; round += 1) {
          assert.deepEqual((await predictor.predict({ images: [image] })).labels, labelsAbove(4.5));
        }
      } finally {
        await predictor.dispose();
      }
    });
  }

  it('refuses a provider that is asked for and not there', async () => {
    const { providers: there } = await runtimeInfo();
    const provider = providers.find((one) => !there.includes(one))!;
    await assert.rejects(openPredictor({ model: path('model.onnx'), provider }), { code: 'provider-missing' });
  });

  it('hands out boxes that make up the mask, coarse first', async () => {
    for (const options of [{}, { transposeForward: [2, 0, 1], transposeBackward: [1, 2, 0] }, { patch: [8, 8] }]) {
      const model = thresholdModel(path('preview.onnx'), 4.5, options);
      const grown = new Uint8Array(voxels.length);
      let boxes = 0;
      await predictOnce({
        model,
        images: [image],
        onTiles: (box) => {
          boxes += 1;
          paste(grown, box);
        },
      });
      assert.ok(boxes > 1);
      assert.deepEqual(grown, labelsAbove(4.5));
    }
  });

  it('does not do the same twice where the only pass is coarse', async () => {
    const model = path('model.onnx');
    const phases = new Set<string>();
    const grown = new Uint8Array(voxels.length);
    await predictOnce({
      model,
      images: [image],
      mirroring: false,
      stepSize: 1,
      onTiles: (box) => paste(grown, box),
      onProgress: ({ phase }) => phases.add(phase),
    });
    assert.ok(!phases.has('preview'));
    assert.deepEqual(grown, labelsAbove(4.5));
  });

  it('places preview boxes of a resampled image where they belong', async () => {
    const model = thresholdModel(path('coarse.onnx'), 4.5, { spacing: [1.5, 2, 0.8], patch: [8, 4, 10] });
    const grown = new Uint8Array(voxels.length);
    const { labels } = await predictOnce({ model, images: [image], onTiles: (box) => paste(grown, box) });
    let different = 0;
    grown.forEach((label, at) => (different += label === labels[at] ? 0 : 1));
    const volume = Uint8Array.from(labels).reduce((sum, label) => sum + label, 0);
    assert.ok(different < volume * 0.35, `${different} of ${volume} voxels differ`);
  });

  it('predicts a region only, as it would be in the whole', async () => {
    const region = { low: [4, 5, 6], high: [14, 12, 11] } as VoxelBox;
    const grown = new Uint8Array(voxels.length);
    const onTiles = (box: LabelBox): void => paste(grown, box);
    const { labels } = await predictOnce({ model: path('model.onnx'), images: [image], region, onTiles });
    assert.deepEqual(labels, within(labelsAbove(4.5), region));
    assert.deepEqual(grown, labels);
    const outside = { low: [30, 0, 0], high: [40, 5, 5] } as VoxelBox;
    await assert.rejects(predictOnce({ model: path('model.onnx'), images: [image], region: outside }), {
      code: 'region-empty',
    });
  });

  for (const reader of ['SimpleITKIOWithReorient', 'NibabelIOWithReorient', 'NibabelIO']) {
    it(`speaks in the file's own axes, whatever ${reader} makes of them`, async () => {
      const turned = path('turned.nii.gz');
      // x runs to the head, y to the right, z to the front.
      await writeBall(turned, shape, { direction: [0, -1, 0, 0, 0, -1, 1, 0, 0] });
      const model = thresholdModel(path('turned.onnx'), 4.5, { reader });
      const grown = new Uint8Array(voxels.length);
      const output = path('turned-mask.nii.gz');
      const whole = await predictOnce({ model, images: [turned], output, onTiles: (box) => paste(grown, box) });
      assert.deepEqual([whole.shape, whole.labels], [shape, labelsAbove(4.5)]);
      assert.deepEqual(grown, labelsAbove(4.5));
      assert.deepEqual(Uint8Array.from((await readSegmentation(output, 'SimpleITKIO')).data), labelsAbove(4.5));
      const region = { low: [4, 2, 6], high: [14, 9, 11] } as VoxelBox;
      const part = await predictOnce({ model, images: [turned], region });
      assert.deepEqual(part.labels, within(labelsAbove(4.5), region));
    });
  }

  it('averages several models of one configuration, and refuses others', async () => {
    const models = [3.5, 5.5].map((threshold, index) => thresholdModel(path(`fold${index}.onnx`), threshold));
    const { labels } = await predictOnce({ model: models, images: [image] });
    assert.deepEqual(labels, labelsAbove(4.5));
    const other = thresholdModel(path('other.onnx'), 4.5, { patch: [8, 8, 16] });
    await assert.rejects(predictOnce({ model: [...models, other], images: [image] }), { code: 'models-differ' });
  });

  it("takes a cascade's previous stage as a channel", async () => {
    const model = pointwise(
      path('cascade.onnx'),
      [
        [0, 0],
        [0, 1],
      ],
      toyMetadata({ cascade: true }),
      { bias: [0.5, 0] },
    );
    await assert.rejects(predictOnce({ model, images: [image] }), { code: 'previous-stage-missing' });
    const previousLabels = path('previous.nii.gz');
    await predictOnce({ model: path('model.onnx'), images: [image], output: previousLabels });
    const { labels } = await predictOnce({ model, images: [image], previousLabels });
    assert.deepEqual(labels, labelsAbove(4.5));
  });

  it('writes regions in their order', async () => {
    const labels = { background: 0, all: [1, 2], core: [2] };
    const model = pointwise(path('regions.onnx'), [[1], [1]], toyMetadata({ labels, regionsClassOrder: [1, 2] }), {
      bias: [-3.5, -6.5],
    });
    const result = await predictOnce({ model, images: [image] });
    assert.deepEqual(
      result.labels,
      Uint8Array.from(voxels, (value) => (value > 6.5 ? 2 : value > 3.5 ? 1 : 0)),
    );
    const [all, core] = result.volumes;
    assert.deepEqual([all!.name, all!.value, core!.name, core!.value], ['all', [1, 2], 'core', [2]]);
    assert.equal(all!.voxels, labelsAbove(3.5).filter((label) => label === 1).length);
    assert.equal(core!.voxels, labelsAbove(6.5).filter((label) => label === 1).length);
  });
});

function within(labels: Uint8Array, { low, high }: VoxelBox): Uint8Array {
  return labels.map((label, at) => {
    const [z, y, x] = [Math.floor(at / (18 * 16)), Math.floor(at / 16) % 18, at % 16];
    return [z, y, x].every((voxel, axis) => voxel >= low[axis]! && voxel < high[axis]!) ? label : 0;
  });
}

function paste(mask: Uint8Array, { low, shape: size, labels }: LabelBox): void {
  let from = 0;
  for (let z = 0; z < size[0]; z += 1) {
    for (let y = 0; y < size[1]; y += 1, from += size[2]) {
      mask.set(labels.subarray(from, from + size[2]), ((z + low[0]) * shape[1] + y + low[1]) * shape[2] + low[2]);
    }
  }
}
