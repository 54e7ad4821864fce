import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareLabels, differenceMap } from '../../../../src/vscode/volume/comparison';
import { pair, rows } from './labelPair';

const classes = [
  { entry: 1, name: 'kidney' },
  { entry: [1, 2], name: 'all' },
  { entry: 4, name: 'none' },
];

describe('compareLabels', () => {
  it('gives Dice and volumes of labels and regions, without ignored voxels', async () => {
    const { rows: table, meanDice } = await compareLabels(pair, classes);
    // Reference 6 voxels, prediction 9 outside the ignored ones; 4 in common.
    assert.deepEqual(table[0], {
      key: '1',
      name: 'kidney',
      labels: [1],
      dice: 8 / 15,
      iou: 4 / 11,
      truePositive: 4,
      falsePositive: 5,
      falseNegative: 2,
      referenceVolumeMm3: 6,
      predictionVolumeMm3: 9,
    });
    assert.deepEqual([table[1]!.key, table[1]!.dice], ['(1, 2)', 16 / 21]);
    assert.deepEqual([table[2]!.dice, table[2]!.iou], [null, null]);
    assert.equal(meanDice, (8 / 15 + 16 / 21) / 2);
  });
});

describe('differenceMap', () => {
  it('tells missing, added and confused voxels apart', () => {
    assert.deepEqual(
      [...differenceMap(pair)],
      [
        ...rows(`11200000 11000011 00000044
                33000000 00000000 22000000`),
      ],
    );
  });

  it('sees one row of the table as one thing', () => {
    assert.deepEqual(
      [...differenceMap(pair, [1, 2])],
      [
        ...rows(`11200000 11000011 00000011
                33000000 00000000 22000000`),
      ],
    );
    assert.deepEqual(
      [...differenceMap(pair, [2])],
      [
        ...rows(`00000000 00000011 00000033
                00000000 00000000 00000000`),
      ],
    );
  });
});
