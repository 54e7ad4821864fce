/** Does a row of the tree show what is, also where an earlier look at the disk ends after a later one? */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Catalog } from '../../../../src/vscode/catalog/catalog';
import type { DatasetNode } from '../../../../src/vscode/explorer/nodes';
import type { ExplorerTree } from '../../../../src/vscode/explorer/tree';
import type { NodeProvider } from '../../../../src/vscode/explorer/treeProvider';
import { stubVscode } from '../vscodeStub';

class EventEmitter<T> {
  private readonly listeners: ((value: T) => void)[] = [];
  readonly event = (listener: (value: T) => void) => {
    this.listeners.push(listener);
    return { dispose: () => undefined };
  };
  fire(value: T): void {
    for (const listener of this.listeners) listener(value);
  }
  dispose(): void {}
}

const dataset = (running: number): DatasetNode => ({
  kind: 'dataset',
  dataset: { folderName: 'Dataset001_A' } as DatasetNode['dataset'],
  sources: { raw: 'workspace', preprocessed: 'workspace', results: 'workspace' },
  caseCount: 1,
  errors: 0,
  warnings: 0,
  running,
});

describe('a dataset that is drawn anew', () => {
  let Provider: typeof NodeProvider;
  before(async () => {
    stubVscode({ EventEmitter, window: {}, l10n: { t: (text: string) => text } });
    ({ NodeProvider: Provider } = await import('../../../../src/vscode/explorer/treeProvider'));
  });

  it('keeps what was seen last, whichever look ends last', async () => {
    const changes = new EventEmitter<{ dataset?: string }>();
    const looks: ((nodes: DatasetNode[]) => void)[] = [];
    const roots = () => new Promise<DatasetNode[]>((resolve) => looks.push(resolve));
    const catalog = { onDidChange: changes.event } as unknown as Catalog;
    const provider = new Provider(catalog, {} as ExplorerTree, roots, async () => []);
    const drawn: unknown[] = [];
    provider.onDidChangeTreeData((node) => drawn.push((node as DatasetNode | undefined)?.running));
    const shown = provider.getChildren();
    looks.shift()!([dataset(0)]);
    const [row] = (await shown) as DatasetNode[];
    changes.fire({ dataset: 'Dataset001_A' });
    changes.fire({ dataset: 'Dataset001_A' });
    const [earlier, later] = looks;
    later!([dataset(0)]);
    await new Promise(setImmediate);
    earlier!([dataset(1)]);
    await new Promise(setImmediate);
    assert.deepEqual([row?.running, drawn], [0, [0]]);
  });
});
