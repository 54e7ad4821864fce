/** Compares predicted masks with references, case by case. */
import { join } from 'node:path';
import * as vscode from 'vscode';
import { rawPaths } from '../../dataset/rawDataset';
import type { DatasetReference } from '../../dataset/references';
import { exists } from '../../storage/exists';
import { openScored } from '../evaluation/openScored';
import type { ExplorerNode } from '../explorer/nodes';
import { diceText } from '../explorer/present';
import { offer } from '../messages';
import type { Services } from '../services';
import { runJob } from '../progress/jobProgress';
import { placeOf } from '../explorer/pick';
import { opened } from '../wizard/files';
import { oneOf, type ListItem } from '../wizard/list';
import { askThen } from '../wizard/questions';
import type { Asker } from '../wizard/walk';
import { counted } from '../../words/counted';

/** Both folders: as the command "Predict" gives them. */
interface EvaluateArgument {
  predictions: string;
  references: string;
}

export async function evaluateCommand(services: Services, argument?: ExplorerNode | EvaluateArgument): Promise<void> {
  const given = argument && 'predictions' in argument ? argument : undefined;
  const node = argument && 'kind' in argument ? argument : undefined;
  const id = `nnunet.evaluate ${given?.predictions ?? placeOf(node)}`;
  await askThen(
    { id, title: vscode.l10n.t('Evaluate'), steps: node?.kind === 'predictions' ? 1 : 2 },
    async (asker) => {
      const predictions = await askPredictions(services, asker, given ?? node);
      const references = given?.references ?? (await askReferences(asker, predictions));
      return { predictions, references };
    },
    ({ predictions, references }) => evaluate(services, predictions, references),
  );
}

async function evaluate(services: Services, predictions: Predictions, references: string): Promise<void> {
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

async function askPredictions(
  { catalog }: Services,
  asker: Asker,
  argument: ExplorerNode | EvaluateArgument | undefined,
): Promise<Predictions> {
  if (argument && 'predictions' in argument) {
    const datasets = await catalog.datasets();
    const dataset = datasets.find((one) => isInside(argument.predictions, catalog.predictionsRoot(one)));
    return { folder: argument.predictions, dataset: dataset ?? datasetOfReferences(argument.references, datasets) };
  }
  if (argument?.kind === 'predictions') return { folder: argument.prediction.folder, dataset: argument.dataset };
  const items = async (): Promise<ListItem<Predictions>[]> => {
    const known = (await catalog.datasets()).map(async (dataset) =>
      (await catalog.predictions(dataset)).map((prediction) => ({
        label: `${dataset.folderName}: ${prediction.name}`,
        description: counted(prediction.masks.length, 'mask'),
        value: { folder: prediction.folder, dataset },
      })),
    );
    return [...(await Promise.all(known)).flat(), elsewhere({ folder: '', dataset: undefined })];
  };
  const placeholder = vscode.l10n.t('Which predictions?');
  const choice = await asker.ask('predictions', oneOf({ placeholder, items, takesOnly: true }));
  if (choice.folder !== '') return choice;
  const what = vscode.l10n.t('the folder with the predictions');
  return { folder: await askFolder(asker, 'predictions elsewhere', what), dataset: undefined };
}

async function askReferences(asker: Asker, { dataset }: Predictions): Promise<string> {
  const items = async (): Promise<ListItem<string>[]> => {
    const paths = dataset && rawPaths(dataset.raw);
    const known: ListItem<string>[] = [];
    for (const folder of paths ? [paths.testLabels, paths.labels] : []) {
      const label = folder.slice(dataset!.raw.length + 1);
      if (await exists(folder)) known.push({ label, description: folder, value: folder });
    }
    return [...known, elsewhere('')];
  };
  const placeholder = vscode.l10n.t('Where are the reference masks?');
  const folder = await asker.ask('references', oneOf({ placeholder, items, takesOnly: true }));
  if (folder !== '') return folder;
  return askFolder(asker, 'references elsewhere', vscode.l10n.t('the folder with the reference masks'));
}

function elsewhere<T>(value: T): ListItem<T> {
  return { label: vscode.l10n.t('A folder…'), value };
}

function datasetOfReferences(folder: string, datasets: readonly DatasetReference[]): DatasetReference | undefined {
  return datasets.find(({ raw }) => isInside(folder, raw));
}

function isInside(path: string, folder: string): boolean {
  return path.startsWith(join(folder, '/'));
}

async function askFolder(asker: Asker, name: string, what: string): Promise<string> {
  const openLabel = vscode.l10n.t('Choose');
  const dialog = opened({ what, canSelectFolders: true, canSelectFiles: false, openLabel });
  return (await asker.ask(name, dialog, 'same'))[0]!;
}
