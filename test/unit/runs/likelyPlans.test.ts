import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { resolveDataset } from '../../../src/dataset/references';
import { rootsBelow } from '../../../src/dataset/roots';
import type { Shape3 } from '../../../src/geometry/types';
import { configurationFacts } from '../../../src/runs/configurationFacts';
import { configurationDetail } from '../../../src/runs/trainingChoices';
import { scratchFolder, writeSmall, writeText } from '../dataset/scratch';

const name = 'Dataset007_Unplanned';

async function factsOf(context: TestContext, shape: Shape3) {
  const root = await scratchFolder(context);
  const raw = join(root, 'nnUNet_raw', name);
  await mkdir(raw, { recursive: true });
  for (let i = 0; i < 5; i++) {
    await writeSmall(join(raw, 'imagesTr', `case_${i}_0000.nii.gz`), (at) => at % 100, { type: 'int16', shape });
    await writeSmall(join(raw, 'labelsTr', `case_${i}.nii.gz`), (at) => at % 2, { shape });
  }
  await writeText(join(raw, 'dataset.json'), {
    channel_names: { 0: 'CT' },
    labels: { background: 0, organ: 1 },
    numTraining: 5,
    file_ending: '.nii.gz',
  });
  return configurationFacts(await resolveDataset(name, rootsBelow(root)), 'nnUNetPlans', { cores: 2 });
}

describe('a dataset that is not planned yet', () => {
  it('has an estimate of time and memory from the headers of its images', async (context) => {
    const facts = await factsOf(context, [40, 48, 56]);
    assert.deepEqual(
      facts.map((one) => [one.name, one.isLikely]),
      [
        ['3d_fullres', true],
        ['2d', true],
      ],
    );
    const [fullres] = facts;
    assert.equal(fullres!.patchSize.length, 3);
    assert.ok(fullres!.memoryBytes! > 0 && fullres!.secondsPerEpoch! > 0);
    const detail = configurationDetail({ ...fullres!, isRecommended: true, why: 'best' });
    assert.match(detail, /^about .* an epoch · about .* of memory · probably patch \d+×\d+×\d+, batch \d+$/);
  });

  it('of single slices is offered 2d only', async (context) => {
    const facts = await factsOf(context, [1, 64, 64]);
    assert.deepEqual(
      facts.map((one) => one.name),
      ['2d'],
    );
  });
});
