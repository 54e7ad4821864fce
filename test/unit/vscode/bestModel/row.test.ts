import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { rootsBelow } from '../../../../src/dataset/roots';
import { Catalog } from '../../../../src/vscode/catalog/catalog';
import { nodeId } from '../../../../src/vscode/explorer/nodes';
import { appearance } from '../../../../src/vscode/explorer/present';
import { ExplorerTree } from '../../../../src/vscode/explorer/tree';
import { scratchFolder, writeText } from '../../dataset/scratch';
import { labelledDataset, validatedModel } from '../../pipeline/validatedModels';

describe('the best model among the models of a dataset', () => {
  it('stands first once it was chosen, whatever it is made of, and a click tells why', async (test) => {
    const root = await scratchFolder(test);
    const dataset = await labelledDataset(root, () => 0);
    for (const name of ['2d', '3d_fullres']) await validatedModel(dataset, name, () => 0, { probabilities: false });
    const catalog = new Catalog(rootsBelow(root));
    test.after(() => catalog.dispose());
    const tree = new ExplorerTree(catalog);
    const kinds = async () => (await tree.modelsOf(dataset)).map(({ kind }) => kind);
    assert.deepEqual(await kinds(), ['model', 'model']);
    const choice = join(dataset.results, 'inference_information.json');
    const selected = ['2d', '3d_fullres'].map((configuration) => ({
      ...{ configuration, trainer: 'nnUNetTrainer', plans_identifier: 'nnUNetPlans' },
    }));
    await writeText(choice, {
      folds: [0, 1],
      best_model_or_ensemble: {
        ...{ result_on_crossval_pre_pp: 0.8834, result_on_crossval_post_pp: 0.8834 },
        selected_model_or_models: selected,
      },
    });
    await catalog.look();
    assert.deepEqual(await kinds(), ['bestModel', 'model', 'model']);
    const [best] = await tree.modelsOf(dataset);
    const { label, description, click, expandable } = appearance(best!);
    assert.deepEqual(
      [label, description, click, expandable],
      ['Best model: 2d + 3d_fullres', '2 folds, Dice 0.883', 'nnunet.showBestModel', false],
    );
    assert.match(nodeId(best!), /bestModel$/);
  });

  it('that is gone, or was written wrongly, is a row that says so, and hides no other', async (test) => {
    const root = await scratchFolder(test);
    const dataset = await labelledDataset(root, () => 0);
    await validatedModel(dataset, '2d', () => 0, { probabilities: false });
    await writeText(join(dataset.results, 'inference_information.json'), { folds: [] });
    const catalog = new Catalog(rootsBelow(root));
    test.after(() => catalog.dispose());
    const nodes = await new ExplorerTree(catalog).modelsOf(dataset);
    assert.deepEqual(
      nodes.map(({ kind }) => kind),
      ['problem', 'model'],
    );
  });
});
