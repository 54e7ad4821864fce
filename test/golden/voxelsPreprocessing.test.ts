import type { Shape3, Shape4, Vector3 } from '../../src/geometry/types';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { readBlosc2 } from '../../src/dataset/blosc2';
import { readCasePickle } from '../../src/dataset/properties';
import { readImages, readSegmentation } from '../../src/images/volumes';
import { fingerprintToJson } from '../../src/method/fingerprint';
import { cropToNonzero } from '../../src/voxels/crop';
import { intensityStatistics, sampleForeground, type ForegroundSample } from '../../src/voxels/foregroundIntensities';
import { classLocations } from '../../src/voxels/locations';
import { normalize } from '../../src/voxels/normalize';
import { resampleImage, resampleSegmentation } from '../../src/voxels/resample';
import { transposeVolume } from '../../src/voxels/transpose';
import { describeShared, sharedPath } from '../shared';

const raw = (...parts: string[]) => sharedPath('spec/golden/nnUNet_raw/Dataset777_Toy', ...parts);
const preprocessed = (...parts: string[]) => sharedPath('spec/golden/nnUNet_preprocessed/Dataset777_Toy', ...parts);
const cases = ['c0', 'c1', 'c2', 'c3', 'c4', 'c5'];

async function load(name: string) {
  const files = [0, 1].map((channel) => raw('imagesTr', `${name}_000${channel}.nii.gz`));
  const image = await readImages(files, 'NibabelIO');
  const label = await readSegmentation(raw('labelsTr', `${name}.nii.gz`), 'NibabelIO');
  return { image, segmentation: Int16Array.from(label.data) };
}

describeShared("nnU-Net's preprocessing", () => {
  it('measures the same fingerprint, to the last digit', async () => {
    const samples: ForegroundSample[][] = [];
    const spacings: Vector3[] = [];
    const shapes: Vector3[] = [];
    const shares: number[] = [];
    for (const name of cases) {
      const { image, segmentation } = await load(name);
      const cropped = await cropToNonzero(image.data, image.shape, segmentation);
      const drawn = await sampleForeground(
        cropped.data,
        cropped.shape,
        cropped.segmentation,
        Math.floor(1e8 / cases.length),
      );
      samples.push(drawn);
      spacings.push(image.properties.spacing);
      shapes.push(cropped.shape.slice(1) as Vector3);
      shares.push(cropped.data.length / image.data.length);
    }
    const sorted = shares.sort((a, b) => a - b);
    const text = fingerprintToJson({
      spacings,
      shapes_after_crop: shapes,
      foreground_intensity_properties_per_channel: await intensityStatistics(samples),
      median_relative_size_after_cropping: (sorted[2]! + sorted[3]!) / 2,
    });
    assert.equal(text, readFileSync(preprocessed('dataset_fingerprint.json'), 'utf8'));
  });

  for (const name of cases) {
    it(`${name}: gives the same image, labels and class locations`, async () => {
      const plans = JSON.parse(readFileSync(preprocessed('nnUNetPlans.json'), 'utf8'));
      const configuration = plans.configurations['3d_fullres'];
      const axes: Vector3 = plans.transpose_forward;
      const { image, segmentation } = await load(name);
      const transposed = await transposeVolume(image.data, image.shape, axes);
      const labels = await transposeVolume(segmentation, [1, ...(image.shape.slice(1) as Vector3)], axes);
      const cropped = await cropToNonzero(transposed.data, transposed.shape, labels.data);
      const channels = [0, 1].map((channel) => ({
        scheme: configuration.normalization_schemes[channel],
        useMask: configuration.use_mask_for_norm[channel],
        properties: plans.foreground_intensity_properties_per_channel[channel],
      }));
      await normalize(cropped.data, cropped.shape, cropped.segmentation, channels, { transposeForward: axes });

      const expected = await readBlosc2(preprocessed('nnUNetPlans_3d_fullres', `${name}.b2nd`));
      const expectedLabels = await readBlosc2(preprocessed('nnUNetPlans_3d_fullres', `${name}_seg.b2nd`));
      const newShape = expected.shape.slice(1) as Shape3;
      const current = axes.map((axis) => image.properties.spacing[axis]!);
      const data = await resampleImage(cropped.data, cropped.shape, newShape, current, configuration.spacing, {
        order: 3,
        orderZ: 0,
        forceSeparateZ: null,
      });
      const seg = await resampleSegmentation(
        cropped.segmentation,
        [1, ...cropped.shape.slice(1)] as Shape4,
        newShape,
        current,
        configuration.spacing,
        { order: 1, orderZ: 0, forceSeparateZ: null },
      );
      assert.deepEqual(data, expected.data);
      assert.deepEqual(seg, expectedLabels.data);

      const requests = [[1], [2]];
      const { locations, properties } = await readCasePickle(
        preprocessed('nnUNetPlans_3d_fullres', `${name}.pkl`),
        requests,
      );
      assert.deepEqual(cropped.bbox, properties.bbox_used_for_cropping);
      assert.deepEqual((await classLocations(seg, newShape, requests)).rows, locations!.data);
    });
  }
});
