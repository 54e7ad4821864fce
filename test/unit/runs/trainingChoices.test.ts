import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NnunetError } from '../../../src/method/errors';
import { recommend } from '../../../src/runs/configurationFacts';
import {
  configurationDetail,
  describeLength,
  lastFirst,
  lengthChoices,
  parseLength,
  resumeRequest,
  roughDuration,
  sameLength,
  trainingRequests,
} from '../../../src/runs/trainingChoices';

const gigabyte = 2 ** 30;
const facts = [
  { name: '3d_fullres', patchSize: [128, 128, 128], batchSize: 2, memoryBytes: 12 * gigabyte, secondsPerEpoch: 900 },
  { name: '2d', patchSize: [512, 512], batchSize: 12, memoryBytes: 6 * gigabyte, secondsPerEpoch: 300 },
  { name: '3d_cascade_fullres', patchSize: [128, 128, 128], batchSize: 2, previousStage: '3d_lowres' },
];

describe('the recommended configuration', () => {
  it('is 3d_fullres where it fits', () => {
    const choices = recommend(facts, { memoryBytes: 32 * gigabyte, trainsOnCpu: true });
    assert.deepEqual(
      choices.map(({ name, isRecommended }) => [name, isRecommended]),
      [
        ['3d_fullres', true],
        ['2d', false],
        ['3d_cascade_fullres', false],
      ],
    );
    assert.match(choices[2]!.why, /3d_lowres, which is trained first/);
  });

  it('is 2d where the memory does not suffice for 3D, and says why', () => {
    const [first, second] = recommend(facts, { memoryBytes: 8 * gigabyte, trainsOnCpu: true });
    assert.equal(first?.name, '2d');
    assert.match(second!.why, /more memory than this machine has/);
  });

  it('does not count the main memory where a GPU trains', () => {
    assert.equal(recommend(facts, { memoryBytes: 8 * gigabyte, trainsOnCpu: false })[0]?.name, '3d_fullres');
  });

  it('tells time and memory where they are known', () => {
    const [choice] = recommend(facts, { memoryBytes: 32 * gigabyte, trainsOnCpu: true });
    assert.match(
      configurationDetail(choice!),
      /about 15 minutes an epoch · about 12\.0 GB of memory · patch 128×128×128, batch 2/,
    );
    const [unplanned] = recommend([{ name: '2d', patchSize: [] }], { memoryBytes: gigabyte, trainsOnCpu: true });
    assert.ok(!configurationDetail(unplanned!).includes('undefined'));
  });
});

describe('the length of a training', () => {
  it('is offered from a quick look to the full 1000 epochs, with an estimate', () => {
    const choices = lengthChoices({ secondsPerEpoch: 900 });
    assert.deepEqual(
      choices.map(({ id }) => id),
      ['quick', 'hour', 'overnight', 'full'],
    );
    assert.match(choices[3]!.description, /about 10 days/);
    assert.ok(!lengthChoices()[3]!.description.includes('about'));
  });

  it('is read as epochs or as time', () => {
    assert.deepEqual(parseLength('300'), { epochs: 300 });
    assert.deepEqual(parseLength(' 20 epochs '), { epochs: 20 });
    for (const text of ['20 epochs of 10', '20 of 10 iterations', '20x10'])
      assert.deepEqual(parseLength(text), { epochs: 20, iterationsPerEpoch: 10 });
    assert.deepEqual(parseLength('1h30m'), { budgetSeconds: 5400 });
    for (const wrong of ['', '0', 'a while', '-3', '1.5'])
      assert.throws(
        () => parseLength(wrong),
        (error: NnunetError) => error.code === 'bad-duration',
        wrong,
      );
  });

  it('is described as it was chosen', () => {
    assert.equal(describeLength({ epochs: 5 }), '5 epochs');
    assert.equal(describeLength({ epochs: 5, iterationsPerEpoch: 20 }), '5 epochs of 20 iterations');
    assert.equal(describeLength({ budgetSeconds: 5400 }), '1 h 30 min');
    assert.equal(roughDuration(100 * 86400), '3 months');
    assert.equal(roughDuration(86400 * 1.1), '26 hours');
  });

  it('of last time comes first', () => {
    const choices = lastFirst(lengthChoices(), ({ length }) => sameLength(length, { budgetSeconds: 3600 }));
    assert.deepEqual(
      choices.map(({ id }) => id),
      ['hour', 'quick', 'overnight', 'full'],
    );
  });
});

describe('the runs that follow from the answers', () => {
  const dataset = {
    id: 4,
    name: 'Hippocampus',
    folderName: 'Dataset004_Hippocampus',
    raw: '/r/Dataset004_Hippocampus',
    preprocessed: '/p/Dataset004_Hippocampus',
    results: '/s/Dataset004_Hippocampus',
    exists: { raw: true, preprocessed: false, results: false },
  };

  it('are one for each fold', () => {
    const requests = trainingRequests(dataset, { configuration: '2d', length: { epochs: 7 }, folds: [0, 1, 2, 3, 4] });
    assert.deepEqual(
      requests.map(({ fold, options }) => [fold, options.epochs, options.budgetSeconds, options.resume]),
      [0, 1, 2, 3, 4].map((fold) => [fold, 7, undefined, false]),
    );
  });

  it('go on with what is left when they are resumed, or with a new length when they are extended', () => {
    const [request] = trainingRequests(
      dataset,
      { configuration: '2d', length: { budgetSeconds: 60 }, folds: ['all'] },
      { batchSize: 3, pretrained: 'x' },
    );
    const resumed = resumeRequest(request!);
    assert.deepEqual(resumed.options, {
      device: 'auto',
      precision: 'auto',
      npz: false,
      validate: true,
      resume: true,
      batchSize: 3,
    });
    assert.equal(resumeRequest(request!, { epochs: 9 }).options.epochs, 9);
    assert.equal(resumed.fold, 'all');
    const fromBest = resumeRequest(request!, undefined, 'best');
    assert.equal(fromBest.options.checkpoint, 'best');
    assert.ok(!('checkpoint' in resumeRequest(fromBest).options), 'the next one goes on with what that learned');
  });
});
