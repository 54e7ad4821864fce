/** Tasks of type `nnunet`: offered for each dataset and configuration, completed from tasks.json, run in terminals of our own. */
import { t } from '@vscode/l10n';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { rawPaths } from '../../dataset/rawDataset';
import { rootNames } from '../../dataset/roots';
import { resolveDatasetIn, type DatasetReference } from '../../dataset/references';
import { defaultPlansName } from '../../pipeline/plan';
import { shortTitle } from '../../jobs/shortTitle';
import { exists } from '../../storage/exists';
import { configurationFacts } from '../../runs/configurationFacts';
import { trainingRequests } from '../../runs/trainingChoices';
import type { Services } from '../services';
import { onnxProvider, workspaceFolder } from '../settings';
import { isTaskKind, taskName, trainingAnswers, type NnunetTask } from './definition';
import { JobTerminal } from './jobTerminal';
import { letJobsGoOn } from './stopSoon';
import { taskJobs } from './taskJob';
import { TrainingTerminal } from './trainingTerminal';

const taskType = 'nnunet';

export function registerTasks(services: Services): vscode.Disposable {
  const provider: vscode.TaskProvider = {
    provideTasks: () => provideTasks(services),
    resolveTask: (task) => {
      const definition = task.definition as NnunetTask;
      return isTaskKind(definition.task) ? createTask(services, definition, task) : undefined;
    },
  };
  return vscode.Disposable.from(vscode.tasks.registerTaskProvider(taskType, provider), { dispose: letJobsGoOn });
}

/** Shows what a job says in a terminal. Closing the terminal does not end the job. */
export function followInTerminal(services: Services, folder: string): void {
  const job = services.runs.job(folder);
  const name = job ? `nnU-Net: ${shortTitle(job).what}` : 'nnU-Net';
  const pty = new TrainingTerminal({
    runs: services.runs,
    begin: async () => ({ folders: [folder] }),
    ownsRuns: false,
  });
  vscode.window.createTerminal({ name, pty, iconPath: new vscode.ThemeIcon('pulse') }).show();
}

async function provideTasks(services: Services): Promise<vscode.Task[]> {
  const datasets = await services.catalog.datasets();
  const lists = await Promise.all(
    datasets.map(async (dataset) => {
      const name = nameFor(dataset);
      // A plans file that is damaged is shown elsewhere; the other datasets' tasks are still there.
      const facts = await configurationFacts(dataset, defaultPlansName, { mostHeaders: 1 }).catch(() => []);
      const definitions: NnunetTask[] = [
        ...(dataset.exists.raw ? [{ type: taskType, task: 'check', dataset: name } as const] : []),
        ...facts.flatMap(({ name: configuration }) => [
          { type: taskType, task: 'preprocess', dataset: name, configuration } as const,
          { type: taskType, task: 'train', dataset: name, configuration, folds: 0, length: '1000 epochs' } as const,
        ]),
        ...(await tasksOfModels(services, dataset).catch(() => [])),
      ];
      return definitions.map((definition) => createTask(services, definition));
    }),
  );
  return lists.flat();
}

/** By its folder where another place may have one of that name. */
function nameFor(dataset: DatasetReference): string {
  return dataset.place === undefined ? dataset.folderName : folderOf(dataset);
}

function folderOf(dataset: DatasetReference): string {
  return dataset[rootNames.find((root) => dataset.exists[root]) ?? 'raw'];
}

/** Test images with each trained model, and what was predicted of them against their labels. */
async function tasksOfModels({ catalog }: Services, dataset: DatasetReference): Promise<NnunetTask[]> {
  const { testCases } = dataset.exists.raw ? await catalog.raw(dataset) : { testCases: [] };
  if (testCases.length === 0) return [];
  const paths = rawPaths(dataset.raw);
  const models = await catalog.models(dataset);
  const isFinished = async ({ folder }: { folder: string }): Promise<boolean> =>
    (await catalog.fold(folder, dataset.folderName)).status?.state === 'finished';
  const finished = await Promise.all(models.map(({ folds }) => Promise.all(folds.map(isFinished))));
  const trained = models.filter((_, index) => finished[index]!.includes(true));
  const predict = trained.map(({ folder, configuration }): NnunetTask => {
    const output = join(catalog.predictionsRoot(dataset), configuration);
    return { type: taskType, task: 'predict', model: folder, images: paths.testImages, output };
  });
  const chosen = await catalog.chosen(dataset).catch(() => undefined);
  const best = chosen
    ? [predictWithBest(dataset, paths.testImages, join(catalog.predictionsRoot(dataset), 'best'))]
    : [];
  const evaluate = (await exists(paths.testLabels))
    ? (await catalog.predictions(dataset)).map(({ folder }): NnunetTask => {
        const datasetJson = paths.datasetJson;
        return { type: taskType, task: 'evaluate', reference: paths.testLabels, prediction: folder, datasetJson };
      })
    : [];
  return [...best, ...predict, ...evaluate];
}

function predictWithBest(dataset: DatasetReference, images: string, output: string): NnunetTask {
  return { type: taskType, task: 'predict', dataset: nameFor(dataset), images, output };
}

/** @param original  from tasks.json: its definition must stay the same object's content, and its scope is kept */
function createTask(services: Services, definition: NnunetTask, original?: vscode.Task): vscode.Task {
  const scope = original?.scope ?? vscode.TaskScope.Workspace;
  const task = new vscode.Task(
    original?.definition ?? { ...definition },
    scope,
    original?.name ?? taskName(definition),
    'nnU-Net',
    new vscode.CustomExecution(async (resolved) => terminalFor(services, resolved as NnunetTask, scope)),
    // Without an empty list VS Code asks at every run which problem matchers to use.
    [],
  );
  task.detail = describeTask(definition);
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, clear: true };
  return task;
}

/** @param scope  the folder whose tasks.json has it: its paths begin there */
function terminalFor(services: Services, task: NnunetTask, scope: vscode.Task['scope']): vscode.Pseudoterminal {
  if (task.task !== 'train') {
    const folder = (typeof scope === 'object' ? scope.uri.fsPath : workspaceFolder()) ?? process.cwd();
    return new JobTerminal(services, () =>
      taskJobs({ provider: onnxProvider(), ...task }, services.catalog.roots, folder),
    );
  }
  return new TrainingTerminal({
    runs: services.runs,
    ownsRuns: true,
    begin: async () => {
      const { dataset, options, ...answers } = trainingAnswers(task);
      const requests = trainingRequests(await resolveDatasetIn(dataset, services.catalog.roots), answers, options);
      const { started, queued } = await services.runs.start(requests, { isQuiet: true });
      return { folders: [...started, ...queued] };
    },
  });
}

function describeTask({ task }: NnunetTask): string {
  switch (task) {
    case 'check':
      return t('is anything wrong with the dataset?');
    case 'preprocess':
      return t('measures, plans and preprocesses what is missing');
    case 'train':
      return t('prepares what is missing, trains and validates; goes on when the window is closed');
    case 'predict':
      return t('segments images with a trained model');
    case 'evaluate':
      return t('Dice of predictions against reference labels');
  }
}
