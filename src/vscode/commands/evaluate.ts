/** Compares predicted masks with references, case by case. */
import { join } from 'node:path';
import * as vscode from 'vscode';
import { choose } from '../notify';
import { rawPaths } from '../../dataset/rawDataset';
import type { DatasetReference } from '../../dataset/references';
import { exists } from '../../storage/exists';
import { openScored } from '../evaluation/openScored';
import type { ExplorerNode } from '../explorer/nodes';
import { diceText } from '../explorer/present';
import { offer } from '../messages';
import type { Services } from '../services';
import { runJob } from '../progress/jobProgress';
import { numbered } from './numbered';
import { counted } from '../../words/counted';

/** Both folders: as the command "Predict" gives them. */
interface EvaluateArgument {
  predictions: string;
  references: string;
}

export async function evaluateCommand(services: Services, argument?: ExplorerNode | EvaluateArgument): Promise<void> {
  const predictions = await pickPredictions(services, argument);
  if (!predictions) return;
  const references = await pickReferences(predictions, argument);
  if (!references) return;
  const own = join(predictions.folder, 'dataset.json');
  // Predictions made by nnU-Net bring their dataset.json; others take the dataset's.
  const isOwn = predictions.dataset === undefined || (await exists(own));
  const request = {
    referenceFolder: references,
    predictionFolder: predictions.folder,
    datasetJson: isOwn ? own : rawPaths(predictions.dataset!.raw).datasetJson,
    output: join(predictions.folder, 'summary.json'),
  };
  const result = await runJob(services, { kind: 'evaluate', request, title: vscode.l10n.t('Evaluating') });
  services.catalog.refresh(predictions.dataset?.folderName);
  const text = vscode.l10n.t('{0}: mean Dice {1}.', counted(result.cases, 'case'), diceText(result.meanDice ?? NaN));
  offer(
    'information',
    text,
    { title: vscode.l10n.t('Show Worst Case'), run: () => openScored(services, predictions.folder) },
    {
      title: vscode.l10n.t('Show Summary'),
      run: () => vscode.commands.executeCommand('nnunet.showSummary', vscode.Uri.file(result.summary)),
    },
  );
}

interface Predictions {
  folder: string;
  dataset: DatasetReference | undefined;
}

async function pickPredictions(
  { catalog }: Services,
  argument: ExplorerNode | EvaluateArgument | undefined,
): Promise<Predictions | undefined> {
  const datasets = await catalog.datasets();
  if (argument && 'predictions' in argument) {
    const dataset = datasets.find(({ folderName }) =>
      isInside(argument.predictions, catalog.predictionsRoot(folderName)),
    );
    return { folder: argument.predictions, dataset: dataset ?? datasetOfReferences(argument.references, datasets) };
  }
  if (argument?.kind === 'predictions') return { folder: argument.prediction.folder, dataset: argument.dataset };
  const known = (
    await Promise.all(
      datasets.map(async (dataset) => {
        return (await catalog.predictions(dataset)).map((prediction) => ({
          label: `${dataset.folderName}: ${prediction.name}`,
          description: counted(prediction.masks.length, 'mask'),
          folder: prediction.folder as string | undefined,
          dataset: dataset as DatasetReference | undefined,
        }));
      }),
    )
  ).flat();
  const another = { label: vscode.l10n.t('A folder…'), description: '', folder: undefined, dataset: undefined };
  const choice =
    known.length === 0
      ? another
      : await choose([...known, another], {
          title: vscode.l10n.t('Evaluate'),
          placeHolder: vscode.l10n.t('Which predictions?'),
        });
  if (!choice) return undefined;
  if (choice.folder) return { folder: choice.folder, dataset: choice.dataset };
  const folder = await chooseFolder(
    numbered(vscode.l10n.t('Evaluate'), 2, 1, vscode.l10n.t('the folder with the predictions')),
  );
  return folder === undefined ? undefined : { folder, dataset: undefined };
}

async function pickReferences(
  { dataset }: Predictions,
  argument: ExplorerNode | EvaluateArgument | undefined,
): Promise<string | undefined> {
  if (argument && 'references' in argument) return argument.references;
  const paths = dataset && rawPaths(dataset.raw);
  const candidates = paths ? [paths.testLabels, paths.labels] : [];
  const items: { label: string; description: string; folder?: string }[] = [];
  for (const folder of candidates) {
    if (await exists(folder)) items.push({ label: folder.slice(dataset!.raw.length + 1), description: folder, folder });
  }
  items.push({ label: vscode.l10n.t('A folder…'), description: '' });
  const choice =
    items.length === 1
      ? items[0]
      : await choose(items, {
          title: vscode.l10n.t('Evaluate'),
          placeHolder: vscode.l10n.t('Where are the reference masks?'),
        });
  if (!choice || choice.folder) return choice?.folder;
  return chooseFolder(numbered(vscode.l10n.t('Evaluate'), 2, 2, vscode.l10n.t('the folder with the reference masks')));
}

function datasetOfReferences(folder: string, datasets: readonly DatasetReference[]): DatasetReference | undefined {
  return datasets.find(({ raw }) => isInside(folder, raw));
}

function isInside(path: string, folder: string): boolean {
  return path.startsWith(join(folder, '/'));
}

async function chooseFolder(title: string): Promise<string | undefined> {
  const options = { canSelectFolders: true, canSelectFiles: false, title, openLabel: vscode.l10n.t('Choose') };
  return (await vscode.window.showOpenDialog(options))?.[0]?.fsPath;
}
