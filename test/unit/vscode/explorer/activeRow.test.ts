import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { rootsBelow } from '../../../../src/dataset/roots';
import { activeRow, type Rows } from '../../../../src/vscode/explorer/activeRow';
import { Catalog } from '../../../../src/vscode/catalog/catalog';
import { pageSize } from '../../../../src/vscode/explorer/lists';
import { type ExplorerNode, nodeId } from '../../../../src/vscode/explorer/nodes';
import { ExplorerTree } from '../../../../src/vscode/explorer/tree';
import { appearance } from '../../../../src/vscode/explorer/present';
import { scratchFolder, writeText } from '../../dataset/scratch';

const name = 'Dataset001_Test';
const count = pageSize + 20;
const metrics = (dice: number): object => ({ Dice: dice, IoU: dice, FP: 0, TP: 0, FN: 0, TN: 0, n_pred: 0, n_ref: 0 });
const idOf = (number: number): string => `case_${String(number).padStart(3, '0')}`;

/** Cases of more than a page, all of them validated, and the rows that a view of them would have. */
async function shown(context: TestContext): Promise<{ raw: string; fold: string; rows: Rows }> {
  const root = await scratchFolder(context);
  const raw = join(root, 'nnUNet_raw', name);
  for (const part of ['imagesTr', 'labelsTr']) await mkdir(join(raw, part), { recursive: true });
  const ids = Array.from({ length: count }, (_, number) => idOf(number));
  for (const id of ids) {
    await writeFile(join(raw, 'imagesTr', `${id}_0000.nii.gz`), '');
    await writeFile(join(raw, 'labelsTr', `${id}.nii.gz`), '');
  }
  const labels = { background: 0, organ: 1 };
  const json = { channel_names: { 0: 'CT' }, labels, numTraining: count, file_ending: '.nii.gz' };
  await writeText(join(raw, 'dataset.json'), json);
  const fold = join(root, 'nnUNet_results', name, 'nnUNetTrainer__nnUNetPlans__2d', 'fold_0');
  await writeText(join(fold, 'validation', 'summary.json'), {
    foreground_mean: metrics(0.6),
    mean: { 1: metrics(0.6) },
    metric_per_case: ids.map((id, number) => ({
      metrics: { 1: metrics(number / count) },
      prediction_file: `/x/${id}.nii.gz`,
      reference_file: `/y/${id}.nii.gz`,
    })),
  });
  const catalog = new Catalog(rootsBelow(root));
  context.after(() => catalog.dispose());
  const tree = new ExplorerTree(catalog);
  const parents = new Map<string, ExplorerNode>();
  const rows: Rows = {
    async getChildren(parent) {
      if (!parent) return tree.roots();
      const isRoot = parent.kind === 'dataset';
      const children = [...(await tree.children(parent)), ...(isRoot ? await tree.modelsOf(parent.dataset) : [])];
      for (const child of children) parents.set(nodeId(child), parent);
      return children;
    },
    getParent: (node) => parents.get(nodeId(node)),
  };
  return { raw, fold, rows };
}

describe('the row of the volume in the editor', () => {
  it('is its case, also on a later page, whose parents are known', async (context) => {
    const { raw, rows } = await shown(context);
    const last = idOf(count - 1);
    for (const file of [join('imagesTr', `${last}_0000.nii.gz`), join('labelsTr', `${last}.nii.gz`)]) {
      const row = await activeRow(join(raw, file), rows, []);
      assert.equal(row?.kind === 'case' ? row.files.id : row?.kind, last);
      const kinds: string[] = [];
      for (let node = rows.getParent(row!); node; node = rows.getParent(node)) kinds.push(node.kind);
      assert.deepEqual(kinds, ['page', 'cases', 'dataset']);
    }
    assert.equal(await activeRow(join(raw, 'imagesTr', 'other_0000.nii.gz'), rows, []), undefined);
    assert.equal(await activeRow('/elsewhere/case_000_0000.nii.gz', rows, []), undefined);
  });

  it('stays where a row that stands for it is selected already', async (context) => {
    const { raw, rows } = await shown(context);
    const file = join(raw, 'imagesTr', `${idOf(0)}_0000.nii.gz`);
    const row = await activeRow(file, rows, []);
    assert.equal(await activeRow(file, rows, [row!]), undefined);
  });

  it('is in the list that was gone through: the next case of a validation, not of the training cases', async (context) => {
    const { raw, rows } = await shown(context);
    const below = async (parent: ExplorerNode, kind: ExplorerNode['kind']): Promise<ExplorerNode> =>
      (await rows.getChildren(parent)).find((node) => node.kind === kind)!;
    const [dataset] = await rows.getChildren();
    const fold = await below(await below(dataset!, 'model'), 'fold');
    const selected = await below(await below(fold, 'page'), 'validationCase');
    assert.match(appearance(selected).label, /^0\.000/);
    const next = await activeRow(join(raw, 'imagesTr', `${idOf(count - 1)}_0000.nii.gz`), rows, [selected]);
    assert.equal(next?.kind, 'validationCase');
    assert.equal(basename(next.kind === 'validationCase' ? next.scored.prediction : ''), `${idOf(count - 1)}.nii.gz`);
  });
});
