/** Does the command line predict with an exported set of networks as Predict This Image does? */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { readSegmentation } from '../../../src/images/volumes';
import { writeVolume } from '../../../src/images/write';
import { exportedSetName, exportedSetText } from '../../../src/pipeline/prediction/exportedSet';
import type { ModelSet } from '../../../src/pipeline/prediction/setMembers';
import { scratchFolder } from '../dataset/scratch';
import { predictOnce } from '../inference/predictOnce';
import { pointwise } from '../inference/tinyModel';
import { thresholdModel, toyMetadata, writeBall } from '../inference/toyModel';
import { repositoryRoot } from '../../shared';

const cli = join(repositoryRoot, 'dist', 'cli.js');

/** A ball and a bright voxel in its corner; two networks, and two stages of a cascade. */
async function place(test: TestContext) {
  const root = await scratchFolder(test);
  const set = join(root, 'my set');
  const images = join(root, 'images');
  for (const folder of [set, images, join(root, 'nnUNet_results')]) mkdirSync(folder);
  const shape: [number, number, number] = [20, 18, 16];
  const image = join(images, 'ball.nii.gz');
  const voxels = await writeBall(image, shape);
  voxels[0] = 9;
  await writeVolume(image, voxels, shape, {});
  thresholdModel(join(set, '2d.onnx'), 3.5, { patch: [8, 8] });
  thresholdModel(join(set, 'low.onnx'), 2.5);
  const fine = [
    [0, 0],
    [1, 4],
  ];
  pointwise(join(set, 'fine.onnx'), fine, toyMetadata({ cascade: true }), { bias: [8.5, 0] });
  const record = join(set, exportedSetName);
  const describe = (members: ModelSet['members'], postprocessing: ModelSet['postprocessing']): void =>
    writeFileSync(
      record,
      exportedSetText(
        'Toys',
        { members, postprocessing },
        members.map(({ model }) => model),
      ),
    );
  const nnunet = (...words: string[]) => {
    const all = [cli, 'predict', '-i', images, '-o', join(root, 'masks'), ...words, '--root', root, '--json'];
    const env = { ...process.env, XDG_CACHE_HOME: join(root, 'cache') };
    const { status, stdout, stderr } = spawnSync(process.execPath, all, { encoding: 'utf8', env });
    return { status, stderr, result: (stdout ? JSON.parse(stdout) : undefined) as { cases: unknown[] } };
  };
  return { root, set, record, image, describe, nnunet };
}

const cascade = [
  { model: 'low.onnx', isCounted: false },
  { model: 'fine.onnx', previous: 0, isCounted: true },
];

describe('predicting a folder with an exported set', () => {
  it('averages its networks, has the first stage predicted, and removes islands, as for one image', async (test) => {
    const { root, set, record, image, describe: write, nnunet } = await place(test);
    write([...cascade, { model: '2d.onnx', isCounted: true }], [{ together: [1] }]);
    const { status, stderr, result } = nnunet('-m', set);
    assert.equal(status, 0, stderr);
    assert.equal(result.cases.length, 1);
    const { labels } = await predictOnce({ model: record, images: [image] });
    const written = await readSegmentation(join(root, 'masks', 'ball.nii.gz'), 'SimpleITKIO');
    assert.deepEqual(Array.from(written.data), Array.from(labels));
    assert.deepEqual([labels[0], labels.some((label) => label === 1)], [0, true], 'the island is removed');
    assert.ok(!readdirSync(root).some((name) => name.startsWith('masks-')), 'nothing of the steps is left');
  });

  it('is one prediction where one network counts alone, and takes the record as well', async (test) => {
    const { root, record, image, describe: write, nnunet } = await place(test);
    write(cascade, []);
    const { status, stderr } = nnunet('-m', record);
    assert.equal(status, 0, stderr);
    const written = await readSegmentation(join(root, 'masks', 'ball.nii.gz'), 'SimpleITKIO');
    const { labels } = await predictOnce({ model: record, images: [image] });
    assert.deepEqual(Array.from(written.data), Array.from(labels));
    assert.ok(!readdirSync(root).some((name) => name.startsWith('masks-')), 'nothing of the steps is left');
  });

  it('refuses what is for model folders, and only looks where that is wished', async (test) => {
    const { root, set, describe: write, nnunet } = await place(test);
    write(cascade, [{ together: [1] }]);
    for (const words of [
      ['-f', '0'],
      ['--engine', 'native'],
    ]) {
      const { status, stderr } = nnunet('-m', set, ...words);
      assert.equal(status, 2);
      assert.match(stderr, /option-conflict/);
    }
    assert.equal(nnunet('-m', set, '--dry-run').status, 0);
    assert.ok(!readdirSync(root).includes('masks'));
  });
});
