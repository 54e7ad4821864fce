/** Are the datasets on disk in the tree? */
import * as assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'mocha';
import { services, workspacePath } from './extension';

const sample = 'Dataset001_Sample';
/** A copy of nnU-Net's own files, where tools/vscode/workspace.mjs found them. */
const golden = 'Dataset777_Toy';

export function datasets(): void {
  describe('datasets of the workspace', () => {
    it('takes the three roots from the workspace folder', async () => {
      const { raw, preprocessed, results } = (await services()).roots();
      assert.equal(raw, workspacePath('nnUNet_raw'));
      assert.equal(preprocessed, workspacePath('nnUNet_preprocessed'));
      assert.equal(results, workspacePath('nnUNet_results'));
    });

    it('shows the sample dataset', async () => {
      const { catalog } = await services();
      const names = (await catalog.datasets()).map(({ folderName }) => folderName);
      assert.ok(names.includes(sample), `only ${names.join(', ')}`);
    });

    it('shows the golden dataset and its model', async function () {
      if (!existsSync(workspacePath('nnUNet_raw', golden))) return this.skip();
      const { catalog } = await services();
      const dataset = (await catalog.datasets()).find(({ folderName }) => folderName === golden);
      assert.ok(dataset);
      const models = await catalog.models(dataset);
      assert.deepEqual(
        models.map(({ configuration }) => configuration),
        ['3d_small'],
      );
    });
  });
}
