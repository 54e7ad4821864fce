import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { rootsBelow } from '../../../src/dataset/roots';
import { newJob, readJob } from '../../../src/jobs/jobFolder';
import { withNeededMemory } from '../../../src/jobs/neededMemory';
import type { PredictRequest } from '../../../src/jobs/requests';
import { submitHere } from '../../../src/jobs/submitHere';
import { scratchFolder, writeText } from '../dataset/scratch';
import { toyMetadata, writeBall } from '../inference/toyModel';
import { FakeLauncher } from './someJobs';

const model = 'nnUNetTrainer__nnUNetPlans__low';

async function place(test: TestContext) {
  const folder = await scratchFolder(test);
  const input = join(folder, 'scans');
  await mkdir(input);
  await writeFile(join(input, 'notes.txt'), ' '.repeat(1 << 20));
  const { plans, datasetJson } = toyMetadata() as {
    plans: { configurations: Record<string, object> };
    datasetJson: object;
  };
  const [low] = Object.values(plans.configurations);
  await writeText(join(folder, model, 'plans.json'), { ...plans, configurations: { low } });
  await writeText(join(folder, model, 'dataset.json'), datasetJson);
  const job = (more: Partial<PredictRequest> = {}) => {
    const request: PredictRequest = {
      ...{ models: [join(folder, model)], input: [input], output: join(folder, 'masks'), folds: [0], engine: 'onnx' },
      ...{ mirroring: false, stepSize: 0.5, device: 'auto', precision: 'auto' },
      ...more,
    };
    return newJob({ kind: 'predict', title: 'Predict', request, roots: rootsBelow(folder) });
  };
  const bytes = async (more?: Partial<PredictRequest>): Promise<number | undefined> =>
    (await withNeededMemory(job(more))).resources.memoryBytes;
  return { folder, input, job, bytes };
}

describe('the memory of a prediction', () => {
  it('is that of its largest image and of its folds, and is known before it has its turn', async (test) => {
    const { folder, input, job, bytes } = await place(test);
    await writeBall(join(input, 'a_0000.nii.gz'), [8, 8, 8]);
    const small = (await bytes())!;
    await writeBall(join(input, 'b_0000.nii.gz'), [64, 64, 64]);
    const large = (await bytes())!;
    // 10 bytes of scores and voxels for each of the voxels at the network's spacing, and 8 of those as they were read.
    assert.equal(large - small, (64 ** 3 - 8 ** 3) * 18);
    assert.ok((await bytes({ folds: [0, 1] }))! > large);

    const asked = job();
    const launcher = new FakeLauncher();
    await submitHere(folder, [asked], launcher.starter);
    launcher.end(folder);
    assert.equal(readJob(folder, asked.id).resources.memoryBytes, large);
  });

  it('is not made up where images or model do not tell it, or where nothing is predicted here', async (test) => {
    const { folder, input, job, bytes } = await place(test);
    assert.equal(await bytes(), undefined, 'no image');
    await writeFile(join(input, 'a_0000.nii.gz'), 'no image');
    assert.equal(await bytes(), undefined, 'a damaged image');
    await writeBall(join(input, 'a_0000.nii.gz'), [8, 8, 8]);
    assert.ok((await bytes())! > 0);
    assert.equal(await bytes({ isDryRun: true }), undefined);
    assert.equal(await bytes({ models: [join(folder, 'gone')] }), undefined);
    assert.equal(await bytes({ input: [join(folder, 'gone')] }), undefined);
    const elsewhere = await withNeededMemory({ ...job(), launcher: 'slurm' });
    assert.equal(elsewhere.resources.memoryBytes, undefined, 'a cluster has other memory');
  });
});
