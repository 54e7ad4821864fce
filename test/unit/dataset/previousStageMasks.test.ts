import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { writeBlosc2 } from '../../../src/dataset/blosc2Writer';
import { npyArray, readNpy, writeNpy } from '../../../src/dataset/npy';
import { writeNpz } from '../../../src/dataset/npz';
import { casesWithoutMask, takeOverMasks } from '../../../src/dataset/previousStageMasks';
import { scratchFolder } from './scratch';

const shape = [3, 4, 5];
const mask = (value: number) => npyArray(new Uint8Array(60).fill(value), shape);

describe("masks of a cascade's first stage", () => {
  it('that nnU-Net left are taken over, in its new form and in its old one', async (test) => {
    const folder = await scratchFolder(test);
    await writeBlosc2(join(folder, 'new.b2nd'), mask(1));
    await writeNpz(join(folder, 'old.npz'), { seg: npyArray(new Uint16Array(60).fill(2), shape) });
    await writeNpy(join(folder, 'own.npy'), mask(3));
    assert.deepEqual(await casesWithoutMask(folder, ['new', 'old', 'own', 'none', 'none']), ['none']);
    await takeOverMasks(folder, ['new', 'old', 'own']);
    assert.deepEqual(await readNpy(join(folder, 'new.npy')), mask(1));
    // The engine knows no unsigned numbers of two bytes.
    assert.deepEqual(await readNpy(join(folder, 'old.npy')), npyArray(new Int16Array(60).fill(2), shape));
    assert.deepEqual(await readNpy(join(folder, 'own.npy')), mask(3));
  });

  it('are taken over again where nnU-Net has written them since, and else stay', async (test) => {
    const folder = await scratchFolder(test);
    const [own, theirs] = [join(folder, 'a.npy'), join(folder, 'a.b2nd')];
    await writeNpy(own, mask(1));
    await writeBlosc2(theirs, mask(2));
    await utimes(theirs, 1000, 1000);
    await takeOverMasks(folder, ['a']);
    assert.equal((await readNpy(own)).data[0], 1);
    await utimes(own, 900, 900);
    await takeOverMasks(folder, ['a']);
    assert.equal((await readNpy(own)).data[0], 2);
  });

  it('are refused where the file holds none, and nothing is left', async (test) => {
    const folder = await scratchFolder(test);
    await writeNpz(join(folder, 'a.npz'), { seg: npyArray(new Float32Array(60), shape) });
    await assert.rejects(takeOverMasks(folder, ['a']), {
      code: 'previous-stage-invalid',
      where: join(folder, 'a.npz'),
    });
    await writeFile(join(folder, 'b.b2nd'), 'no frame');
    await assert.rejects(takeOverMasks(folder, ['b']));
    assert.ok(!existsSync(join(folder, 'a.npy')) && !existsSync(join(folder, 'b.npy')));
  });
});
