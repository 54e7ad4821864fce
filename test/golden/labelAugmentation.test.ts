/** The spatial augmentation's labels beside those of nnU-Net's libraries: the core's own test, given one case after the other. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { npyArray, writeNpy } from '../../src/dataset/npy';
import { readNpz } from '../../src/dataset/npz';
import { describeShared, repositoryRoot, sharedPath } from '../shared';

const program = join(repositoryRoot, 'build', 'core', 'data_tests');
const file = sharedPath('spec/golden/label-resampling/augmentation-spatial.npz');

describeShared('labels augmented', () => {
  it('are identical', async (test) => {
    const folder = mkdtempSync(join(tmpdir(), 'nnunet-augmentation-'));
    test.after(() => rmSync(folder, { recursive: true }));
    const arrays = await readNpz(file);
    const cases = Object.keys(arrays).flatMap((name) => /^(.*)_seg$/.exec(name)?.[1] ?? []);
    assert.ok(cases.length > 0);
    for (const name of cases) {
      // No trainer of ours samples labels by the nearest voxel.
      if (arrays[`${name}_nearest`]!.data[0] === 1) continue;
      await test.test(name, async () => {
        const given = join(folder, name);
        mkdirSync(given);
        for (const what of ['seg', 'out', 'grid', 'image', 'image_out']) {
          const array = arrays[`${name}_${what}`];
          if (array) await writeNpy(join(given, `${what}.npy`), array);
        }
        const affine = arrays[`${name}_affine`];
        if (affine && !name.includes('elastic')) {
          const matrix = npyArray(Float32Array.from(affine.data as Float64Array), affine.shape);
          await writeNpy(join(given, 'matrix.npy'), matrix);
        }
        const output = execFileSync(program, ['--gtest_filter=SpatialGolden.Case'], {
          env: { ...process.env, NNUNET_SPATIAL_GOLDEN: given },
          encoding: 'utf8',
        });
        assert.match(output, /\[ {2}PASSED {2}\] 1 test/);
      });
    }
  });
});
