import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readPredictionRecord } from '../../../src/dataset/predictionRecord';
import { ensemble } from '../../../src/runner/work/ensemble';
import { removeParts } from '../../../src/runner/work/endPrediction';
import { postprocess } from '../../../src/runner/work/postprocess';
import { scratchFolder, writeText } from '../dataset/scratch';

describe('the end of a prediction in several steps', () => {
  const context = { warn: () => undefined, progress: () => undefined, note: () => undefined } as never;
  const record = { input: ['/scans'], model: ['/a', '/b'], folds: ['0'], mirroring: true, stepSize: 0.5 };

  it('removes the folder of the steps, and no other', async (test) => {
    const folder = await scratchFolder(test);
    const output = join(folder, 'masks');
    for (const name of ['masks-parts', 'masks-parts-2', 'scans']) await mkdir(join(folder, name));
    await removeParts(join(folder, 'masks-parts-2'), output);
    await removeParts(join(folder, 'scans'), output);
    await removeParts(join(folder, 'other', 'masks-parts'), output);
    assert.deepEqual(
      ['masks-parts', 'masks-parts-2', 'scans'].map((name) => existsSync(join(folder, name))),
      [true, false, true],
    );
  });

  it('is reached at once where all masks were there already', async (test) => {
    const folder = await scratchFolder(test);
    const output = join(folder, 'masks');
    const parts = join(folder, 'masks-parts');
    await writeText(join(output, 'a.nii.gz'), 'a mask');
    const ends = { record, parts };
    const mean = { folders: [join(parts, '2d'), join(parts, '3d_fullres')], output: join(parts, 'mean') };
    assert.deepEqual((await ensemble({ ...mean, ends }, context)).cases, []);
    assert.deepEqual(
      (await postprocess({ input: join(parts, 'mean'), output, steps: '/none', ends }, context)).cases,
      [],
    );
    assert.deepEqual(await readPredictionRecord(output), {}, 'nothing was predicted');
  });

  it('is not reached by anybody else’s averaging of nothing', async (test) => {
    const folder = await scratchFolder(test);
    await assert.rejects(ensemble({ folders: [join(folder, 'a'), join(folder, 'b')], output: folder }, context), {
      code: 'no-probabilities',
    });
  });
});
