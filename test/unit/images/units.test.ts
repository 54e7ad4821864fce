import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { gridDistance, sameSpacing } from '../../../src/geometry/grids';
import type { Geometry } from '../../../src/geometry/types';
import { decodeImage } from '../../../src/images/decode';
import { readHeader } from '../../../src/images/header';
import { inspectFile } from '../../../src/images/inspect';
import { spacingAsRead } from '../../../src/images/readers';
import { readImages } from '../../../src/images/volumes';
import { writeSegmentation, writeVolume } from '../../../src/images/write';

const folder = mkdtempSync(join(tmpdir(), 'nnunet units-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

const grid: Geometry = {
  spacing: [0.02, 0.03, 0.5],
  origin: [1.5, -2, 3],
  direction: [0.6, -0.8, 0, 0.8, 0.6, 0, 0, 0, 1],
};
const [metre, mm, micron, unknown] = [1, 2, 3, 0];

/** The same grid, its lengths stated in another unit. */
async function write(name: string, unit: number, mmPerUnit: number, codes?: { q: number; s: number }): Promise<string> {
  const scaled = (values: number[]): number[] => values.map((value) => value / mmPerUnit);
  const geometry = { ...grid, spacing: scaled(grid.spacing), origin: scaled(grid.origin) };
  await writeVolume(
    at(name),
    Uint8Array.from({ length: 24 }, (_, i) => i),
    [2, 3, 4],
    geometry,
  );
  const bytes = readFileSync(at(name));
  bytes[123] = unit;
  if (codes) {
    bytes.writeInt16LE(codes.q, 252);
    bytes.writeInt16LE(codes.s, 254);
  }
  writeFileSync(at(name), bytes);
  return at(name);
}

describe('a grid whose file states its lengths in metres or micrometres', () => {
  it('is the same grid as in mm, for whoever asks', async () => {
    for (const codes of [
      { q: 1, s: 1 },
      { q: 1, s: 0 },
      { q: 0, s: 1 },
      { q: 0, s: 0 },
    ]) {
      const expected = await readHeader(await write('mm.nii', mm, 1, codes));
      for (const [unit, mmPerUnit] of [
        [micron, 1e-3],
        [metre, 1e3],
        [unknown, 1],
      ] as const) {
        const file = await write('other.nii', unit, mmPerUnit, codes);
        const header = await readHeader(file);
        assert.ok(sameSpacing(header.spacing, expected.spacing), `${header.spacing}`);
        assert.ok(gridDistance(header, expected) < 1e-4);
        assert.deepEqual((await inspectFile(file)).spacing, [...header.spacing].reverse());
        const read = (await decodeImage(file)).itkGeometry();
        assert.deepEqual([...header.spacing].reverse(), read.spacing, 'as ITK reads it');
      }
    }
  });

  it('keeps its numbers for nibabel, which knows no units, and its unit in what is written', async () => {
    const file = await write('scan.nii', micron, 1e-3);
    const header = await readHeader(file);
    for (const reader of ['NibabelIO', 'NibabelIOWithReorient'] as const) {
      const { properties } = await readImages([file], reader);
      assert.ok(Math.abs(properties.spacing[0] - 500) < 1e-3, `${properties.spacing}`);
      assert.deepEqual([...spacingAsRead(header, 'NibabelIO')].map(Math.fround), [500, 30, 20].map(Math.fround));
      await writeSegmentation(at('mask.nii'), new Uint8Array(24), [2, 3, 4], properties, reader);
      const mask = await readHeader(at('mask.nii'));
      assert.ok(gridDistance(mask, header) < 1e-4, 'the mask lies on its image');
    }
    assert.equal(spacingAsRead(header, 'SimpleITKIO'), header.spacing);
  });
});

describe('a header without a spacing', () => {
  it('is refused by name; along an axis of one voxel it does no harm', async () => {
    for (const [value, words] of [
      [0, /0 mm long along y/],
      [NaN, /NaN mm/],
      [Infinity, /Infinity mm/],
    ] as const) {
      const file = await write('broken.nii', mm, 1);
      const bytes = readFileSync(file);
      bytes.writeFloatLE(value, 84);
      writeFileSync(file, bytes);
      for (const read of [readHeader, inspectFile]) {
        await assert.rejects(read(file), { code: 'bad-spacing', message: words, where: file });
      }
    }
    await writeVolume(at('flat.nii'), new Uint8Array(12), [1, 3, 4], grid);
    const bytes = readFileSync(at('flat.nii'));
    bytes.writeFloatLE(0, 88);
    writeFileSync(at('flat.nii'), bytes);
    assert.equal((await readHeader(at('flat.nii'))).spacing[0], 1);
    for (const steps of ['1 0 1', '1 nan 1']) {
      const fields = ['ObjectType = Image', 'NDims = 3', 'DimSize = 2 2 2', `ElementSpacing = ${steps}`];
      const text = [...fields, 'ElementType = MET_UCHAR', 'ElementDataFile = LOCAL', ''].join('\n');
      writeFileSync(at('broken.mha'), Buffer.concat([Buffer.from(text), Buffer.alloc(8)]));
      await assert.rejects(readHeader(at('broken.mha')), { code: 'bad-spacing' });
    }
  });
});
