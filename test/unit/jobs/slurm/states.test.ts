import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readAccounting, readComments, readJobId, readQueue } from '../../../../src/jobs/slurm/states';

describe("Slurm's words", () => {
  it('tells states by job and place in an array, and leaves out what a login shell prints', () => {
    const printed = [
      'Welcome to the cluster|see the news',
      'nnunet|7|N/A|7|PENDING|Priority|',
      'nnunet|8|0|9|RUNNING|None|node12',
      'nnunet|8|1|10|COMPLETED|None|node12',
      'nnunet|8|2|8|PENDING|BeginTime|',
      'nnunet|8|3|11|OUT_OF_MEMORY|OutOfMemory|node3',
      'nnunet|12|N/A|12|PENDING|DependencyNeverSatisfied|',
      'nnunet|13|N/A|13|COMPLETING|None|node1',
      'nnunet|14|N/A|14|PENDING|None|',
    ].join('\n');
    assert.deepEqual(
      [...readQueue(printed)],
      [
        ['7', { state: 'pending', reason: 'Priority' }],
        ['8_0', { state: 'running', host: 'node12' }],
        ['8_1', { state: 'ended', how: 'COMPLETED' }],
        ['8_2', { state: 'pending', reason: 'BeginTime' }],
        ['8_3', { state: 'ended', how: 'OUT_OF_MEMORY' }],
        ['12', { state: 'ended', how: 'DependencyNeverSatisfied' }],
        ['13', { state: 'running', host: 'node1' }],
        ['14', { state: 'pending', reason: 'PENDING' }],
      ],
    );
  });

  it('reads the accounting without the steps of a job', () => {
    const printed = '7|CANCELLED by 1000\n7.batch|CANCELLED\n8_0|NODE_FAIL\n8_1|RUNNING\n';
    assert.deepEqual(
      [...readAccounting(printed)],
      [
        ['7', { state: 'ended', how: 'CANCELLED' }],
        ['8_0', { state: 'ended', how: 'NODE_FAIL' }],
        ['8_1', { state: 'running' }],
      ],
    );
  });

  it("finds our jobs by their comments among others'", () => {
    const printed = [
      'nnunet|3|N/A|nnunet:aaaaaaaa',
      'nnunet|4|0|nnunet:bbbbbbbb,cccccccc',
      'nnunet|4|1|nnunet:bbbbbbbb,cccccccc',
      'nnunet|5|N/A|(null)',
      'nnunet|6|N/A|nnunet: mine',
    ].join('\n');
    assert.deepEqual(
      [...readComments(printed)],
      [
        ['aaaaaaaa', { jobId: '3' }],
        ['bbbbbbbb', { jobId: '4', arrayIndex: 0 }],
        ['cccccccc', { jobId: '4', arrayIndex: 1 }],
      ],
    );
  });

  it('takes the number that sbatch names, also below a greeting and with a cluster', () => {
    assert.equal(readJobId('123\n'), '123');
    assert.equal(readJobId('Welcome\n124;tiger\n'), '124');
    assert.equal(readJobId('Welcome\n'), undefined);
    assert.equal(readJobId(''), undefined);
  });
});
