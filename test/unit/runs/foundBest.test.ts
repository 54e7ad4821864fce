import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { modelPaths } from '../../../src/dataset/results';
import type { FoundBest } from '../../../src/jobs/results';
import { readModelDatasetJson } from '../../../src/method/datasetJson';
import { findBest } from '../../../src/runner/work/findBest';
import { bestLines, bestName, comparisonTable } from '../../../src/runs/bestLines';
import { readFoundBest } from '../../../src/runs/foundBest';
import { scratchFolder, writeText } from '../dataset/scratch';
import { labelledDataset, modelName, validatedModel } from '../pipeline/validatedModels';

const truth = (at: number, voxel: number): number => (voxel % 30 < 8 ? (voxel + at) % 3 : 0);
const wrongEvery =
  (n: number) =>
  (at: number, voxel: number): number =>
    truth(at, voxel) !== 0 && voxel % n === 0 ? 3 - truth(at, voxel) : truth(at, voxel);

async function found(test: TestContext): Promise<{ results: string; told: FoundBest }> {
  const dataset = await labelledDataset(await scratchFolder(test), truth);
  await validatedModel(dataset, '2d', wrongEvery(4));
  await validatedModel(dataset, '3d_fullres', wrongEvery(9));
  const { folderName, raw, preprocessed, results } = dataset;
  const request = {
    dataset: folderName,
    folders: { raw, preprocessed, results },
    models: ['2d', '3d_fullres'].map(modelName),
    folds: [0, 1],
    ensembling: true,
  };
  const nothing = (): void => undefined;
  const signal = new AbortController().signal;
  const context = { progress: nothing, warn: nothing, note: nothing, signal } as unknown as Parameters<
    typeof findBest
  >[1];
  return { results, told: await findBest(request, context) };
}

const labelsIn = async (results: string, found: FoundBest) => {
  const file = modelPaths(join(results, found.candidates[0]!.identifier)).datasetJson;
  return readModelDatasetJson(await readFile(file, 'utf8'), file);
};

describe('the best model as its files tell it', () => {
  it('is what the comparison told, to the last word', async (test) => {
    const { results, told } = await found(test);
    const read = await readFoundBest(results);
    assert.deepEqual({ ...read, files: [] }, { ...told, files: [] });
    const labels = await labelsIn(results, told);
    assert.deepEqual(bestLines(read, labels), bestLines(told, labels));
    assert.ok(read.postprocessing.trials.length > 0, 'also what was tried in vain');
    assert.equal(bestName(read), '3d_fullres');
  });

  it('of nnU-Net, which does not tell what it tried, still has the choice, the means and the steps', async (test) => {
    const { results, told } = await found(test);
    const json = join(told.best.folder, 'postprocessing.json');
    const { nnunet_vscode_tried: _, ...rest } = JSON.parse(await readFile(json, 'utf8')) as Record<string, unknown>;
    await writeText(json, rest);
    const read = await readFoundBest(results);
    assert.deepEqual(read.postprocessing.trials, []);
    const { rows } = comparisonTable(read, await labelsIn(results, read));
    assert.deepEqual(
      rows.map(({ cells: [name], isBest }) => [name, isBest]),
      [
        ['2d', false],
        ['3d_fullres', true],
        ['2d + 3d_fullres', false],
      ],
    );
  });
});
