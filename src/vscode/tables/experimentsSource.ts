/** The table of a dataset's experiments in VS Code: follows the trainings, opens curves and summaries, compares two. */
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { DatasetReference } from '../../dataset/references';
import { foldPaths } from '../../dataset/results';
import { DatasetError } from '../../method/errors';
import { comparisonTable, compareExperiments } from '../../report/experiments/compareExperiments';
import type { Experiment } from '../../report/experiments/experiment';
import { experimentsTable } from '../../report/experiments/experimentsTable';
import { readExperiments, type LearnedFold } from '../../report/experiments/readExperiments';
import type { Services } from '../services';
import type { TableSource } from './tablePage';

export const experimentsKind = 'experiments';

/** @param folderName  of the dataset */
export function experimentsSource(services: Services, folderName: string): TableSource {
  const { catalog } = services;
  let known: Experiment[] = [];
  const dataset = async (): Promise<DatasetReference> => {
    const found = await catalog.dataset(folderName);
    if (found) return found;
    throw new DatasetError('dataset-unknown', `${folderName} does not exist`, { hint: 'It may have been moved.' });
  };
  const chosen = (rows: readonly [string, string]): [Experiment, Experiment] => {
    const pair = rows.map((id) => known.find((one) => one.id === id));
    const [first, second] = pair;
    if (first && second) return [first, second];
    throw new DatasetError('experiment-gone', 'One of these is not there any more', { where: rows.join(', ') });
  };
  return {
    id: `${experimentsKind} ${folderName}`,
    title: t('Experiments: {0}', folderName),
    content: async () => {
      known = await readExperiments(await dataset(), (folder) => learn(services, folder));
      return experimentsTable(folderName, known);
    },
    open: (link) => openExperiment(known, link),
    compare: async (rows) => {
      const pair = chosen(rows);
      return comparisonTable(await compareExperiments(pair, services.rootsOf(pair[0].folder)));
    },
    report: async (rows) => {
      const folders = chosen(rows).map(({ folder }) => vscode.Uri.file(folder));
      await vscode.commands.executeCommand('nnunet.showReport', folders[0], folders);
    },
    follow: (changed) =>
      vscode.Disposable.from(
        catalog.onDidChange(({ dataset: one }) => {
          if (one === undefined || one === folderName) changed();
        }),
        services.runs.onDidChange(changed),
      ),
  };
}

/** Whoever follows jobs has read most logs already. */
async function learn({ runs }: Services, folder: string): Promise<LearnedFold> {
  const job = await runs.learn(folder);
  return { ...(job && { status: job.status }), seconds: job?.training?.seconds ?? 0 };
}

/** @param link  an experiment's id: its curves; a fold folder: its summary */
async function openExperiment(known: readonly Experiment[], link: string): Promise<void> {
  const experiment = known.find(({ id }) => id === link);
  if (experiment) {
    const folders = experiment.folds.map(({ folder }) => folder);
    await vscode.commands.executeCommand('nnunet.openCurvesInEditor', folders);
    return;
  }
  const isKnown = known.some(({ folds }) => folds.some(({ folder }) => folder === link));
  if (isKnown) await vscode.commands.executeCommand('nnunet.showSummary', vscode.Uri.file(foldPaths(link).summary));
}
