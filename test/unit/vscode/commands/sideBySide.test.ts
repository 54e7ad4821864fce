import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { chosenFile, linkSideBySide } from '../../../../src/vscode/commands/sideBySide';

describe('images and masks chosen in different places', () => {
  it('lie side by side for the import, and are told by their own names', async (context) => {
    const place = mkdtempSync(join(tmpdir(), 'nnunet chosen é-'));
    const files = ['a.nii.gz', 'b.nii.gz'].map((name) => join(place, name));
    for (const file of files) writeFileSync(file, '');
    const chosen = { images: [place], labels: files };
    const linked = await linkSideBySide(chosen);
    context.after(() => [place, linked].forEach((folder) => rmSync(folder, { recursive: true })));
    for (const name of ['images/a.nii.gz', 'labels/b.nii.gz']) {
      assert.ok(existsSync(join(linked, name)), name);
      assert.equal(chosenFile(chosen, name), join(place, name.slice('images/'.length)));
    }
    assert.equal(chosenFile(chosen, 'images/visit 1/c.nii.gz'), join(place, 'visit 1', 'c.nii.gz'));
  });
});
