import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { preprocessedPaths } from '../../../src/dataset/preprocessed';
import { resolveDataset } from '../../../src/dataset/references';
import { rootsBelow } from '../../../src/dataset/roots';
import { prepareStage } from '../../../src/pipeline/prepare';
import { scratchFolder, writeGoodDataset, writeText } from '../dataset/scratch';
import { toyMetadata } from '../inference/toyModel';

const context = { progress: () => undefined, warn: () => undefined };

/** A dataset with plans, as nnU-Net makes them for tiny images: of a network that halves nothing. */
async function withPlansOfOneStage(test: TestContext, parts: { raw: boolean }) {
  const root = await scratchFolder(test);
  const name = 'Dataset001_Toy';
  if (parts.raw) await writeGoodDataset(join(root, 'nnUNet_raw', name));
  const preprocessed = preprocessedPaths(join(root, 'nnUNet_preprocessed', name));
  await writeText(preprocessed.plans('nnUNetPlans'), toyMetadata({ patch: [4, 5, 6] }).plans);
  await mkdir(preprocessed.data('toy'));
  return resolveDataset(1, rootsBelow(root));
}

describe('a network that can not halve its images', () => {
  for (const [what, parts] of [
    ['with', { raw: true }],
    ['without', { raw: false }],
  ] as const) {
    it(`is refused before anything is preprocessed, ${what} the raw data`, async (test) => {
      const dataset = await withPlansOfOneStage(test, parts);
      await assert.rejects(prepareStage(dataset, 'nnUNetPlans', 'toy', context), {
        code: 'volumes-too-small',
        message: 'Images of 4x5x6 voxels are too small for toy: a U-Net halves them',
        hint: /another configuration/,
      });
    });
  }
});
