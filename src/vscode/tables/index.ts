/** Registers "Show Experiments" and "Show Results Table", and makes their pages again after a reload. */
import { t } from '@vscode/l10n';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { foldPaths } from '../../dataset/results';
import type { ExplorerNode } from '../explorer/nodes';
import { pickDataset, placeOf, type DatasetArgument } from '../explorer/pick';
import { registerCommand } from '../registerCommand';
import type { Services } from '../services';
import { folderOf, pickJob, type JobArgument } from '../tasks/pickJob';
import { askOnly } from '../wizard/questions';
import { experimentsKind, experimentsSource } from './experimentsSource';
import { resultsKind, resultsSource } from './resultsSource';
import { TablePage, type TableSource } from './tablePage';

const viewType = 'nnunet.table';

/** Opens the page of a table, or the one that it has. */
export type ShowTable = (source: TableSource) => void;

export function registerTables(
  services: Services,
  registerMore: (show: ShowTable) => vscode.Disposable,
): vscode.Disposable {
  const { output } = services;
  const tables = new Tables(services);
  return vscode.Disposable.from(
    tables,
    registerMore((source) => tables.show(source)),
    vscode.window.registerWebviewPanelSerializer(viewType, tables),
    registerCommand(output, 'nnunet.showExperiments', t('Show Experiments'), async (argument?: unknown) => {
      const dataset = await datasetOf(services, argument as DatasetArgument);
      if (dataset !== undefined) tables.show(experimentsSource(services, dataset));
    }),
    registerCommand(output, 'nnunet.showResults', t('Show Results Table'), async (first?: unknown, all?: unknown) => {
      const models = await evaluatedOf(services, first, all);
      if (models.length > 0) tables.show(resultsSource(services, models));
    }),
  );
}

async function datasetOf(services: Services, argument: DatasetArgument): Promise<string | undefined> {
  const title = t('Show Experiments');
  const dataset = await askOnly({ id: `nnunet.showExperiments ${placeOf(argument)}`, title }, (asker) =>
    pickDataset(services, asker, argument, { where: 'results' }),
  );
  return dataset?.folderName;
}

/** Files and folders, or rows of a view; several stand side by side. */
async function evaluatedOf(services: Services, first: unknown, all: unknown): Promise<string[]> {
  const given = Array.isArray(all) && all.length > 0 ? all : first === undefined ? [] : [first];
  const paths = given.map(evaluatedFolder).filter((path) => path !== undefined);
  if (paths.length > 0) return [...new Set(paths)];
  const fold = await pickJob(services, first as JobArgument, {
    title: t('Show Results Table'),
    isOfTrainings: true,
    states: ['finished', 'stopped', 'interrupted', 'failed'],
    isFit: ({ folder }) => existsSync(foldPaths(folder).summary),
    none: t('No training has been validated yet.'),
  });
  return fold === undefined ? [] : [fold];
}

function evaluatedFolder(value: unknown): string | undefined {
  if (value instanceof vscode.Uri) return /\.json$/.test(value.path) ? dirname(value.fsPath) : value.fsPath;
  const node = value as ExplorerNode;
  switch (node.kind) {
    case 'predictions':
      return node.prediction.folder;
    case 'model':
      return node.model.folder;
    case 'fold':
      return node.folder;
    default:
      // A row of the list of jobs.
      return folderOf(value as JobArgument);
  }
}

/** One panel for each table. */
class Tables implements vscode.WebviewPanelSerializer<{ source?: string }>, vscode.Disposable {
  private readonly panels = new Map<string, vscode.WebviewPanel>();

  constructor(private readonly services: Services) {}

  show(source: TableSource): void {
    const known = this.panels.get(source.id);
    if (known) known.reveal();
    else this.fill(vscode.window.createWebviewPanel(viewType, source.title, vscode.ViewColumn.Active), source);
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: { source?: string } | undefined): Promise<void> {
    const source = this.sourceOf(state?.source ?? '');
    if (source) this.fill(panel, source);
    else panel.dispose();
    return Promise.resolve();
  }

  dispose(): void {
    for (const panel of this.panels.values()) panel.dispose();
  }

  private fill(panel: vscode.WebviewPanel, source: TableSource): void {
    this.panels.set(source.id, panel);
    const page = new TablePage(panel, this.services.extensionUri, source);
    panel.onDidDispose(() => {
      this.panels.delete(source.id);
      page.dispose();
    });
  }

  /** @param id  as an earlier window has kept it: it may be anything */
  private sourceOf(id: string): TableSource | undefined {
    const [, kind, rest = ''] = /^(\w+) (.*)$/s.exec(id) ?? [];
    if (kind === experimentsKind) return experimentsSource(this.services, rest);
    if (kind !== resultsKind) return undefined;
    try {
      const models: unknown = JSON.parse(rest);
      const areTexts = Array.isArray(models) && models.length > 0 && models.every((one) => typeof one === 'string');
      return areTexts ? resultsSource(this.services, models as string[]) : undefined;
    } catch {
      return undefined;
    }
  }
}
