import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readPartitions, readTime } from '../../../../src/jobs/slurm/clusterFacts';

describe('What a cluster has', () => {
  it('is told by partition and kind of machine, with what is free and what is down', () => {
    const printed = [
      'Last login: today|from somewhere',
      'nnunet|gpu*|up|7-00:00:00|1:00:00|3|mix|64|257000|gpu:a100:4(S:0-1)',
      'nnunet|gpu*|up|7-00:00:00|1:00:00|2|idle|64|257000|gpu:a100:4(S:0-1)',
      'nnunet|gpu*|up|7-00:00:00|1:00:00|1|drain*|64|257000|gpu:a100:4(S:0-1)',
      'nnunet|gpu*|up|7-00:00:00|1:00:00|1|idle~|32|128000+|lustre:1,gpu:2',
      'nnunet|long|inact|infinite|n/a|10|idle*|16|64000|(null)',
    ].join('\n');
    assert.deepEqual(readPartitions(printed), [
      {
        name: 'gpu',
        isDefault: true,
        isUp: true,
        longestSeconds: 7 * 86400,
        defaultSeconds: 3600,
        machines: [
          {
            nodes: 6,
            idleNodes: 2,
            unusableNodes: 1,
            cores: 64,
            memoryBytes: 257000 * 2 ** 20,
            gpus: [{ type: 'a100', count: 4 }],
          },
          {
            nodes: 1,
            idleNodes: 1,
            unusableNodes: 0,
            cores: 32,
            memoryBytes: 128000 * 2 ** 20,
            gpus: [{ type: 'gpu', count: 2 }],
          },
        ],
      },
      {
        name: 'long',
        isDefault: false,
        isUp: false,
        longestSeconds: null,
        defaultSeconds: null,
        machines: [{ nodes: 10, idleNodes: 0, unusableNodes: 10, cores: 16, memoryBytes: 64000 * 2 ** 20, gpus: [] }],
      },
    ]);
  });

  it("reads Slurm's times", () => {
    const times = ['30:00', '1:00:00', '2-12', '1-02:03:04', '45', 'infinite', 'n/a', ''];
    assert.deepEqual(times.map(readTime), [1800, 3600, 216000, 93784, 2700, null, null, null]);
  });
});
