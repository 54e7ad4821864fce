/** Registers "Explain Plans", the page that it opens, and "New Configuration". */
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { PlansError } from '../../method/errors';
import type { PlansFile } from '../catalog/catalog';
import type { ExplorerNode } from '../explorer/nodes';
import { pickDataset, placeOf, type DatasetArgument } from '../explorer/pick';
import { registerPageEditor } from '../pageEditor';
import { registerCommand } from '../registerCommand';
import type { Services } from '../services';
import { oneOf } from '../wizard/list';
import { askOnly } from '../wizard/questions';
import { newConfiguration } from './newConfiguration';
import { newConfigurationCommand, openPlansJsonCommand, plansOfFile, plansViewType } from './plansEditor';

export function registerPlans(services: Services): vscode.Disposable {
  const { output } = services;
  return vscode.Disposable.from(
    registerPageEditor(services, plansOfFile),
    registerCommand(output, 'nnunet.explainPlans', t('Explain Plans'), (argument?: unknown) =>
      explainPlansCommand(services, argument as DatasetArgument | vscode.Uri),
    ),
    registerCommand(output, newConfigurationCommand, t('New Configuration'), (first?: unknown, from?: unknown) =>
      newConfigurationOf(services, first as string | ExplorerNode | undefined, from),
    ),
    registerCommand(output, openPlansJsonCommand, t('Open as JSON'), (file: unknown) =>
      vscode.window.showTextDocument(vscode.Uri.file(String(file))),
    ),
  );
}

/** @param argument  a plans file, or what stands for a dataset or a configuration in a view */
async function explainPlansCommand(services: Services, argument: DatasetArgument | vscode.Uri): Promise<void> {
  const file = argument instanceof vscode.Uri ? argument.fsPath : await plansOf(services, argument);
  if (file === undefined) return;
  await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(file), plansViewType);
}

async function plansOf(services: Services, argument: DatasetArgument): Promise<string | undefined> {
  if (typeof argument === 'object' && argument.kind === 'configuration') return argument.plans.file;
  const title = t('Explain Plans');
  return askOnly({ id: `nnunet.explainPlans ${placeOf(argument)}`, title, steps: 2 }, async (asker) => {
    const dataset = await pickDataset(services, asker, argument);
    const plans = await services.catalog.plans(dataset);
    if (plans.length === 0) {
      throw new PlansError('plans-missing', `${dataset.folderName} is not planned yet`, {
        hint: 'Run "Plan and Preprocess", or train it: that plans by itself.',
      });
    }
    const items = plans.map(({ name, file }: PlansFile) => ({ label: name, value: file }));
    return asker.ask('plans', oneOf({ placeholder: t('Which plans?'), items: () => items, takesOnly: true }));
  });
}

/** @param first  the plans file, with `from` the configuration in it; or a configuration in a view */
async function newConfigurationOf(
  services: Services,
  first: string | ExplorerNode | undefined,
  from: unknown,
): Promise<void> {
  if (typeof first === 'string' && typeof from === 'string') return newConfiguration(services, first, from);
  if (typeof first === 'object' && first.kind === 'configuration')
    return newConfiguration(services, first.plans.file, first.configuration);
  // From the palette: the page tells what there is, and leads on.
  await explainPlansCommand(services, first);
}
