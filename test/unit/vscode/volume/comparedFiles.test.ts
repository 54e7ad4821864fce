import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NnunetError } from '../../../../src/method/errors';
import { sortCompared } from '../../../../src/vscode/volume/comparedFiles';

const image = '/raw/imagesTr/a_0000.nii.gz';

describe('files to compare', () => {
  it('are shown on the image that they are of, wherever each lies', () => {
    const paths = ['/x/a.nii.gz', '/y/a.nii.gz'];
    assert.deepEqual(sortCompared(paths, [image, undefined]), { image, segmentations: paths });
    assert.deepEqual(sortCompared(paths, [undefined, undefined]), { image: undefined, segmentations: paths });
  });

  it('may have the image itself among them', () => {
    assert.deepEqual(sortCompared(['/x/a.nii.gz', image], [image, undefined]), {
      image,
      segmentations: ['/x/a.nii.gz'],
    });
  });

  it('of different cases are refused by name', () => {
    assert.throws(
      () => sortCompared(['/x/a.nii.gz', '/x/b.nii.gz'], [image, '/raw/imagesTr/b_0000.nii.gz']),
      (error: NnunetError) =>
        error.code === 'different-cases' &&
        error.message === 'a.nii.gz is of a_0000.nii.gz, but b.nii.gz is of b_0000.nii.gz',
    );
  });
});
