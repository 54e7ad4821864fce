import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { foldPaths, modelPaths } from '../../../src/dataset/results';
import { readSegmentation } from '../../../src/images/volumes';
import { ensembleFolders } from '../../../src/pipeline/ensembleFolders';
import { determineFolder, postprocessFolder } from '../../../src/pipeline/postprocessFolder';
import { filesBelow, scratchFolder } from '../dataset/scratch';
import { labelledDataset, validatedModel } from './validatedModels';

const quiet = { progress: () => undefined, warn: () => undefined };
const truth = (at: number, voxel: number): number => (voxel + at) % 3;

/** Two folders of predictions of the same two cases, as "nnunet predict" leaves them. */
async function predictions(test: TestContext) {
  const root = await scratchFolder(test);
  const dataset = await labelledDataset(root, truth);
  const folders: string[] = [];
  for (const [name, label] of [
    ['2d', () => 1],
    ['3d_fullres', truth],
  ] as const) {
    const model = await validatedModel(dataset, name, label, { sure: () => (name === '2d' ? 0.5 : 0.9) });
    const folder = join(root, `masks-${name}`);
    await mkdir(folder);
    const { validation } = foldPaths(modelPaths(model).fold(0));
    for (const file of await readdir(validation)) await copyFile(join(validation, file), join(folder, file));
    for (const file of ['plans.json', 'dataset.json']) await copyFile(join(model, file), join(folder, file));
    folders.push(folder);
  }
  return { root, dataset, folders, output: join(root, 'masks') };
}

describe('averaging folders of predictions', () => {
  it('writes the masks of the mean, what describes them, and its probabilities where they are wanted', async (test) => {
    const { folders, output } = await predictions(test);
    assert.deepEqual(await ensembleFolders({ ...quiet, folders, output }), ['a', 'b']);
    assert.deepEqual(await filesBelow(output), [
      '.nnunet-outputs.jsonl',
      'a.nii.gz',
      'b.nii.gz',
      'dataset.json',
      'plans.json',
    ]);
    const { data } = await readSegmentation(join(output, 'b.nii.gz'), 'SimpleITKIO');
    assert.deepEqual([...data.slice(0, 6)], [1, 2, 0, 1, 2, 0], 'the model that is sure decides');
    await ensembleFolders({ ...quiet, folders, output, saveProbabilities: true });
    assert.deepEqual((await readdir(output)).filter((name) => /\.(npz|pkl)$/.test(name)).sort(), [
      'a.npz',
      'a.pkl',
      'b.npz',
      'b.pkl',
    ]);
  });

  it('refuses folders of other cases, without probabilities, and its own input', async (test) => {
    const { root, folders, output } = await predictions(test);
    await rm(join(folders[1]!, 'b.npz'));
    await assert.rejects(ensembleFolders({ ...quiet, folders, output }), { code: 'cases-differ', where: folders[1] });
    await rm(join(folders[1]!, 'a.npz'));
    await assert.rejects(ensembleFolders({ ...quiet, folders, output }), {
      code: 'no-probabilities',
      where: folders[1],
    });
    const twice = [folders[0]!, folders[0]!];
    await assert.rejects(ensembleFolders({ ...quiet, folders: twice, output: folders[0]! }), {
      code: 'output-is-input',
    });
    await writeFile(join(folders[0]!, 'a.npz'), 'no archive');
    await assert.rejects(ensembleFolders({ ...quiet, folders: twice, output }), { where: join(folders[0]!, 'a.npz') });
    assert.ok(!existsSync(join(root, 'masks')), 'nothing was written');
  });
});

describe('postprocessing a folder of masks', () => {
  it('keeps the largest island of what its steps name, and writes elsewhere', async (test) => {
    const { root, folders, output } = await predictions(test);
    const stepsFile = join(root, 'postprocessing.pkl');
    const steps = { steps: [{ alone: 2 }, { together: [1, 2] }], stepsFile };
    const before = await readFile(join(folders[1]!, 'a.nii.gz'));
    assert.deepEqual(await postprocessFolder({ ...quiet, input: folders[1]!, output, ...steps }), ['a', 'b']);
    assert.deepEqual(await readFile(join(folders[1]!, 'a.nii.gz')), before);
    await assert.rejects(postprocessFolder({ ...quiet, input: folders[1]!, output: folders[1]!, ...steps }), {
      code: 'output-is-input',
    });
  });

  it('decides on labelled cases, twice alike, and does not replace what it has not written', async (test) => {
    const { dataset, folders } = await predictions(test);
    const [, folder] = folders as [string, string];
    const question = { ...quiet, predictionFolder: folder, referenceFolder: join(dataset.raw, 'labelsTr') };
    const first = await determineFolder(question);
    assert.deepEqual(first.steps, []);
    assert.deepEqual((await determineFolder(question)).steps, []);
    assert.equal(JSON.parse(await readFile(join(folder, 'summary.json'), 'utf8')).foreground_mean.Dice, 1);
    await writeFile(join(folder, 'postprocessing.pkl'), 'something else');
    await assert.rejects(determineFolder(question), { code: 'output-exists' });
  });
});
