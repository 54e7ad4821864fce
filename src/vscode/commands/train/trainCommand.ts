/** "Train nnU-Net": asks for configuration, length and fold, and starts what was chosen. */
import * as vscode from 'vscode';
import type { DatasetReference } from '../../../dataset/references';
import { foldPaths, type Fold } from '../../../dataset/results';
import { locateCore } from '../../../engine/locate';
import { defaultPlansName } from '../../../pipeline/plan';
import { foldFolder, type RunRequest } from '../../../jobs/runFolder';
import { exists } from '../../../storage/exists';
import { offer } from '../../messages';
import { askFirst, askText, withProgress } from '../../notify';
import type { Services } from '../../services';
import { setting } from '../../settings';
import { pickDataset, type DatasetArgument } from '../../explorer/pick';
import { configurationChoices } from '../../../runs/configurationChoices';
import type { ConfigurationChoice } from '../../../runs/configurationFacts';
import { numbered } from '../numbered';
import { ask, back } from './steps';
import {
  configurationDetail,
  describeLength,
  lastFirst,
  lengthChoices,
  parseLength,
  sameLength,
  trainingRequests,
  type LastChoices,
  type TrainingLength,
} from '../../../runs/trainingChoices';
import { countedAre } from '../../../words/counted';

const { t } = vscode.l10n;
const allFolds: Fold[] = [0, 1, 2, 3, 4];
const custom = 'custom';

/** @returns the fold folders of what was started or queued */
export async function train(services: Services, argument?: DatasetArgument): Promise<string[]> {
  locateCore(); // Without the engine, that is said before anything is asked.
  const dataset = await pickDataset(services, argument, { title: t('Train nnU-Net') });
  if (!dataset) return [];
  const answers = await askAll(services, dataset, givenBy(argument));
  if (!answers) return [];
  const { configuration, length, folds, plans } = answers;
  const requests = trainingRequests(
    dataset,
    { configuration, length, folds, plans },
    { device: setting('device', 'auto') },
  );
  if (!(await mayReplace(requests))) return [];
  await remember(services, dataset, { configuration, length, folds });
  return startRequests(services, requests);
}

/** @returns the fold folders */
export async function startRequests(services: Services, requests: readonly RunRequest[]): Promise<string[]> {
  const { started, queued } = await withProgress(
    { location: vscode.ProgressLocation.Window, title: t('Starting the training') },
    () => services.runs.start(requests),
  );
  const all = [...started, ...queued];
  if (all.length > requests.length) {
    offer(
      'information',
      t(
        'The first stage of the cascade is trained before it: {0} in the queue.',
        countedAre(all.length - requests.length, 'training'),
      ),
    );
  }
  return all;
}

interface Answers {
  configuration: string;
  plans: string;
  length: TrainingLength;
  folds: Fold[];
}

/** What a node of the explorer tells already. */
interface Given {
  configuration?: string;
  plans?: string;
  folds?: Fold[];
}

function givenBy(argument: DatasetArgument): Given {
  if (typeof argument !== 'object') return {};
  if (argument.kind === 'configuration') {
    return { configuration: argument.configuration, plans: argument.plans.name };
  }
  if (argument.kind === 'fold') {
    return { configuration: argument.configuration, plans: argument.plans, folds: [argument.fold] };
  }
  return {};
}

async function askAll(services: Services, dataset: DatasetReference, given: Given): Promise<Answers | undefined> {
  const title = t('Train nnU-Net: {0}', dataset.folderName);
  const last = lastChoices(services, dataset);
  const plans = given.plans ?? defaultPlansName;
  const earlier = services.runs.refresh().then(() => services.runs.runs);
  const choices = configurationChoices(dataset, { plans, device: setting('device', 'auto'), earlier });
  // Told by the question that needs them, or at the end.
  choices.catch(() => undefined);
  const answers: Partial<Answers> = { configuration: given.configuration, folds: given.folds };
  const questions = (['configuration', 'length', 'folds'] as const).filter((name) => answers[name] === undefined);
  for (let at = 0; at < questions.length;) {
    const frame = { title, step: at + 1, steps: questions.length, canGoBack: at > 0 };
    const question = questions[at]!;
    const pace = choices.then((all) => all.find(({ name }) => name === answers.configuration));
    const answer =
      question === 'configuration'
        ? await askConfiguration(choices, last, frame)
        : question === 'length'
          ? await askLength(pace, last, frame)
          : await askFolds(await caseCount(services, dataset), last, frame);
    if (answer === undefined) return undefined;
    if (answer === back) {
      at -= 1;
      continue;
    }
    Object.assign(answers, { [question]: answer });
    at += 1;
  }
  await choices;
  return { ...answers, plans } as Answers;
}

interface Frame {
  title: string;
  step: number;
  steps: number;
  canGoBack: boolean;
}

function askConfiguration(choices: Promise<readonly ConfigurationChoice[]>, last: LastChoices, frame: Frame) {
  const items = choices.then((all) => configurationItems(all, last));
  return ask<string>({ ...frame, placeholder: t('Which configuration?'), items });
}

function configurationItems(choices: readonly ConfigurationChoice[], last: LastChoices) {
  return lastFirst(choices, ({ name }) => name === last.configuration).map((choice) => ({
    label: choice.name,
    description: [
      choice.isRecommended ? t('recommended') : '',
      choice.name === last.configuration ? t('last time') : '',
      choice.why,
    ]
      .filter(Boolean)
      .join(' · '),
    detail: configurationDetail(choice),
    value: choice.name,
  }));
}

type LengthItem = vscode.QuickPickItem & { value: TrainingLength | typeof custom };

function lengthItems(pace: ConfigurationChoice | undefined, last: LastChoices): LengthItem[] {
  const offered = lengthChoices(pace);
  const isLast = (length: TrainingLength): boolean => sameLength(length, last.length);
  const items: LengthItem[] = lastFirst(offered, ({ length }) => isLast(length)).map(
    ({ label, description, length }) => ({
      label,
      description: isLast(length) ? `${description} (${t('last time')})` : description,
      value: length,
    }),
  );
  if (last.length && !offered.some(({ length }) => isLast(length))) {
    items.unshift({ label: describeLength(last.length), description: t('last time'), value: last.length });
  }
  items.push({ label: t('Custom…'), description: t('a number of epochs or a length of time'), value: custom });
  return items;
}

async function askLength(
  pace: Promise<ConfigurationChoice | undefined>,
  last: LastChoices,
  frame: Frame,
): Promise<TrainingLength | typeof back | undefined> {
  const items = pace.then((known) => lengthItems(known, last));
  const answer = await ask<TrainingLength | typeof custom>({ ...frame, placeholder: t('How long?'), items });
  if (answer !== custom) return answer;
  const text = await askText({
    title: numbered(frame.title, frame.steps, frame.step),
    prompt: t('Number of epochs (300; 100 of 50 for epochs of 50 iterations) or length of time (45m, 1h30m, 2d)'),
    ignoreFocusOut: true,
    validateInput: (value) => {
      try {
        parseLength(value);
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    },
  });
  return text === undefined ? undefined : parseLength(text);
}

async function caseCount({ catalog }: Services, dataset: DatasetReference): Promise<number> {
  return dataset.exists.raw ? (await catalog.raw(dataset)).cases.length : Infinity;
}

function askFolds(cases: number, last: LastChoices, frame: Frame): Promise<Fold[] | typeof back | undefined> {
  const choices = (<{ label: string; description: string; value: Fold[] }[]>[
    { label: t('Fold 0'), description: t('one model, validated on a fifth of the cases'), value: [0] },
    {
      label: t('All five folds'),
      description: t('one after the other; together they predict best and validate on every case'),
      value: allFolds,
    },
    ...[1, 2, 3, 4].map((fold) => ({ label: t('Fold {0}', fold), description: '', value: [fold] })),
    { label: t('All cases'), description: t('no validation: nothing is left out'), value: ['all'] },
  ]).filter(({ value }) => cases >= allFolds.length || value[0] === 'all');
  const isLast = ({ value }: { value: Fold[] }): boolean => String(value) === String(last.folds);
  const items = lastFirst(choices, isLast).map((choice) => ({
    ...choice,
    description: isLast(choice) ? [choice.description, t('last time')].filter(Boolean).join(', ') : choice.description,
  }));
  return ask<Fold[]>({
    ...frame,
    placeholder: cases < allFolds.length ? t('Fewer than five cases: there are no folds') : t('Which fold?'),
    items,
  });
}

/** A fold that is trained already is put aside by a new training; the person should know, and may want to go on instead. */
async function mayReplace(requests: readonly RunRequest[]): Promise<boolean> {
  const trained: RunRequest[] = [];
  for (const request of requests) {
    const paths = foldPaths(foldFolder(request));
    for (const kind of ['final', 'latest'] as const) {
      if ((await exists(paths.checkpoint(kind))) || (await exists(paths.checkpoint(kind, 'pth')))) {
        trained.push(request);
        break;
      }
    }
  }
  if (trained.length === 0) return true;
  const anew = t('Train Anew');
  const names = trained.map(({ fold }) => fold).join(', ');
  const choice = await askFirst(
    'warning',
    t('Fold {0} of {1} was trained before.', names, trained[0]!.configuration),
    t('Its files are kept in the folder earlier_runs. To go on with it, use "Resume Training" or "Extend Training".'),
    anew,
  );
  return choice === anew;
}

const memory = 'nnunet.lastTraining';

function lastChoices({ context }: Services, { folderName }: DatasetReference): LastChoices {
  return context.workspaceState.get<Record<string, LastChoices>>(memory)?.[folderName] ?? {};
}

async function remember({ context }: Services, { folderName }: DatasetReference, choices: LastChoices): Promise<void> {
  const all = context.workspaceState.get<Record<string, LastChoices>>(memory) ?? {};
  await context.workspaceState.update(memory, { ...all, [folderName]: choices });
}
