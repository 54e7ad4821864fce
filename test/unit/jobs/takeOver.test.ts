import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { activeHolder, takeOver } from '../../../src/dataset/foldLock';
import { Heartbeats } from '../../../src/storage/heartbeats';
import type { NnunetError } from '../../../src/method/errors';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'nnunet takeover é-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const foreign = (beat: number): void =>
  fs.writeFileSync(join(folder, 'run.lock'), JSON.stringify({ pid: 1, host: 'elsewhere', token: 't', beat }));

/** Each look is a minute later, whatever the clocks of machines say. */
function minutes(atLook: (look: number) => void = () => undefined): Heartbeats {
  let looks = 0;
  return new Heartbeats(() => {
    looks += 1;
    atLook(looks);
    return looks * 60_000;
  });
}

describe('the folder of a machine that does not come back', () => {
  it('is free once that was silent for two minutes, however far its clock is off', async () => {
    for (const time of [new Date('1999-01-01'), new Date('2099-01-01')]) {
      foreign(7);
      fs.utimesSync(join(folder, 'run.lock'), time, time);
      const told: string[] = [];
      const holder = await takeOver(folder, { watch: minutes(), onWait: ({ host }) => told.push(host) });
      assert.deepEqual([holder?.host, told], ['elsewhere', ['elsewhere']]);
      assert.equal(activeHolder(folder), undefined);
    }
  });

  it('stays its own while it gives signs of life', async () => {
    foreign(7);
    const watch = minutes((look) => foreign(7 + look));
    await assert.rejects(takeOver(folder, { watch }), (error: NnunetError) => error.code === 'run-alive');
    assert.equal(activeHolder(folder)?.host, 'elsewhere');
  });

  it('is free already where nobody holds it', async () => {
    assert.equal(await takeOver(folder), undefined);
  });
});
