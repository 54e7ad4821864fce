/** Registers "Show Dataset Card", "Show Volumes" and "Choose Folds". */
import { t } from '@vscode/l10n';
import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import type { DatasetReference } from '../../dataset/references';
import { datasetRequest } from '../../jobs/datasetRequest';
import { cardFile } from '../../report/cards/measureDatasetCard';
import type { ExplorerNode } from '../explorer/nodes';
import { pickDataset, placeOf, type DatasetArgument } from '../explorer/pick';
import { registerPageEditor } from '../pageEditor';
import { runJob } from '../progress/jobProgress';
import { registerCommand } from '../registerCommand';
import type { Services } from '../services';
import type { ShowTable } from '../tables';
import { askOnly } from '../wizard/questions';
import { opened } from '../wizard/files';
import { chooseSplits } from './chooseSplits';
import { chooseSplitsCommand, datasetCardOfFile, datasetCardViewType, remakeCardCommand } from './datasetCardEditor';
import { volumesSource } from './volumesSource';

const pictures = 12;

export function registerCards(services: Services, showTable: ShowTable): vscode.Disposable {
  const { output } = services;
  const card = (argument: unknown, isAnew: boolean): Promise<void> =>
    showDatasetCard(services, argument as DatasetArgument, isAnew);
  return vscode.Disposable.from(
    registerPageEditor(services, datasetCardOfFile),
    registerCommand(output, 'nnunet.showDatasetCard', t('Show Dataset Card'), (argument?: unknown) =>
      card(argument, false),
    ),
    registerCommand(output, remakeCardCommand, t('Read the Cases Again'), (argument?: unknown) => card(argument, true)),
    registerCommand(output, chooseSplitsCommand, t('Choose Folds'), (argument?: unknown) =>
      chooseSplits(services, argument as DatasetArgument),
    ),
    registerCommand(output, 'nnunet.showVolumes', t('Show Volumes'), (argument?: unknown) =>
      showVolumes(services, argument as ExplorerNode | vscode.Uri | undefined, showTable),
    ),
  );
}

/** Cases are read once; afterwards what was told of them is shown, until the person wants it anew. */
async function showDatasetCard(services: Services, argument: DatasetArgument, isAnew: boolean): Promise<void> {
  const title = t('Show Dataset Card');
  const dataset = await askOnly({ id: `nnunet.showDatasetCard ${placeOf(argument)}`, title }, (asker) =>
    pickDataset(services, asker, argument, { where: 'raw' }),
  );
  if (!dataset) return;
  const file = isAnew || !existsSync(cardFile(dataset)) ? await madeCard(services, dataset) : cardFile(dataset);
  await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(file), datasetCardViewType);
}

async function madeCard(services: Services, dataset: DatasetReference): Promise<string> {
  const request = { ...datasetRequest(dataset), pictures };
  const title = t('Reading the cases of {0}', dataset.folderName);
  return (await runJob(services, { kind: 'dataset-card', request, title })).file;
}

/** @param argument  a folder of masks, or what stands for one in a view */
async function showVolumes(
  services: Services,
  argument: ExplorerNode | vscode.Uri | undefined,
  showTable: ShowTable,
): Promise<void> {
  const folder =
    argument instanceof vscode.Uri
      ? argument.fsPath
      : argument?.kind === 'predictions'
        ? argument.prediction.folder
        : await askedFolder();
  if (folder === undefined) return;
  const roots = services.rootsOf(folder);
  const request = { folder, rawRoot: roots.raw, preprocessedRoot: roots.preprocessed };
  const measured = await runJob(services, { kind: 'volumes', request, title: t('Measuring volumes') });
  showTable(volumesSource(measured));
}

async function askedFolder(): Promise<string | undefined> {
  const question = opened({ what: t('the folder with the masks'), canSelectFolders: true, canSelectFiles: false });
  const paths = await askOnly({ id: 'nnunet.showVolumes', title: t('Show Volumes') }, (asker) =>
    asker.ask('folder', question),
  );
  return paths?.[0];
}
