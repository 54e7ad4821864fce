/** "Train nnU-Net": asks for configuration, length and fold, and starts what was chosen. */
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { DatasetReference } from '../../../dataset/references';
import { listCheckpoints, type Fold } from '../../../dataset/results';
import { locateCore } from '../../../engine/locate';
import { defaultPlansName } from '../../../pipeline/plan';
import { stillToTrain } from '../../../jobs/missingTrainings';
import { foldFolder, type RunRequest } from '../../../jobs/runFolder';
import { withStart } from '../../../jobs/startingRequest';
import { offer } from '../../messages';
import { askFirst, withProgress } from '../../notify';
import type { Services } from '../../services';
import { setting } from '../../settings';
import { pickDataset, placeOf, type DatasetArgument } from '../../explorer/pick';
import { doubt } from '../../wizard/doubt';
import { line } from '../../wizard/line';
import { oneOf, type ListItem } from '../../wizard/list';
import { askThen } from '../../wizard/questions';
import type { Asker, Question } from '../../wizard/walk';
import { configurationChoices } from '../../../runs/configurationChoices';
import type { ConfigurationChoice } from '../../../runs/configurationFacts';
import { residualChoices, residualNeeds, trainingDevice } from '../../../runs/residualChoices';
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
import { askMore, wantsWeights, type MoreOptions } from './moreOptions';
import { countedAre } from '../../../words/counted';

const allFolds: Fold[] = [0, 1, 2, 3, 4];
const custom = 'custom';
const more = 'more';

/** @returns the fold folders of what was started or queued */
export async function train(services: Services, argument?: DatasetArgument): Promise<string[]> {
  locateCore(); // Without the engine, that is said before anything is asked.
  const given = givenBy(argument);
  const known = Object.values(given).length + (argument === undefined ? 0 : 1);
  const started = await askThen(
    { id: `nnunet.train ${placeOf(argument)}`, title: t('Train nnU-Net'), steps: 4 - known },
    (asker) => questions(services, asker, argument, given),
    async ({ dataset, requests, chosen }) => {
      await remember(services, dataset, chosen);
      return startRequests(services, requests);
    },
  );
  return started ?? [];
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

/** What a node of the explorer tells already. */
interface Given {
  configuration?: string;
  folds?: Fold[];
}

function givenBy(argument: DatasetArgument): Given {
  if (typeof argument !== 'object') return {};
  if (argument.kind === 'configuration') {
    return { configuration: argument.configuration };
  }
  if (argument.kind === 'fold') {
    return { configuration: argument.configuration, folds: [argument.fold] };
  }
  return {};
}

function plansOf(argument: DatasetArgument): string {
  if (typeof argument === 'object' && argument.kind === 'configuration') return argument.plans.name;
  return typeof argument === 'object' && argument.kind === 'fold' ? argument.plans : defaultPlansName;
}

interface Chosen {
  dataset: DatasetReference;
  requests: RunRequest[];
  chosen: LastChoices;
}

async function questions(
  services: Services,
  asker: Asker,
  argument: DatasetArgument,
  given: Given,
): Promise<Chosen | undefined> {
  const dataset = await pickDataset(services, asker, argument);
  const last = lastChoices(services, dataset);
  const choicesOf = (plans: string): Promise<readonly ConfigurationChoice[]> => {
    const choices = asker.once(`configurations of ${dataset.folderName} in ${plans}`, () => {
      const earlier = services.runs.refresh().then(() => services.runs.runs);
      return configurationChoices(dataset, { plans, device: setting('device', 'auto'), earlier });
    });
    // Told by the question that needs them, or at the end.
    choices.catch(() => undefined);
    return choices;
  };
  const { plans, configuration } = given.configuration
    ? { plans: plansOf(argument), configuration: given.configuration }
    : await askConfiguration(asker, dataset, plansOf(argument), choicesOf, last);
  const choices = choicesOf(plans);
  const pace = async () => (await choices).find(({ name }) => name === configuration);
  const { length, options } = await askLength(asker, pace, last, () => askMore(services, asker, dataset.folderName));
  const folds = given.folds ?? (await asker.ask('folds', foldsQuestion(services, dataset, last)));
  await choices;
  const device = setting('device', 'auto');
  const answers = { configuration, length, folds, plans };
  let requests = await Promise.all(
    trainingRequests(dataset, answers, { device, ...options.settings }).map((one) => withStart(one, options.from)),
  );
  await asker.ask(
    'weights',
    doubt(() => wantsWeights(requests[0]!)),
  );
  await asker.ask(
    'replace',
    doubt(async () => {
      const wanted = await whatToTrain(requests);
      if (wanted) requests = wanted;
      return wanted !== undefined;
    }),
  );
  return { dataset, requests, chosen: { configuration, length, folds } };
}

/** Instead of a configuration's name. */
const residual = '';

async function askConfiguration(
  asker: Asker,
  dataset: DatasetReference,
  plans: string,
  choicesOf: (plans: string) => Promise<readonly ConfigurationChoice[]>,
  last: LastChoices,
): Promise<{ plans: string; configuration: string }> {
  const configuration = await asker.ask('configuration', configurationQuestion(choicesOf(plans), last, plans));
  if (configuration !== residual) return { plans, configuration };
  const size = await asker.ask('residual encoder', residualQuestion(dataset), 'same');
  const question = configurationQuestion(choicesOf(size), {}, size);
  return { plans: size, configuration: await asker.ask('configuration of the residual encoder', question, 'same') };
}

/** @returns the name of the plans */
function residualQuestion(dataset: DatasetReference): Question<string> {
  return oneOf({
    placeholder: t('Which residual encoder?'),
    items: async () => {
      const [choices, device] = await Promise.all([
        residualChoices(dataset),
        trainingDevice(setting('device', 'auto')),
      ]);
      return choices.map((choice) => ({
        label: choice.size,
        description: residualNeeds(choice, device),
        value: choice.plans,
      }));
    },
  });
}

function configurationQuestion(
  choices: Promise<readonly ConfigurationChoice[]>,
  last: LastChoices,
  plans: string,
): Question<string> {
  const others: ListItem<string> = {
    label: t('Residual encoder…'),
    description: t('M, L or XL: a stronger network, for more memory'),
    value: residual,
  };
  return oneOf({
    placeholder: t('Which configuration?'),
    items: async (): Promise<ListItem<string>[]> => [
      ...configurationItems(await choices, last),
      ...(plans === defaultPlansName ? [others] : []),
    ],
  });
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

type LengthItem = ListItem<TrainingLength | typeof custom | typeof more>;

function lengthItems(pace: ConfigurationChoice | undefined, last: LastChoices, hasMore: boolean): LengthItem[] {
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
  if (hasMore) {
    const description = t('loss, mirroring, augmentation, optimizer, fine-tuning');
    items.push({ label: t('More Options…'), description, value: more });
  }
  return items;
}

async function askLength(
  asker: Asker,
  pace: () => Promise<ConfigurationChoice | undefined>,
  last: LastChoices,
  askFurther: () => Promise<MoreOptions>,
): Promise<{ length: TrainingLength; options: MoreOptions }> {
  const question = (hasMore: boolean) =>
    oneOf({ placeholder: t('How long?'), items: async () => lengthItems(await pace(), last, hasMore) });
  const first = await asker.ask('length', question(true));
  const options = first === more ? await askFurther() : { settings: {} };
  const answer = first === more ? await asker.ask('length then', question(false), 'same') : first;
  if (answer !== custom && answer !== more) return { length: answer, options };
  const text = line({
    prompt: t('Number of epochs (300; 100 of 50 for epochs of 50 iterations) or length of time (45m, 1h30m, 2d)'),
    validate: problemOfLength,
  });
  return { length: parseLength(await asker.ask('custom length', text, 'same')), options };
}

function problemOfLength(text: string): string | undefined {
  try {
    parseLength(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

async function caseCount({ catalog }: Services, dataset: DatasetReference): Promise<number> {
  return dataset.exists.raw ? (await catalog.raw(dataset)).cases.length : Infinity;
}

function foldsQuestion(services: Services, dataset: DatasetReference, last: LastChoices): Question<Fold[]> {
  return oneOf({
    placeholder: t('Which fold?'),
    items: async () => foldItems(await caseCount(services, dataset), last),
  });
}

function foldItems(cases: number, last: LastChoices): ListItem<Fold[]>[] {
  const tooFew = t('fewer than five cases: there are no folds');
  const choices = (<{ label: string; description: string; value: Fold[] }[]>[
    { label: t('Fold 0'), description: t('one model, validated on a fifth of the cases'), value: [0] },
    {
      label: t('All five folds'),
      description: t('one after the other; together they predict best and validate on every case'),
      value: allFolds,
    },
    ...[1, 2, 3, 4].map((fold) => ({ label: t('Fold {0}', fold), description: '', value: [fold] })),
    {
      label: t('All cases'),
      description: cases < allFolds.length ? tooFew : t('no validation: nothing is left out'),
      value: ['all'],
    },
  ]).filter(({ value }) => cases >= allFolds.length || value[0] === 'all');
  const isLast = ({ value }: { value: Fold[] }): boolean => String(value) === String(last.folds);
  return lastFirst(choices, isLast).map((choice) => ({
    ...choice,
    description: isLast(choice) ? [choice.description, t('last time')].filter(Boolean).join(', ') : choice.description,
  }));
}

/**
 * A fold that is trained already is put aside by a new training; the person should know, and may want to go on instead.
 * @returns undefined where the person thinks better of it
 */
async function whatToTrain(requests: RunRequest[]): Promise<RunRequest[] | undefined> {
  const trained: RunRequest[] = [];
  for (const request of requests) if ((await listCheckpoints(foldFolder(request))).length > 0) trained.push(request);
  if (trained.length === 0) return requests;
  const left = await stillToTrain(requests);
  const goOn = t('Go On with the Rest');
  const anew = t('Train Anew');
  const names = trained.map(({ fold }) => fold).join(', ');
  const choice = await askFirst(
    'warning',
    t('Fold {0} of {1} was trained before.', names, trained[0]!.configuration),
    left.length > 0
      ? t('What is finished can stay as it is: what was stopped goes on, and what is missing is trained.')
      : t(
          'Its files are kept in the folder earlier_runs. To go on with it, use "Resume Training" or "Extend Training".',
        ),
    ...(left.length > 0 ? [goOn, anew] : [anew]),
  );
  if (choice === goOn) return left;
  return choice === anew ? requests : undefined;
}

const memory = 'nnunet.lastTraining';

function lastChoices({ context }: Services, { folderName }: DatasetReference): LastChoices {
  return context.workspaceState.get<Record<string, LastChoices>>(memory)?.[folderName] ?? {};
}

async function remember({ context }: Services, { folderName }: DatasetReference, choices: LastChoices): Promise<void> {
  const all = context.workspaceState.get<Record<string, LastChoices>>(memory) ?? {};
  await context.workspaceState.update(memory, { ...all, [folderName]: choices });
}
