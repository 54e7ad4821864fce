import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { rootsBelow, type Roots } from '../../../../src/dataset/roots';
import { Catalog } from '../../../../src/vscode/catalog/catalog';
import { placeNames } from '../../../../src/vscode/catalog/placeNames';
import { nodeId } from '../../../../src/vscode/explorer/nodes';
import { appearance } from '../../../../src/vscode/explorer/present';
import { sourcesText } from '../../../../src/vscode/explorer/rootSources';
import { ExplorerTree } from '../../../../src/vscode/explorer/tree';
import { scratchFolder } from '../../dataset/scratch';

const name = 'Dataset001_Test';

async function twoPlaces(test: TestContext): Promise<{ roots: Roots[]; catalog: Catalog }> {
  const roots = [await scratchFolder(test), await scratchFolder(test)].map((folder) => rootsBelow(folder, 'workspace'));
  for (const { results } of roots)
    await mkdir(join(results, name, 'nnUNetTrainer__nnUNetPlans__2d', 'fold_0'), { recursive: true });
  const catalog = new Catalog(roots);
  test.after(() => catalog.dispose());
  return { roots, catalog };
}

describe('datasets of several places', () => {
  it('are told apart by where they lie, though they have the same name', async (test) => {
    const { roots, catalog } = await twoPlaces(test);
    const nodes = await new ExplorerTree(catalog).roots();
    const places = placeNames(roots);
    assert.deepEqual(
      nodes.map((node) => [appearance(node).label, appearance(node).description]),
      places.map((place) => [name, `no raw data · ${place}`]),
    );
    assert.notEqual(nodeId(nodes[0]!), nodeId(nodes[1]!));
    assert.match(appearance(nodes[1]!).tooltip!, /results \|.*\| in the workspace \|/);
  });

  it('keep their predictions apart', async (test) => {
    const { roots, catalog } = await twoPlaces(test);
    for (const { raw } of roots)
      await mkdir(join(raw, '..', 'nnUNet_predictions', name, basename(join(raw, '..'))), { recursive: true });
    const found = await Promise.all((await catalog.datasets()).map((dataset) => catalog.predictions(dataset)));
    assert.deepEqual(
      found.map((predictions) => predictions.map((one) => one.name)),
      roots.map(({ raw }) => [basename(join(raw, '..'))]),
    );
  });

  it('are those of the folders that are open now', async (test) => {
    const { roots, catalog } = await twoPlaces(test);
    assert.equal((await catalog.datasets()).length, 2);
    catalog.setRoots(roots.slice(1));
    const [left, ...others] = await catalog.datasets();
    assert.deepEqual([left?.place, others], [undefined, []], 'one place alone needs no name');
  });
});

describe('where the roots come from', () => {
  it('is named by as much of the path as tells places apart', () => {
    assert.deepEqual(placeNames([{ raw: '/a/liver/nnUNet_raw' }]), []);
    assert.deepEqual(placeNames([{ raw: '/a/liver/nnUNet_raw' }, { raw: '/a/heart/nnUNet_raw' }]), ['liver', 'heart']);
    assert.deepEqual(placeNames([{ raw: '/a/x/nnUNet_raw' }, { raw: '/b/x/nnUNet_raw' }]), ['/a/x', '/b/x']);
  });

  it('is said at the head of the list where it is not the workspace', () => {
    assert.equal(sourcesText([rootsBelow('/a', 'workspace')]), undefined);
    assert.equal(sourcesText([rootsBelow('/a', 'setting')]), 'by settings');
    const mixed = rootsBelow('/a', 'setting');
    assert.equal(
      sourcesText([{ ...mixed, sources: { ...mixed.sources, raw: 'environment' } }]),
      'by settings and the environment',
    );
  });
});
