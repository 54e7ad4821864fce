/** Checks a dataset and repairs what can be repaired safely; what was found goes to the tree and to the Problems view. */
import * as vscode from 'vscode';
import type { Finding } from '../../dataset/findings';
import type { DatasetReference } from '../../dataset/references';
import { datasetRequest } from '../../jobs/datasetRequest';
import { offer } from '../messages';
import type { Services } from '../services';
import { runJob } from '../progress/jobProgress';
import { type DatasetArgument, pickDataset } from '../explorer/pick';
import { askOnly } from '../wizard/questions';
import { counted } from '../../words/counted';

export async function checkDatasetCommand(services: Services, argument: DatasetArgument): Promise<void> {
  const title = vscode.l10n.t('Check Dataset');
  const dataset = await askOnly({ id: 'nnunet.checkDataset', title }, (asker) =>
    pickDataset(services, asker, argument, { where: 'raw' }),
  );
  if (!dataset) return;
  const { cases, findings } = await runJob(services, {
    kind: 'check',
    request: datasetRequest(dataset),
    title: vscode.l10n.t('Checking {0}', dataset.folderName),
  });
  await services.catalog.setFindings(dataset, findings);
  await showResult(services, dataset, cases, findings);
}

export async function fixDatasetCommand(services: Services, argument: DatasetArgument): Promise<void> {
  const title = vscode.l10n.t('Fix Dataset');
  const dataset = await askOnly({ id: 'nnunet.fixDataset', title }, (asker) =>
    pickDataset(services, asker, argument, { where: 'raw' }),
  );
  if (!dataset) return;
  const result = await runJob(services, {
    kind: 'fix',
    request: datasetRequest(dataset),
    title: vscode.l10n.t('Fixing {0}', dataset.folderName),
  });
  await services.catalog.setFindings(dataset, result.findings);
  const text =
    result.fixed.length === 0
      ? vscode.l10n.t('Nothing in {0} can be fixed safely.', dataset.folderName)
      : vscode.l10n.t(
          'Fixed in {1}: {0}. The original files are kept in the dataset, in .originals-….',
          counted(result.fixed.length, 'finding'),
          dataset.folderName,
        );
  offer('information', text);
}

async function showResult(
  services: Services,
  dataset: DatasetReference,
  cases: number,
  findings: readonly Finding[],
): Promise<void> {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  const fixable = findings.filter(({ fix }) => fix !== undefined).length;
  if (findings.length === 0) {
    offer('information', vscode.l10n.t('{0}: {1}, nothing wrong.', dataset.folderName, counted(cases, 'case')));
    return;
  }
  const text = vscode.l10n.t(
    '{0}: {1}, {2}, {3}.',
    dataset.folderName,
    counted(cases, 'case'),
    counted(errors, 'error'),
    counted(warnings, 'warning'),
  );
  const show = {
    title: vscode.l10n.t('Show Problems'),
    run: () => vscode.commands.executeCommand('workbench.actions.view.problems'),
  };
  const list = {
    title: vscode.l10n.t('Show Findings'),
    run: () => vscode.commands.executeCommand('nnunet.showFindings', dataset.folderName),
  };
  const fix = {
    title: vscode.l10n.t('Fix {0}', fixable),
    run: () => vscode.commands.executeCommand('nnunet.fixDataset', dataset.folderName),
  };
  offer(errors > 0 ? 'error' : 'warning', text, list, ...(fixable > 0 ? [show, fix] : [show]));
}
