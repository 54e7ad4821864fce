import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { splitToTrain } from '../../../src/pipeline/splits';

const ids = ['a', 'b', 'c', 'd', 'e', 'f'];

async function withSplits(context: TestContext, splits?: unknown): Promise<{ preprocessed: string }> {
  const preprocessed = await mkdtemp(join(tmpdir(), 'splits-'));
  context.after(() => rm(preprocessed, { recursive: true, force: true }));
  if (splits !== undefined) await writeFile(join(preprocessed, 'splits_final.json'), JSON.stringify(splits));
  return { preprocessed };
}

describe('the fold that is trained', () => {
  it("is nnU-Net's, without a warning, where there is no file", async (context) => {
    const dataset = await withSplits(context);
    const { split, warnings } = await splitToTrain(dataset, 0, ids);
    assert.deepEqual([split.train.length, split.val.length, warnings], [4, 2, []]);
    assert.equal(JSON.parse(await readFile(join(dataset.preprocessed, 'splits_final.json'), 'utf8')).length, 5);
  });

  it('comes with what nnU-Net warns of, and validates no case twice', async (context) => {
    const dataset = await withSplits(context, [{ train: ['a', 'b', 'b'], val: ['b', 'c', 'c'] }]);
    const { split, warnings } = await splitToTrain(dataset, 0, ids);
    assert.deepEqual(split, { train: ['a', 'b', 'b'], val: ['b', 'c'] });
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ['split-overlap', 'split-repeated'],
    );
    const beyond = await splitToTrain(dataset, 7, ids);
    assert.deepEqual(
      beyond.warnings.map(({ code }) => code),
      ['split-fold-beyond'],
    );
  });

  it('is refused where it names what is not there', async (context) => {
    const dataset = await withSplits(context, [{ train: ['a.nii.gz'], val: ['b'] }]);
    await assert.rejects(splitToTrain(dataset, 0, ids), {
      code: 'split-unknown-case',
      where: join(dataset.preprocessed, 'splits_final.json'),
    });
  });
});
