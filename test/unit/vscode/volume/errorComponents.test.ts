/** Which errors are listed, how large they are, and where. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Shape3 } from '../../../../src/geometry/types';
import { compareLabels, differenceMap } from '../../../../src/vscode/volume/comparison';
import { listErrors } from '../../../../src/vscode/volume/errorComponents';
import { affine, pair, rows } from './labelPair';

describe('listErrors', () => {
  it('lists connected errors by size, each with a place inside it', async () => {
    const { errors, total } = await listErrors(pair, differenceMap(pair));
    assert.equal(total, 4);
    assert.deepEqual(
      errors.map(({ kind, voxels, referenceLabel, predictionLabel }) => [
        kind,
        voxels,
        referenceLabel,
        predictionLabel,
      ]),
      [
        ['otherLabel', 2, 2, 1],
        ['falseNegative', 2, 1, 0],
        ['falsePositive', 2, 0, 1],
        ['falsePositive', 1, 0, 1],
      ],
    );
    assert.deepEqual(errors[0]!.box, [
      [6, 2, 0],
      [7, 2, 0],
    ]);
    assert.deepEqual(errors[3]!.voxel, [2, 0, 0]);
    assert.equal(errors[0]!.volumeMm3, 2);
  });

  it('jumps into a hollow error, not to its empty centre', async () => {
    const side = 7;
    const hollow = new Uint8Array(side ** 3).map((_, i) => {
      const at = [i % side, Math.floor(i / side) % side, Math.floor(i / side ** 2)];
      return at.some((index) => index === 0 || index === side - 1) ? 1 : 0;
    });
    const shell = {
      reference: new Uint8Array(side ** 3),
      prediction: hollow,
      grid: { shape: [side, side, side] as Shape3, affine },
    };
    const { errors } = await listErrors(shell, differenceMap(shell));
    const [x, y, z] = errors[0]!.voxel;
    assert.equal(errors.length, 1);
    assert.equal(hollow[(z * side + y) * side + x], 1);
  });

  it('finds nothing where two agree', async () => {
    const same = { ...pair, prediction: pair.reference };
    assert.deepEqual(await listErrors(same, differenceMap(same)), { errors: [], total: 0 });
  });

  it('counts each label by itself where errors of two touch, so that sizes add up to the table', async () => {
    const touching = {
      ...pair,
      reference: rows(`00000000 00011100 00000000
                       00000000 00022200 00000000`),
      prediction: rows(`11122200 11122200 00000000
                        11111100 00022200 00000000`),
    };
    const { errors } = await listErrors(touching, differenceMap(touching));
    const classes = [1, 2].map((entry) => ({ entry, name: String(entry) }));
    const { rows: table } = await compareLabels(touching, classes);
    const sum = (wanted: (error: (typeof errors)[number]) => boolean): number =>
      errors.filter(wanted).reduce((total, { voxels }) => total + voxels, 0);
    for (const [label, row] of [1, 2].map((one) => [one, table[one - 1]!] as const)) {
      const added = sum(({ predictionLabel }) => predictionLabel === label);
      const missing = sum(({ referenceLabel }) => referenceLabel === label);
      assert.deepEqual([added, missing], [row.falsePositive, row.falseNegative], `label ${label}`);
    }
    assert.deepEqual(
      errors.map(({ kind, voxels, predictionLabel }) => [kind, voxels, predictionLabel]),
      [
        ['falsePositive', 12, 1],
        ['falsePositive', 3, 2],
        ['otherLabel', 3, 2],
      ],
    );
  });

  it('stops when it is no longer wanted', async () => {
    const side = 140;
    const all = new Uint8Array(side ** 3).fill(1);
    const large = {
      reference: new Uint8Array(side ** 3),
      prediction: all,
      grid: { shape: [side, side, side] as Shape3, affine },
    };
    const abort = new AbortController();
    const listing = listErrors(large, differenceMap(large), abort.signal);
    abort.abort();
    await assert.rejects(listing, { name: 'AbortError' });
  });
});
