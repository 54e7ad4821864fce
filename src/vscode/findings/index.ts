/** Registers "Show Findings": the list of what is wrong with a dataset, again whenever it is asked for. */
import { t } from '@vscode/l10n';
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { DatasetReference } from '../../dataset/references';
import { pickDataset, type DatasetArgument } from '../explorer/pick';
import { inBackground } from '../background';
import { registerCommand } from '../registerCommand';
import type { Services } from '../services';
import { askOnly } from '../wizard/questions';
import { findingsPage } from './findingsPage';
import { unusedOf } from './importNotes';

export function registerFindings(services: Services): vscode.Disposable {
  const panels = new Map<string, vscode.WebviewPanel>();
  return vscode.Disposable.from(
    registerCommand(services.output, 'nnunet.showFindings', t('Show Findings'), async (argument?: unknown) => {
      const dataset = await askOnly({ id: 'nnunet.showFindings', title: t('Show Findings') }, (asker) =>
        pickDataset(services, asker, argument as DatasetArgument, { where: 'raw' }),
      );
      if (dataset) await show(services, dataset, panels);
    }),
    // What is corrected leaves the list.
    services.catalog.onDidChange(({ dataset: changed }) => {
      for (const [name, panel] of panels) {
        if (changed !== undefined && changed !== name) continue;
        inBackground(fill(services, name, panel), t('Show Findings'));
      }
    }),
    { dispose: () => panels.forEach((panel) => panel.dispose()) },
  );
}

async function show(services: Services, { folderName }: DatasetReference, panels: Map<string, vscode.WebviewPanel>) {
  const known = panels.get(folderName);
  if (known) known.reveal();
  else {
    const title = t('Findings: {0}', folderName);
    const panel = vscode.window.createWebviewPanel('nnunet.findings', title, vscode.ViewColumn.Active, {
      enableScripts: false,
      localResourceRoots: [],
    });
    panels.set(folderName, panel);
    panel.onDidDispose(() => panels.delete(folderName));
  }
  await fill(services, folderName, panels.get(folderName)!);
}

async function fill({ catalog, context }: Services, name: string, panel: vscode.WebviewPanel): Promise<void> {
  const dataset = await catalog.dataset(name);
  if (!dataset?.exists.raw) return;
  const findings = await catalog.findings(dataset);
  const unused = unusedOf(context.workspaceState, dataset.raw);
  const options = { nonce: randomBytes(16).toString('base64'), language: vscode.env.language };
  panel.webview.html = findingsPage({ dataset: name, findings, unused }, options);
}
