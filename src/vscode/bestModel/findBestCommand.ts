/** "Find the Best Model": asks what to compare and how long to train, tells what that costs, and asks for what is missing. */
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { preprocessedPaths } from '../../dataset/preprocessed';
import type { DatasetReference } from '../../dataset/references';
import { locateCore } from '../../engine/locate';
import { bestModelJobs } from '../../jobs/bestModelJobs';
import { datasetRequest } from '../../jobs/datasetRequest';
import { machineDevices } from '../../jobs/devices';
import type { AnyJob } from '../../jobs/job';
import { workFolder } from '../../jobs/jobFolder';
import { crossValidationTrainings, type CrossValidationQuestion } from '../../jobs/missingTrainings';
import type { RunRequest } from '../../jobs/runFolder';
import { UsageError } from '../../method/errors';
import { comparableConfigurations, foldsOfSplit } from '../../pipeline/considered';
import { defaultPlansName, plannerOf } from '../../pipeline/plan';
import { costLine, costSentences } from '../../runs/crossValidationCost';
import { configurationCosts, expectedCost } from '../../runs/expectedCost';
import type { TrainingLength } from '../../runs/trainingChoices';
import { exists } from '../../storage/exists';
import { countedAre } from '../../words/counted';
import { pickDataset, placeOf, type DatasetArgument } from '../explorer/pick';
import { offer } from '../messages';
import { askFirst, withProgress } from '../notify';
import { runJob } from '../progress/jobProgress';
import type { Services } from '../services';
import { chosenLauncher, setting } from '../settings';
import { doubt } from '../wizard/doubt';
import { askThen } from '../wizard/questions';
import type { Asker } from '../wizard/walk';
import { askLength, configurationsQuestion, deviceQuestion, type AboutConfigurations } from './questions';

interface Wanted {
  question: CrossValidationQuestion;
  requests: readonly RunRequest[];
}

/** @returns where the comparison's log will be; undefined where the person left */
export async function findBest(services: Services, argument: DatasetArgument): Promise<string | undefined> {
  locateCore(); // Without the engine, that is said before anything is asked.
  const known = argument === undefined ? 0 : 1;
  return askThen(
    { id: `nnunet.findBest ${placeOf(argument)}`, title: t('Find the Best Model'), steps: 4 - known },
    (asker) => questions(services, asker, argument),
    (wanted) => start(services, wanted),
  );
}

async function questions(services: Services, asker: Asker, argument: DatasetArgument): Promise<Wanted> {
  const dataset = await pickDataset(services, asker, argument);
  const plans = defaultPlansName;
  await asker.once(`plan ${dataset.folderName}`, () => planFirst(services, dataset, plans));
  const device = await asker.ask('device', deviceQuestion(await devicesOf(), setting('device', 'auto')));
  const about = await asker.once(`costs of ${dataset.folderName} on ${device}`, () =>
    lookAt(services, dataset, plans, device),
  );
  const configurations = withFirstStages(await asker.ask('configurations', configurationsQuestion(about)), about);
  if (configurations.length === 0) {
    throw new UsageError('no-configuration', 'No configuration was chosen', { hint: 'Choose at least one.' });
  }
  const question = { ...about.question, configurations };
  const { parts, requests: missing } = await crossValidationTrainings(question);
  const length = missing.length > 0 ? await askLength(asker, missing.length, parts, about.costs) : undefined;
  const withLength = { ...question, ...lengthOptions(question, length) };
  const { cost, requests } = await expectedCost(withLength, about.costs);
  const find = t('Find It');
  await asker.ask(
    'costs',
    doubt(async () => (await askFirst('information', costLine(cost), costSentences(cost).join('\n'), find)) === find),
  );
  return { question: withLength, requests };
}

/** On a cluster, what a job gets is that one's to say. */
async function devicesOf(): Promise<readonly string[]> {
  return chosenLauncher().launcher === 'local' ? machineDevices() : [];
}

/** Which configurations there are is known only then. */
async function planFirst(services: Services, dataset: DatasetReference, plans: string): Promise<void> {
  const planner = plannerOf(plans);
  if (!planner || !dataset.exists.raw) return;
  if (await exists(preprocessedPaths(dataset.preprocessed).plans(plans))) return;
  const title = t('Planning {0}', dataset.folderName);
  await runJob(services, { kind: 'plan', request: { ...datasetRequest(dataset), planner }, title });
  services.catalog.refresh(dataset.folderName);
}

async function lookAt(
  { runs }: Services,
  dataset: DatasetReference,
  plans: string,
  device: string,
): Promise<AboutConfigurations> {
  const question: CrossValidationQuestion = {
    dataset,
    configurations: await comparableConfigurations(dataset, plans),
    folds: await foldsOfSplit(dataset),
    plans,
    options: { device, precision: 'auto' },
  };
  const earlier = runs.refresh().then(() => runs.runs);
  const [costs, { parts }] = await Promise.all([
    configurationCosts(question, earlier),
    crossValidationTrainings(question),
  ]);
  return { question, parts, costs };
}

/** The first stage of a cascade is trained anyway: then it is compared, too. */
function withFirstStages(chosen: readonly string[], { question, costs }: AboutConfigurations): string[] {
  const needed = new Set(chosen);
  for (const { name, previousStage } of costs.choices)
    if (previousStage !== undefined && needed.has(name)) needed.add(previousStage);
  return question.configurations.filter((name) => needed.has(name));
}

function lengthOptions(
  { options }: CrossValidationQuestion,
  length: TrainingLength | undefined,
): Pick<CrossValidationQuestion, 'options' | 'budgetSeconds'> {
  if (length === undefined) return { options };
  if ('budgetSeconds' in length) return { options, budgetSeconds: length.budgetSeconds };
  return { options: { ...options, ...length } };
}

async function start(services: Services, { question, requests }: Wanted): Promise<string> {
  const { dataset } = question;
  const roots = services.rootsOf(dataset.results, dataset.raw);
  const where = { ...chosenLauncher(), window: vscode.env.sessionId };
  const jobs = await withProgress(
    { location: vscode.ProgressLocation.Window, title: t('Starting what is missing') },
    async (): Promise<readonly AnyJob[]> => {
      const { trainings, rest } = await bestModelJobs({ ...question, ensembling: true }, requests, roots, where);
      const all = [...trainings, ...rest];
      await services.runs.startGraph(roots.results, all);
      return all;
    },
  );
  offer(
    'information',
    t('The best model of {0} is being looked for: {1} asked for.', dataset.name, countedAre(jobs.length, 'job')),
    { title: t('Show Jobs'), run: () => vscode.commands.executeCommand('nnunet.showRuns') },
  );
  return workFolder(roots.results, jobs.at(-1)!);
}
