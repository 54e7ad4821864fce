import type { Shape3, Shape4 } from '../../../src/geometry/types';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { connectedComponents, keepLargestComponent } from '../../../src/voxels/components';
import { cropToNonzero } from '../../../src/voxels/crop';
import { VoxelsError } from '../../../src/voxels/voxelsError';
import { exportLogits } from '../../../src/voxels/export';
import { intensityStatistics, sampleForeground } from '../../../src/voxels/foregroundIntensities';
import { float16ToFloat32 } from '../../../src/voxels/float16';
import { float32ToFloat16 } from './roundToHalf';
import { classLocations } from '../../../src/voxels/locations';
import { confusionCounts, labelValues } from '../../../src/voxels/metrics';
import { normalize } from '../../../src/voxels/normalize';
import { resampleImage, resampleSegmentation } from '../../../src/voxels/resample';
import { transposeVolume } from '../../../src/voxels/transpose';
import { WindowAccumulator, addFold, divideByFolds, gaussianImportance, padToPatch } from '../../../src/voxels/windows';

const cubic = { order: 3, orderZ: 0, forceSeparateZ: null };
const linear = { order: 1, orderZ: 0, forceSeparateZ: null };

describe('the native voxel library', () => {
  it('crops to what is not zero and marks the outside', async () => {
    const data = new Float32Array(2 * 4 * 5);
    data.set([1, 0, 2], 1 * 5 + 1);
    data.set([3], 20 + 2 * 5 + 3);
    const cropped = await cropToNonzero(data, [1, 2, 4, 5], null);
    assert.deepEqual(cropped.bbox, [
      [0, 2],
      [1, 3],
      [1, 4],
    ]);
    assert.deepEqual(cropped.shape, [1, 2, 2, 3]);
    assert.deepEqual([...cropped.data], [1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 3]);
    assert.deepEqual([...cropped.segmentation], [0, -1, 0, -1, -1, -1, -1, -1, -1, -1, -1, 0]);
  });

  it('keeps labels that lie outside of the object', async () => {
    const cropped = await cropToNonzero(Float32Array.of(1, 0, 0, 1), [1, 1, 2, 2], Int16Array.of(0, 2, 0, 1));
    assert.deepEqual([...cropped.segmentation], [0, 2, -1, 1]);
  });

  it('transposes every kind of array, and parts of larger ones', async () => {
    const buffer = new ArrayBuffer(4 + 6 * 2);
    const view = new Int16Array(buffer, 4, 6);
    view.set([1, 2, 3, 4, 5, 6]);
    const { data, shape } = await transposeVolume(view, [1, 1, 2, 3], [2, 0, 1]);
    assert.ok(data instanceof Int16Array);
    assert.deepEqual([...data], [1, 4, 2, 5, 3, 6]);
    assert.deepEqual(shape, [1, 3, 1, 2]);
  });

  it('normalizes in place', async () => {
    const data = Float32Array.of(0, 2, 4, 10, 20, 30);
    await normalize(data, [2, 1, 1, 3], null, [
      { scheme: 'RescaleTo01Normalization', useMask: false },
      { scheme: 'ZScoreNormalization', useMask: false },
    ]);
    assert.deepEqual([...data.slice(0, 3)], [0, 0.5, 1]);
    assert.ok(Math.abs(data[5]! - Math.sqrt(1.5)) < 1e-6);
  });

  it('accumulates tiles, averages folds and exports labels', async () => {
    const shape: Shape3 = [1, 4, 6];
    const fold = async (sign: number) => {
      const accumulator = new WindowAccumulator(2, shape, [1, 4, 4], gaussianImportance([1, 4, 4]));
      const tile = Float32Array.from({ length: 32 }, (_, i) => (i < 16 ? 1 : 1 + sign * (i % 4 < 2 ? 1 : -0.5)));
      await accumulator.add(tile, [0, 0, 0]);
      await accumulator.add(tile, [0, 0, 2]);
      return accumulator.finish();
    };
    const logits = await fold(1);
    await addFold(logits, await fold(1));
    await divideByFolds(logits, 2);
    assert.equal(logits.length, 48);
    const { segmentation, shape3, probabilities } = await exportLogits({
      logits,
      heads: 2,
      shape3: shape,
      configurationSpacing: [1, 1],
      properties: {
        spacing: [3, 1, 1],
        shape_before_cropping: [1, 5, 6],
        bbox_used_for_cropping: [
          [0, 1],
          [1, 5],
          [0, 6],
        ],
        shape_after_cropping_and_before_resampling: shape,
      },
      transposeForward: [0, 1, 2],
      transposeBackward: [0, 1, 2],
      labels: { foreground: [1] },
      resampling: linear,
      probabilities: true,
    });
    assert.ok(segmentation instanceof Uint8Array);
    assert.deepEqual(shape3, [1, 5, 6]);
    assert.deepEqual([...segmentation.slice(0, 6)], [0, 0, 0, 0, 0, 0], 'outside of the box');
    assert.deepEqual([...segmentation.slice(6, 8)], [1, 1]);
    assert.deepEqual([...segmentation.slice(10, 12)], [0, 0]);
    assert.equal(probabilities!.length, 2 * 30);
    assert.equal(probabilities![0], 1);
    for (let i = 0; i < 30; i += 1) assert.ok(Math.abs(probabilities![i]! + probabilities![30 + i]! - 1) < 1e-6);
  });

  it('pads with the larger half behind', () => {
    assert.deepEqual(padToPatch([5, 10, 40], [8, 10, 32], 3), { padded: [8, 10, 40], low: [1, 0, 0] });
  });

  it('converts float16 both ways', () => {
    const bits = float32ToFloat16(Float32Array.of(1, -2.5, 65519, 1e9, 6e-8));
    assert.deepEqual([...bits], [0x3c00, 0xc100, 0x7bff, 0x7c00, 1]);
    assert.deepEqual([...float16ToFloat32(bits)], [1, -2.5, 65504, Infinity, 2 ** -24]);
  });

  it('summarizes drawn intensities, however they are held', async () => {
    const data = Float32Array.of(5, 7, 9, 11);
    const labels = Int16Array.of(0, 1, 2, 0);
    for (const draws of [1, 1000]) {
      const [sample] = await sampleForeground(data, [1, 1, 2, 2], labels, draws);
      assert.equal(sample!.draws, draws);
      const copy = structuredClone(sample!);
      const { '0': statistics } = await intensityStatistics([[copy], [copy]]);
      assert.ok(statistics!.min >= 7 && statistics!.max <= 9);
      if (draws > 1) assert.ok(Math.abs(statistics!.mean - 8) < 0.2);
    }
  });

  it('finds class locations, label values and counts', async () => {
    const labels = Int16Array.of(0, 1, 1, 2, -1, 2);
    const { rows, counts } = await classLocations(labels, [1, 2, 3], [[1], [2, 1], [9]]);
    assert.deepEqual(counts, [2, 4, 0]);
    for (let row = 0; row < rows.length; row += 4) {
      const label = labels[rows[row + 2]! * 3 + rows[row + 3]!]!;
      assert.ok(rows[row] === 0 ? label === 1 : label > 0);
    }
    assert.deepEqual((await labelValues(labels)).values, [-1, 0, 1, 2]);
    assert.equal((await labelValues(Float32Array.of(0, 0.5))).nonInteger, true);
    assert.equal((await labelValues(Float64Array.of(0, NaN))).nonFinite, true);
    const [one, region] = await confusionCounts(labels, Uint8Array.of(1, 1, 0, 2, 2, 0), [[1], [1, 2]], -1);
    assert.deepEqual(one, { tp: 1, fp: 1, fn: 1, tn: 2 });
    assert.deepEqual(region, { tp: 2, fp: 1, fn: 2, tn: 0 });
  });

  it('keeps the largest component without touching its input', async () => {
    const labels = Uint16Array.of(1, 0, 1, 1, 0, 3);
    const { segmentation, removed } = await keepLargestComponent(labels, [1, 1, 6], [1]);
    assert.deepEqual([...segmentation], [0, 0, 1, 1, 0, 3]);
    assert.equal(removed, 1);
    assert.equal(labels[0], 1);
    const components = await connectedComponents(Uint8Array.of(1, 0, 0, 1), [1, 2, 2], 'faces');
    assert.deepEqual(components.sizes, [1, 1]);
    assert.deepEqual((await connectedComponents(Uint8Array.of(1, 0, 0, 1), [1, 2, 2])).sizes, [2]);
  });

  it('leaves nothing of an equal shape to do', async () => {
    const labels = Int16Array.of(-1, 0, 5, 2);
    const same = await resampleSegmentation(labels, [1, 1, 2, 2], [1, 2, 2], [1, 1, 1], [2, 2, 2], linear);
    assert.deepEqual(same, labels);
  });
});

describe('failing voxel jobs', () => {
  const shape: Shape4 = [1, 96, 96, 96];
  const start = (signal?: AbortSignal) =>
    resampleImage(new Float32Array(96 ** 3), shape, [300, 300, 300], [1, 1, 1], [0.32, 0.32, 0.32], cubic, { signal });

  it('are errors for people where the library answers at once, too', () => {
    const far = [1e5, 1e5, 1e5];
    assert.throws(
      () => gaussianImportance(far),
      (error) => error instanceof VoxelsError && error.code === 'out-of-memory' && !!error.hint,
    );
    assert.throws(() => new WindowAccumulator(1, [1, 1, 1], [1, 1, 0], null), { code: 'bad-window' });
  });

  it('stop when their signal aborts, and reject with its reason', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const job = start(controller.signal);
    setTimeout(() => controller.abort(reason), 5);
    const began = process.cpuUsage();
    await assert.rejects(job, reason);
    const stopped = process.cpuUsage(began);
    const again = process.cpuUsage();
    await start();
    const whole = process.cpuUsage(again);
    assert.ok(stopped.user < whole.user / 2, `${stopped.user} of ${whole.user} µs`);
  });

  it('do not start when their signal has aborted', async () => {
    await assert.rejects(start(AbortSignal.abort(new Error('before'))), /before/);
  });

  it('carry the code of the library and a hint', async () => {
    const job = normalize(Float32Array.of(300), [1, 1, 1, 1], null, [
      { scheme: 'RGBTo01Normalization', useMask: false },
    ]);
    await assert.rejects(job, (error: unknown) => {
      assert.ok(error instanceof VoxelsError);
      assert.equal(error.code, 'rgb-out-of-range');
      assert.match(error.hint, /dataset\.json/);
      return true;
    });
  });

  it('are TypeErrors for arguments that do not fit each other', async () => {
    await assert.rejects(cropToNonzero(new Float32Array(7), [1, 2, 2, 2], null), TypeError);
    await assert.rejects(cropToNonzero(new Float32Array(8), [1, 2, 2, 2], new Int16Array(7)), TypeError);
    await assert.rejects(transposeVolume(new Float32Array(8), [1, 2, 2, 2], [0, 0, 1]), TypeError);
    await assert.rejects(classLocations(new Int8Array(8) as unknown as Int16Array, [2, 2, 2], []), TypeError);
  });
});
