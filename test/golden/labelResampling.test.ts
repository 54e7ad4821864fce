/** Label maps at another spacing, as nnU-Net's libraries resampled them: every array of the golden folder. */
import type { Shape3, Shape4 } from '../../src/geometry/types';
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { it } from 'node:test';
import { readNpz } from '../../src/dataset/npz';
import { resampleSegmentation } from '../../src/voxels/resample';
import { describeShared, hasShared, sharedPath } from '../shared';

const folder = sharedPath('spec/golden/label-resampling');
const files = hasShared ? readdirSync(folder).filter((name) => /^(?!augmentation-).*\.npz$/.test(name)) : [];

describeShared('label maps resampled', () => {
  for (const file of files) {
    it(`${basename(file, '.npz')}: identical`, async () => {
      const arrays = await readNpz(join(folder, file));
      const cases = Object.keys(arrays).flatMap((name) => /^(.*)_seg$/.exec(name)?.[1] ?? []);
      assert.ok(cases.length > 0);
      for (const name of cases) {
        const array = (what: string) => arrays[`${name}_${what}`]!;
        const numbers = (what: string) => Array.from(array(what).data as Float64Array);
        const { data, shape } = array('seg');
        const [order, orderZ, force] = numbers('options') as [number, number, number];
        const result = await resampleSegmentation(
          Int16Array.from(data as Int8Array),
          shape as Shape4,
          numbers('new_shape') as Shape3,
          numbers('current_spacing'),
          numbers('new_spacing'),
          { order, orderZ, forceSeparateZ: force < 0 ? null : force === 1 },
        );
        assert.deepEqual(result, Int16Array.from(array('out').data as Int8Array), `${file}: ${name}`);
      }
    });
  }
});
