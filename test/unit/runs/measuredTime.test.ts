import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { describe, it } from 'node:test';
import type { RunRecord } from '../../../src/jobs/runFolder';
import { measuredSecondsPerEpoch } from '../../../src/runs/measuredTime';
import type { KnownTraining } from '../../../src/jobs/knownJob';

const wanted = {
  dataset: 'Dataset004_Hippocampus',
  plans: 'nnUNetPlans',
  configuration: '2d',
  device: 'auto',
  batchSize: 12,
};

function run(folder: string, secondsPerEpoch: number, updatedAt: string, configuration = '2d'): KnownTraining {
  const { dataset, plans } = wanted;
  const status = { state: 'finished' as const, secondsPerEpoch, updatedAt };
  const names = { dataset, plans, configuration, trainer: 'nnUNetTrainer', fold: '0' };
  return { id: 'x', kind: 'train', title: '', folder, status, training: { ...names, diceCurve: [], seconds: 0 } };
}

function record(more: Partial<RunRecord> = {}): RunRecord {
  const options = { device: 'auto' };
  return { host: hostname(), options, schedule: { iterationsPerEpoch: 250 }, ...more } as RunRecord;
}

describe('the time of an epoch', () => {
  it('is that of the latest training of the configuration here', () => {
    const runs = [
      run('/old', 90, '2026-01-01'),
      run('/new', 60, '2026-02-01'),
      run('/3d', 500, '2026-03-01', '3d_fullres'),
    ];
    assert.equal(
      measuredSecondsPerEpoch(wanted, runs, () => record()),
      60,
    );
  });

  it('counts shorter epochs and smaller batches as what they are', () => {
    const short = record({ schedule: { iterationsPerEpoch: 50, batchSize: 4 } });
    assert.equal(
      measuredSecondsPerEpoch(wanted, [run('/a', 10, '2026-01-01')], () => short),
      150,
    );
  });

  it('is not taken from another machine or device, nor from a run without a record', () => {
    const runs = [run('/a', 10, '2026-01-01')];
    assert.equal(
      measuredSecondsPerEpoch(wanted, runs, () => record({ host: 'elsewhere' })),
      undefined,
    );
    assert.equal(
      measuredSecondsPerEpoch({ ...wanted, device: 'cpu' }, runs, () => record()),
      undefined,
    );
    assert.equal(
      measuredSecondsPerEpoch(wanted, runs, () => undefined),
      undefined,
    );
  });
});
