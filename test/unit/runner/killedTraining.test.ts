import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { compareKilledTrainings } from '../../durability/killedTraining';

const root = mkdtempSync(join(tmpdir(), 'nnunet-killed-'));
after(() => rmSync(root, { recursive: true, force: true, maxRetries: 3 }));

describe('a training whose processes are killed at random instants', () => {
  it('and that is resumed each time is the same as one that was left alone', async (test) => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    test.diagnostic(`seed ${seed}`);
    const say = (line: string) => test.diagnostic(line);
    const { differences } = await compareKilledTrainings({ root, kills: 4, seed, epochs: 4, say });
    assert.deepEqual(differences, [], `seed ${seed}`);
  });
});
