/** What is left when an import ends early, and whether a finished one holds all that was planned. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { examineCases } from '../../../src/dataset/importers/examineCases';
import { verifyWritten } from '../../../src/dataset/importers/verify';
import { isUnfinished, unfinishedBy, unfinishedName } from '../../../src/dataset/names';
import { createFolder } from '../../../src/dataset/newFolder';
import { importPlaces, scratchFolder, writeSmall, writeText } from './scratch';

const mask = (i: number) => i % 2;

describe('an import that was killed', () => {
  it('is swept by the next one; that of a living process or of another machine stays', async (context) => {
    const { source, rawRoot, run } = await importPlaces(context);
    await writeSmall(join(source, 'images/a.nii.gz'), (i) => i);
    await writeSmall(join(source, 'labels/a.nii.gz'), mask);
    const { pid: dead } = spawnSync(process.execPath, ['-e', '']);
    const own = unfinishedName('Dataset001_Own');
    const abandoned = own.replace(`-${process.pid}-`, `-${dead}-`);
    const foreign = own.replace(/importing-[A-Za-z0-9]*-\d+/, `importing-otherhost-${dead}`);
    for (const name of [own, abandoned, foreign]) await writeText(join(rawRoot, name, 'imagesTr/x.nii.gz'), 'x');
    assert.deepEqual([own, abandoned, foreign].map(unfinishedBy), [process.pid, dead, undefined]);
    const result = await run();
    assert.deepEqual((await readdir(rawRoot)).filter(isUnfinished).sort(), [own, foreign].sort());
    assert.equal(result.id, 1);
  });

  it('never replaces a dataset that appeared meanwhile', async (context) => {
    const folder = join(await scratchFolder(context), 'Dataset001_New');
    const building = createFolder(folder, async (unfinished) => {
      await writeText(join(unfinished, 'mine'), 'x');
      await writeText(join(folder, 'theirs'), 'x');
    });
    await assert.rejects(building, { code: 'folder-exists' });
    assert.deepEqual(await readdir(folder), ['theirs']);
    assert.deepEqual(await readdir(join(folder, '..')), ['Dataset001_New']);
  });
});

describe('a finished import', () => {
  it('is refused if it holds other than what was planned', async (context) => {
    const { folder } = await importPlaces(context);
    const files = ['imagesTr/a_0000', 'imagesTr/a_0001', 'labelsTr/a'].map((name) => join(folder, `${name}.nii.gz`));
    for (const file of files) await writeSmall(file, mask);
    const planned = [
      { id: 'a', images: files.slice(0, 2).map((file) => ({ file })), labels: [{ file: files[2]!, part: '' }] },
    ];
    const { cases } = await examineCases(planned, undefined, {});
    const verify = () => verifyWritten(folder, { file_ending: '.nii.gz' }, cases, []);
    await verify();
    await writeSmall(files[2]!, mask, { shape: [4, 5, 7] });
    await assert.rejects(verify(), { code: 'import-not-whole', message: /voxels/ });
    await rm(files[2]!);
    await assert.rejects(verify(), { code: 'file-missing' });
    await rename(files[1]!, join(folder, 'imagesTr/b_0000.nii.gz'));
    await assert.rejects(verify(), {
      code: 'import-not-whole',
      message: /1 case should have been written, and there are 2/,
    });
    await rm(join(folder, 'imagesTr/b_0000.nii.gz'));
    await mkdir(join(folder, 'labelsTr'), { recursive: true });
    await assert.rejects(verify(), { code: 'import-not-whole', message: /1 image instead of 2/ });
  });
});
