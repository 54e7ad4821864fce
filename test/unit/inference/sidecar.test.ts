import type { VoxelBox } from '../../../src/geometry/types';
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { scaleIntensity } from '../../../src/inference/intensity';
import { checkedSidecar, type IntensityScaling } from '../../../src/inference/sidecar';
import { writeVolume } from '../../../src/images/write';
import type { NnunetError } from '../../../src/method/errors';
import { predictOnnxStage } from '../../../src/pipeline/prediction/predictOnnx';
import { predictOnce } from './predictOnce';
import { clearOutside } from '../../../src/pipeline/prediction/predictRegion';
import { pointwise } from './tinyModel';
import { writeBall } from './toyModel';

const labels = { background: 0, bright: 1 };
const plain: IntensityScaling = { method: 'none', quantiles: [0, 1], foregroundOnly: false, offset: 0, divisor: 1 };

describe("a sidecar of another program's model", () => {
  it('is refused with what is wrong in it', () => {
    const wrong: [unknown, RegExp][] = [
      [[], /object/],
      [{ labels, shape: [8, 8, 8], chanels: 1 }, /"chanels" is no key/],
      [{ labels }, /Either shape/],
      [{ labels, shape: [8, 8, 8], patch: [8, 8, 8] }, /not both/],
      [{ labels, shape: [1e6, 1e6, 1e6] }, /shape must be/],
      [{ labels, shape: [8, 8] }, /shape must be/],
      [{ labels, patch: [8, -8, 8] }, /patch must be/],
      [{ labels, shape: [8, 8, 8], orientation: 'RRS' }, /orientation/],
      [{ labels, shape: [8, 8, 8], spacing: [1, 0, 1] }, /spacing/],
      [{ labels, shape: [8, 8, 8], intensity: { method: 'magic' } }, /intensity/],
      [{ labels, shape: [8, 8, 8], intensity: { method: 'quantile', quantiles: [0.9, 0.1] } }, /quantiles/],
      [{ labels: { bright: 1 }, shape: [8, 8, 8] }, /labels/],
      [{ labels, shape: [8, 8, 8], decide: 'guess' }, /decide/],
      [{ labels, shape: [8, 8, 8], channels: 0 }, /channels/],
    ];
    for (const [value, message] of wrong) {
      assert.throws(() => checkedSidecar(value, 'model.onnx.json'), { code: 'sidecar-invalid', message });
    }
    const { channels, layout, decide, intensity } = checkedSidecar({ labels, shape: [8, 8, 8] }, 'model.onnx.json');
    assert.deepEqual([channels, layout, decide, intensity.method], [1, 'zyx', 'argmax', 'none']);
  });

  it('scales intensities in every way it names', () => {
    const scaled = (given: Partial<IntensityScaling>, values = [0, 1, 2, 3, 4]): number[] => {
      const array = Float32Array.from(values);
      scaleIntensity(array, { ...plain, ...given });
      return [...array];
    };
    assert.deepEqual(scaled({}), [0, 1, 2, 3, 4]);
    assert.deepEqual(scaled({ method: 'min-max' }), [0, 0.25, 0.5, 0.75, 1]);
    assert.deepEqual(scaled({ method: 'min-max', clip: [1, 3] }), [0, 0, 0.5, 1, 1]);
    assert.deepEqual(scaled({ method: 'fixed', offset: 2, divisor: 2 }), [-1, -0.5, 0, 0.5, 1]);
    assert.deepEqual(scaled({ method: 'z-score' }, [1, 3]), [-1, 1]);
    assert.deepEqual(scaled({ method: 'z-score', foregroundOnly: true }, [0, 1, 3]), [-2, -1, 1]);
    const ramp = Array.from({ length: 101 }, (_, at) => at);
    const quantile = scaled({ method: 'quantile', quantiles: [0.1, 0.9] }, ramp);
    assert.ok(Math.abs(quantile[50]! - 0.5) < 0.01 && quantile[5] === 0 && quantile[95] === 1);
    assert.deepEqual(scaled({ method: 'min-max' }, [7, 7]), [0, 0]);
  });

  describe('predicting by it', () => {
    let folder: string;
    let image: string;
    let voxels: Float32Array;
    const path = (name: string): string => join(folder, name);
    const shape: [number, number, number] = [20, 18, 16];
    const expected = (): Uint8Array => Uint8Array.from(voxels, (value) => (value > 4.5 ? 1 : 0));

    /** Label 1 above 4.5 of 9. */
    function model(name: string, sidecar: Record<string, unknown>): string {
      const file = pointwise(path(name), [[0], [1]], undefined, { bias: [4.5, 0] });
      fs.writeFileSync(`${file}.json`, JSON.stringify({ labels, ...sidecar }));
      return file;
    }

    before(async () => {
      folder = fs.mkdtempSync(join(tmpdir(), 'nnunet-sidecar-'));
      image = path('ball.nii.gz');
      voxels = await writeBall(image, shape, { direction: [0, -1, 0, 0, 0, -1, 1, 0, 0] });
    });
    after(() => fs.rmSync(folder, { recursive: true, force: true }));

    const variants: Record<string, Record<string, unknown>> = {
      'a whole volume that is padded': { shape: [24, 24, 24] },
      'a whole volume that is cut': { shape: [16, 18, 20], layout: 'xyz' },
      tiles: { patch: [8, 10, 6] },
      'tiles in another orientation': { patch: [8, 10, 6], orientation: 'RAS', layout: 'xyz' },
      'another orientation': { shape: [24, 24, 24], orientation: 'LIA' },
    };
    for (const [name, sidecar] of Object.entries(variants)) {
      it(`gives labels on the image's grid: ${name}`, async () => {
        const result = await predictOnce({ model: model('model.onnx', sidecar), images: [image] });
        assert.deepEqual([result.shape, result.labels], [shape, expected()]);
        assert.equal(result.volumes[0]!.name, 'bright');
      });
    }

    it('refuses a scan of which its scaling leaves nothing but infinity', async () => {
      const large = path('large.nii.gz');
      const values = new Float32Array(20 * 18 * 16).fill(1);
      values[(3 * 18 + 2) * 16 + 5] = 1e30;
      await writeVolume(large, values, shape);
      const predict = (divisor: number) =>
        predictOnce({
          model: model('large.onnx', { shape: [24, 24, 24], intensity: { method: 'fixed', offset: 0, divisor } }),
          images: [large],
        });
      await assert.rejects(predict(1e-10), (error: NnunetError) => {
        assert.equal(error.code, 'intensities-overflow');
        assert.match(error.message, /Case large can't be normalised.* voxel \(5, 2, 3\) is 1e\+30/);
        assert.equal(error.where, large);
        return true;
      });
      assert.equal((await predict(1)).labels[0], 0, 'large values that stay finite are taken');
      values[7] = NaN;
      await writeVolume(large, values, shape);
      await assert.rejects(predict(1), { code: 'voxels-not-finite' });
    });

    it('keeps to a region', async () => {
      const file = model('region.onnx', { shape: [24, 24, 24], orientation: 'LIA' });
      const region: VoxelBox = { low: [4, 3, 2], high: [12, 11, 10] };
      const { labels: found } = await predictOnce({ model: file, images: [image], region });
      const wanted = expected();
      clearOutside(wanted, shape, region);
      assert.ok(wanted.includes(1));
      assert.deepEqual(found, wanted);
    });

    it('brings another spacing back', async () => {
      const file = model('spacing.onnx', { shape: [32, 32, 32], spacing: [0.5, 1, 1], orientation: 'RAS' });
      const { labels: found } = await predictOnce({ model: file, images: [image] });
      let different = 0;
      expected().forEach((label, at) => (different += label === found[at] ? 0 : 1));
      assert.ok(different <= 40, `${different} voxels differ`);
    });

    it('takes sigmoid outputs and ready labels', async () => {
      const sigmoid = pointwise(path('sigmoid.onnx'), [[1]], undefined, { bias: [-4.5] });
      fs.writeFileSync(`${sigmoid}.json`, JSON.stringify({ labels, shape: [24, 24, 24], decide: 'sigmoid' }));
      assert.deepEqual((await predictOnce({ model: sigmoid, images: [image] })).labels, expected());
      const ready = pointwise(path('ready.onnx'), [[1]]);
      const names = Object.fromEntries(Array.from({ length: 10 }, (_, value) => [`level ${value}`, value]));
      fs.writeFileSync(`${ready}.json`, JSON.stringify({ labels: names, shape: [24, 24, 24], decide: 'labels' }));
      assert.deepEqual((await predictOnce({ model: ready, images: [image] })).labels, Uint8Array.from(voxels));
    });

    it('predicts a folder', async () => {
      const output = path('out');
      const { cases, failed } = await predictOnnxStage({
        models: [model('folder.onnx', { shape: [24, 24, 24] })],
        input: [image],
        output,
        mirroring: true,
        stepSize: 0.5,
        saveProbabilities: false,
        skipExisting: false,
        progress: () => undefined,
        warn: () => undefined,
      });
      assert.deepEqual(failed, []);
      assert.deepEqual(
        cases.map((entry) => entry.output),
        [join(output, 'ball.nii.gz')],
      );
    });

    it('uses the tensors that it names', async () => {
      const file = model('named.onnx', { shape: [24, 24, 24], input: 'image', output: 'logits' });
      assert.deepEqual((await predictOnce({ model: file, images: [image] })).labels, expected());
      model('named.onnx', { shape: [24, 24, 24], input: 'scan' });
      await assert.rejects(predictOnce({ model: file, images: [image] }), { code: 'model-unfit' });
    });

    it('refuses a model that gives something else than it says', async () => {
      const file = model('unfit.onnx', { shape: [24, 24, 24] });
      fs.writeFileSync(`${file}.json`, JSON.stringify({ labels: { ...labels, third: 2 }, shape: [24, 24, 24] }));
      await assert.rejects(predictOnce({ model: file, images: [image] }), { code: 'model-unfit' });
      fs.writeFileSync(`${file}.json`, JSON.stringify({ labels, channels: 2, shape: [24, 24, 24] }));
      await assert.rejects(predictOnce({ model: file, images: [image] }), { code: 'model-unfit' });
    });
  });
});
