import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lengthAskedFor, resumedOptions } from '../../../src/runner/resumedOptions';
import type { RunRecord, TrainOptions } from '../../../src/jobs/runFolder';

const options = (more: Partial<TrainOptions> = {}): TrainOptions => ({
  device: 'auto',
  precision: 'auto',
  npz: false,
  validate: true,
  resume: false,
  ...more,
});
const start = (more: Partial<TrainOptions>) => ({ startTime: '', host: '', pid: 1, options: options(more) });
const record = (first: Partial<TrainOptions>, second: Partial<TrainOptions>): RunRecord =>
  ({ options: options({ resume: true, ...second }), earlierStarts: [start(first)] }) as unknown as RunRecord;

describe('a resumed training', () => {
  const earlier = record(
    { epochs: 5, precision: 'fp32', pretrained: '/w.pth', threads: 2, batchSize: 3 },
    { threads: 4 },
  );

  it('is computed as was said before', () => {
    const { precision, pretrained, threads, batchSize } = resumedOptions(earlier, options({ resume: true }));
    assert.deepEqual([precision, pretrained, threads, batchSize], ['fp32', '/w.pth', 4, 3]);
  });

  it('follows what is said anew', () => {
    const anew = resumedOptions(earlier, options({ resume: true, precision: 'bf16', threads: 1, device: 'cpu' }));
    assert.deepEqual([anew.precision, anew.threads, anew.device], ['bf16', 1, 'cpu']);
    assert.equal(anew.epochs, undefined);
  });

  it('that has to start anew has the length that was asked for last', () => {
    assert.deepEqual(lengthAskedFor(earlier, options()), { epochs: 5, budgetSeconds: undefined });
    assert.deepEqual(lengthAskedFor(record({ epochs: 5 }, { budgetSeconds: 60 }), options()), {
      epochs: undefined,
      budgetSeconds: 60,
    });
    assert.deepEqual(lengthAskedFor(undefined, options({ epochs: 7 })), { epochs: 7, budgetSeconds: undefined });
  });
});
