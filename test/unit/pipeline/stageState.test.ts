import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { sameSources, sourcesOfAll } from '../../../src/pipeline/sources';
import { readState, StateList, writeState } from '../../../src/pipeline/stageState';

let folder: string;
beforeEach(() => (folder = fs.mkdtempSync(join(tmpdir(), 'nnunet-state-'))));
afterEach(() => fs.rmSync(folder, { recursive: true }));

describe('what stages note', () => {
  it('is read back, and nothing is no error', async () => {
    assert.equal(await readState(folder, 'x'), undefined);
    await writeState(folder, 'x', { a: 1 });
    assert.deepEqual(await readState(folder, 'x'), { a: 1 });
  });

  it('grows line by line, survives a torn line and starts anew under another key', async () => {
    const first = await StateList.open<{ case: string }>(folder, 'list', 'k1');
    assert.equal(first.isNew, true);
    await first.list.add({ case: 'a' });
    await first.list.add({ case: 'b' });
    fs.appendFileSync(join(folder, '.nnunet', 'list.jsonl'), '{"case":');
    const second = await StateList.open<{ case: string }>(folder, 'list', 'k1');
    assert.deepEqual(second.entries, [{ case: 'a' }, { case: 'b' }]);
    await second.list.add({ case: 'c' });
    assert.deepEqual((await StateList.open(folder, 'list', 'k1')).entries, [
      { case: 'a' },
      { case: 'b' },
      { case: 'c' },
    ]);
    const other = await StateList.open(folder, 'list', 'k2');
    assert.deepEqual([other.entries, other.isNew], [[], true]);
  });
});

describe('the files that a result was made from', () => {
  it('differ when one of them changed, came or went', async () => {
    const rawCase = { id: 'a', images: [join(folder, 'a_0000.nii.gz')], label: join(folder, 'a.nii.gz') };
    fs.writeFileSync(rawCase.images[0]!, '1');
    fs.writeFileSync(rawCase.label, '1');
    const before = await sourcesOfAll([rawCase]);
    assert.ok(sameSources(before, await sourcesOfAll([rawCase])));
    assert.ok(!sameSources(before, await sourcesOfAll([rawCase, { ...rawCase, id: 'b' }])));
    assert.ok(!sameSources(before, {}));
    assert.ok(!sameSources(undefined, before));
    fs.writeFileSync(rawCase.label, '12');
    assert.ok(!sameSources(before, await sourcesOfAll([rawCase])));
  });
});
