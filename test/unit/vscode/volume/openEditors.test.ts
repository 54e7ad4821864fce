import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OpenEditors, type OpenEditor } from '../../../../src/vscode/volume/openEditors';

const uri = { toString: () => 'file:///a.nii.gz' } as Parameters<OpenEditors['of']>[0];
const editor = (): OpenEditor => ({}) as OpenEditor;

describe('the editors of one image', () => {
  it('are answered for by the one that was used last, not by the one that was opened last', () => {
    const editors = new OpenEditors();
    const [first, second] = [editor(), editor()];
    assert.equal(editors.last(uri), undefined);
    editors.add(uri, first);
    editors.add(uri, second);
    assert.equal(editors.last(uri), second);
    editors.use(uri, first);
    assert.equal(editors.last(uri), first);
    editors.remove(uri, first);
    assert.equal(editors.last(uri), second);
    // Told of too late.
    editors.use(uri, first);
    assert.equal(editors.last(uri), second);
    editors.remove(uri, second);
    assert.equal(editors.last(uri), undefined);
  });
});
