import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { readSegmentation } from '../../src/images/volumes';
import type { ImagePrediction } from '../../src/pipeline/prediction/predictor';
import { predictOnce } from '../unit/inference/predictOnce';
import { describeShared, sharedPath } from '../shared';

const sidecar = {
  name: 'MeshNet brain tissue',
  licence: 'BSD-2-Clause',
  shape: [256, 256, 256],
  spacing: [1, 1, 1],
  orientation: 'LIA',
  intensity: { method: 'min-max' },
  labels: { background: 0, 'white matter': 1, 'grey matter': 2 },
};

describeShared('a brain tissue model of another program on its sample of 256x256x256 voxels', () => {
  let folder: string;
  let result: ImagePrediction;

  before(async () => {
    folder = fs.mkdtempSync(join(tmpdir(), 'nnunet-meshnet-'));
    const model = join(folder, 'meshnet.onnx');
    fs.copyFileSync(sharedPath('data/models/meshnet_onnx/model.onnx'), model);
    fs.writeFileSync(`${model}.json`, JSON.stringify(sidecar));
    result = await predictOnce({
      model,
      images: [sharedPath('data/models/meshnet_onnx/t1_crop.nii.gz')],
      output: join(folder, 'tissue.nii.gz'),
    });
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  it('finds as much tissue as an adult brain has', () => {
    const ml = Object.fromEntries(result.volumes.map((volume) => [volume.name, volume.ml]));
    assert.ok(ml['white matter']! > 400 && ml['white matter']! < 700, `${ml['white matter']} ml of white matter`);
    assert.ok(ml['grey matter']! > 450 && ml['grey matter']! < 850, `${ml['grey matter']} ml of grey matter`);
  });

  it('finds white matter brighter than grey matter, on the grid of the image', async () => {
    const image = await readSegmentation(sharedPath('data/models/meshnet_onnx/t1_crop.nii.gz'), 'SimpleITKIO');
    const written = await readSegmentation(result.file!, 'SimpleITKIO');
    assert.deepEqual(written.properties, image.properties);
    const sums = [0, 0, 0];
    const counts = [0, 0, 0];
    written.data.forEach((label, at) => {
      sums[label]! += image.data[at]!;
      counts[label]! += 1;
    });
    const [background, white, grey] = sums.map((sum, label) => sum / counts[label]!) as [number, number, number];
    assert.ok(white > 1.2 * grey && grey > background, `${white}, ${grey}, ${background}`);
  });
});
