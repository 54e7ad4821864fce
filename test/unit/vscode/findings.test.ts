import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type * as vscode from 'vscode';
import type { UnusedFile } from '../../../src/dataset/importers/plan';
import { findingsPage } from '../../../src/vscode/findings/findingsPage';
import { rememberUnused, unusedOf } from '../../../src/vscode/findings/importNotes';

const unused = (file: string, code: UnusedFile['code'] = 'not-listed'): UnusedFile => ({ file, reason: 'why', code });

function memento(): vscode.Memento {
  const values = new Map<string, unknown>();
  return {
    keys: () => [...values.keys()],
    get: (key: string) => values.get(key),
    update: async (key: string, value: unknown) => void values.set(key, value),
  } as vscode.Memento;
}

describe('what an import left out', () => {
  it('is kept by dataset, without what nobody expects in one', async () => {
    const state = memento();
    await rememberUnused(state, '/raw/A', [unused('a.nii.gz'), unused('.DS_Store', 'hidden')]);
    await rememberUnused(state, '/raw/B', [unused('b.nii.gz')]);
    assert.deepEqual(unusedOf(state, '/raw/A'), [unused('a.nii.gz')]);
    assert.deepEqual(unusedOf(state, '/raw/C'), []);
  });

  it('is forgotten when the dataset is imported anew and everything is used', async () => {
    const state = memento();
    await rememberUnused(state, '/raw/A', [unused('a.nii.gz')]);
    await rememberUnused(state, '/raw/A', []);
    assert.deepEqual(unusedOf(state, '/raw/A'), []);
  });
});

describe('the page of findings', () => {
  const options = { nonce: 'n0nce', language: 'en' };

  it('lists errors before warnings, and what was left out with its reason', () => {
    const page = findingsPage(
      {
        dataset: 'Dataset001_A',
        findings: [
          { code: 'x', severity: 'warning', case: 'case_2', message: 'All voxels have the same value.' },
          {
            code: 'y',
            severity: 'error',
            file: 'dataset.json',
            line: 3,
            message: 'A comma is missing.',
            fix: 'Add it',
          },
        ],
        unused: [unused('<b>.nii.gz')],
      },
      options,
    );
    const order = [
      '1 error',
      'dataset.json, line 3',
      '1 warning',
      'case_2',
      'Not used by the import: 1 file',
      '&lt;b&gt;',
    ];
    const places = order.map((text) => page.indexOf(text));
    assert.deepEqual(
      places,
      [...places].sort((a, b) => a - b),
    );
    assert.ok(places[0]! > 0);
    assert.match(page, /A comma is missing\. Fix Dataset can correct it: Add it\./);
    assert.doesNotMatch(page, /<script|<b>\./);
  });

  it('says that nothing is wrong, and what that means', () => {
    assert.match(findingsPage({ dataset: 'A', findings: [], unused: [] }, options), /Nothing is wrong/);
  });
});
