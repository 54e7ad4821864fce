/** Shows the explorer's nodes as VS Code's trees do. */
import * as vscode from 'vscode';
import { inBackground } from '../background';
import { tooltip as markdownTooltip } from '../notify';
import type { Catalog } from '../catalog/catalog';
import { type DatasetNode, type ExplorerNode, nodeId } from './nodes';
import type { ExplorerTree } from './tree';
import { appearance } from './present';

export class NodeProvider implements vscode.TreeDataProvider<ExplorerNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<ExplorerNode | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly subscription: { dispose(): void };
  /** Datasets as they were shown last: one of them is drawn anew without touching the others. */
  private shown: DatasetNode[] = [];
  /** Counts the looks at each dataset: an earlier one that ends later tells what was. */
  private readonly looks = new Map<string, number>();
  /** Of every row that was asked for, by its id: a row can only be revealed with its parents. */
  private readonly parents = new Map<string, ExplorerNode>();

  constructor(
    catalog: Catalog,
    readonly tree: ExplorerTree,
    private readonly rootsOf: () => Promise<ExplorerNode[]>,
    private readonly childrenOf: (node: ExplorerNode) => Promise<ExplorerNode[]>,
  ) {
    this.subscription = catalog.onDidChange(({ dataset }) => this.refresh(dataset));
  }

  refresh(dataset?: string): void {
    // A dataset that is not shown yet may be shown now.
    const known = this.shown.filter((node) => node.dataset.folderName === dataset);
    if (known.length === 0) this.changed.fire(undefined);
    for (const node of known) inBackground(this.redraw(node), 'Drawing the tree');
  }

  /** The element stands for its dataset by identity: its facts are renewed in place. */
  private async redraw(known: DatasetNode): Promise<void> {
    const id = nodeId(known);
    const look = (this.looks.get(id) ?? 0) + 1;
    this.looks.set(id, look);
    const now = (await this.rootsOf()).find((node) => nodeId(node) === id);
    if (look !== this.looks.get(id)) return;
    if (now) Object.assign(known, now);
    this.changed.fire(now ? known : undefined);
  }

  async getChildren(node?: ExplorerNode): Promise<ExplorerNode[]> {
    if (node) {
      const children = await this.childrenOf(node);
      for (const child of children) this.parents.set(nodeId(child), node);
      return children;
    }
    const nodes = await this.rootsOf();
    this.shown = nodes.filter((one) => one.kind === 'dataset');
    return nodes;
  }

  getParent(node: ExplorerNode): ExplorerNode | undefined {
    return this.parents.get(nodeId(node));
  }

  getTreeItem(node: ExplorerNode): vscode.TreeItem {
    const { label, description, icon, color, context, expandable, open, click, spoken } = appearance(node);
    const { None, Collapsed } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(label, expandable ? Collapsed : None);
    item.id = nodeId(node);
    item.description = description;
    item.contextValue = context;
    if (icon) item.iconPath = new vscode.ThemeIcon(icon, color ? new vscode.ThemeColor(color) : undefined);
    if (spoken) item.accessibilityInformation = { label: spoken };
    // A case opens by its twisty; its volume by the inline action or Enter.
    if (open) {
      item.command = { command: 'nnunet.openNode', title: vscode.l10n.t('Open Volume'), arguments: [node] };
    }
    if (click) item.command = { command: click, title: label, arguments: [node] };
    return item;
  }

  /** Only when the mouse rests on it: tooltips of long lists cost nothing. */
  resolveTreeItem(item: vscode.TreeItem, node: ExplorerNode): vscode.TreeItem {
    const { tooltip } = appearance(node);
    if (tooltip) item.tooltip = markdownTooltip(tooltip, { icons: true });
    return item;
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }
}
