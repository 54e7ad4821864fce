import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { counted, countedAre } from '../../../src/words/counted';
import { repositoryRoot } from '../../shared';

describe('how many there are', () => {
  it('is said with one for one, and with many for none and for many', () => {
    assert.deepEqual(
      [0, 1, 2].map((count) => counted(count, 'fold')),
      ['0 folds', '1 fold', '2 folds'],
    );
    assert.equal(counted(2, 'class', 'classes'), '2 classes');
    assert.deepEqual([countedAre(1, 'mask'), countedAre(3, 'mask')], ['1 mask is', '3 masks are']);
  });

  it('is said by these functions wherever a number can be one', () => {
    const nouns = 'folds|cases|epochs|files|labels|channels|masks|images|trainings|findings|errors|warnings|iterations';
    // Words before the noun, and numbers that are never one.
    const isNone = '(?![^}]*(\\bname\\b|format|ending|changed|components|foldcount|voxels.length))';
    const bare = new RegExp(`(\\$\\{${isNone}[^}]*\\}|\\{\\d\\}) (${nouns})\\b`, 'i');
    const found = ['src', 'webview'].flatMap((top) =>
      readdirSync(join(repositoryRoot, top), { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.(ts|cts)$/.test(name) && name !== 'words/counted.ts')
        .flatMap((name) => {
          const lines = readFileSync(join(repositoryRoot, top, name), 'utf8').split('\n');
          return lines.filter((line) => bare.test(line)).map((line) => `${top}/${name}: ${line.trim()}`);
        }),
    );
    assert.deepEqual(found, []);
  });
});
