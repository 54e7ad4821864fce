/** Segments images with a trained model: asks which model and which images, and shows the first mask. */
import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { exists } from '../../storage/exists';
import { firstImages, listPredictable } from '../../dataset/predictable';
import { endingsInDialogs } from '../../images/endings';
import { channelExpectation } from '../../dataset/channelFiles';
import { rawPaths, type RawCase } from '../../dataset/rawDataset';
import { parseModelFolderName, type ModelFolder } from '../../dataset/results';
import { withFirstStage } from '../../jobs/cascadePrediction';
import { chosenPrediction } from '../../jobs/chosenPrediction';
import type { PlannedJob } from '../../jobs/plannedJobs';
import type { PredictRequest } from '../../jobs/requests';
import type { PredictedFolder, WrittenMasks } from '../../jobs/results';
import { describeMasks } from '../../pipeline/maskFolder';
import { readModel } from '../../pipeline/modelFolder';
import { costOfAll } from '../../pipeline/prediction/predictionCost';
import { chosenName } from '../../runs/chosenWords';
import { rememberPredictions } from '../explorer/foundPredictions';
import type { ExplorerNode } from '../explorer/nodes';
import { offer } from '../messages';
import { askAnyway } from '../prediction/askAnyway';
import type { Foreseen } from '../prediction/doubtWords';
import type { Services } from '../services';
import { onnxProvider } from '../settings';
import { runInOrder, type Asked } from '../progress/jobProgress';
import { type DatasetArgument, type ModelChoice, pickModel, placeOf } from '../explorer/pick';
import { doubt } from '../wizard/doubt';
import { opened } from '../wizard/files';
import { oneOf, type ListItem } from '../wizard/list';
import { askThen } from '../wizard/questions';
import type { Asker } from '../wizard/walk';
import { freeFolder } from '../../storage/freeFolder';
import { counted, countedAre } from '../../words/counted';

interface Input {
  /** A folder of images, or image files. */
  paths: string[];
  /** Channel 0 of a case, to show its mask over. */
  imageOf: (caseId: string) => string | undefined;
  referenceFolder?: string;
}

export async function predictCommand(
  services: Services,
  argument: DatasetArgument,
  selected?: readonly ExplorerNode[],
): Promise<void> {
  await askThen(
    { id: `nnunet.predict ${placeOf(argument)}`, title: vscode.l10n.t('Predict'), steps: 4 },
    (asker) => questions(services, asker, argument, selected),
    (wanted) => predict(services, wanted),
  );
}

/** What is asked of whichever model predicts. */
type CommonRequest = Omit<PredictRequest, 'models' | 'folds'>;

interface Wanted {
  choice: ModelChoice;
  input: Input;
  request: CommonRequest;
}

async function questions(
  services: Services,
  asker: Asker,
  argument: DatasetArgument,
  selected: readonly ExplorerNode[] | undefined,
): Promise<Wanted> {
  const choice = await pickModel(services, asker, argument);
  const input = await askInput(services, asker, choice, argument, selected);
  const mirroring = await asker.ask('mirroring', oneOf({ placeholder: vscode.l10n.t('How?'), items: speeds }));
  const output = await askOutput(services, asker, choice);
  const request = commonRequest(input.paths, output, mirroring);
  const foreseen = await asker.once(`look ahead ${JSON.stringify([choice.model.folder, request])}`, () =>
    lookAhead(services, choice, request),
  );
  await asker.ask(
    'anyway',
    doubt(() => askAnyway(foreseen)),
  );
  return { choice, input, request };
}

/** What is doubtful of the images for any of the networks, and what all of them cost. */
async function lookAhead(services: Services, choice: ModelChoice, request: CommonRequest): Promise<Foreseen> {
  const looking = await predictionSteps(choice, { ...request, isDryRun: true });
  const results = (await runSteps(services, looking)) as PredictedFolder[];
  return { doubts: results[0]?.doubts, cost: costOfAll(results.flatMap(({ cost }) => cost ?? [])) };
}

async function predict(services: Services, { choice, input, request }: Wanted): Promise<void> {
  const results = await runSteps(services, await predictionSteps(choice, request));
  await rememberPredictions(services, choice.dataset.folderName, request.output);
  await offerMasks(services, await writtenMasks(results), input, request.output);
}

/** In order: what comes before, and what writes the masks last. */
async function predictionSteps(choice: ModelChoice, request: CommonRequest): Promise<Step[]> {
  const { chosen, model } = choice;
  const planned: PlannedJob[] = chosen
    ? await chosenPrediction(chosen, request)
    : (await withFirstStage({ ...request, models: [model.folder] })).map((one) => ({ kind: 'predict', request: one }));
  return planned.map((job): Step => ({ ...job, title: stepTitle(choice, job) }) as Step);
}

type Step = Asked<'predict' | 'ensemble' | 'postprocess'>;

async function runSteps(services: Services, steps: readonly Step[]): Promise<unknown[]> {
  return runInOrder(services, [...steps.slice(0, -1), steps.at(-1)!]);
}

/** Those of the last step, and what each of the networks could not predict. */
async function writtenMasks(results: readonly unknown[]): Promise<Pick<PredictedFolder, 'cases' | 'failed'>> {
  const failed = new Map(
    (results as Partial<PredictedFolder>[]).flatMap((one) => one.failed ?? []).map((one) => [one.case, one]),
  );
  const last = results.at(-1) as PredictedFolder | WrittenMasks;
  if (!('folder' in last)) return last;
  const { folder, cases } = last;
  const { datasetJson } = await describeMasks(folder);
  return {
    cases: cases.map((id) => ({ case: id, output: join(folder, `${id}${datasetJson.file_ending}`), seconds: 0 })),
    failed: [...failed.values()],
  };
}

function speeds(): ListItem<boolean>[] {
  return [
    { label: vscode.l10n.t('Accurate'), detail: vscode.l10n.t('Averages over mirrored images'), value: true },
    {
      label: vscode.l10n.t('Fast'),
      detail: vscode.l10n.t('Without mirroring: several times faster, a little less accurate'),
      value: false,
    },
  ];
}

function commonRequest(input: string[], output: string, mirroring: boolean): CommonRequest {
  const provider = onnxProvider();
  return { input, output, mirroring, stepSize: 0.5, device: 'auto', precision: 'auto', provider };
}

function stepTitle({ dataset, model }: ModelChoice, { kind, request }: PlannedJob): string {
  if (kind === 'ensemble') return vscode.l10n.t('Averaging what the models predicted');
  if (kind !== 'predict') return vscode.l10n.t('Postprocessing the masks');
  if (request.isDryRun) return vscode.l10n.t('Looking at the images');
  const [folder = ''] = request.models;
  const configuration = parseModelFolderName(basename(folder))?.configuration ?? model.configuration;
  return vscode.l10n.t('Predicting with {0}, {1}', dataset.folderName, configuration);
}

async function askInput(
  services: Services,
  asker: Asker,
  { dataset, model, chosen }: ModelChoice,
  argument: DatasetArgument,
  selected: readonly ExplorerNode[] | undefined,
): Promise<Input> {
  const nodes = (selected ?? (typeof argument === 'object' ? [argument] : [])).filter((node) => node.kind === 'case');
  if (nodes.length > 0) {
    const images = new Map(nodes.map(({ files }) => [files.id, files.images[0]]));
    return { paths: nodes.flatMap(({ files }) => files.images), imageOf: (id) => images.get(id) };
  }
  const raw = dataset.exists.raw ? await services.catalog.raw(dataset) : undefined;
  const testCases = raw?.testCases ?? [];
  const test = {
    label: vscode.l10n.t('Test images of {0}', dataset.folderName),
    description: `${testCases.length}`,
    value: 'test' as const,
  };
  const items: ListItem<'test' | 'folder' | 'files'>[] = [
    ...(testCases.length > 0 ? [test] : []),
    { label: vscode.l10n.t('A folder…'), value: 'folder' },
    { label: vscode.l10n.t('Files…'), value: 'files' },
  ];
  const placeholder = vscode.l10n.t(
    'Which images? {0} was trained on {1}',
    chosen ? chosenName(chosen) : model.configuration,
    channelText(raw?.datasetJson),
  );
  const source = await asker.ask('images', oneOf({ placeholder, items: () => items }));
  return source === 'test' ? testInput(rawPaths(dataset.raw), testCases) : chosenInput(asker, model, source);
}

async function testInput(
  { testImages, testLabels }: ReturnType<typeof rawPaths>,
  testCases: readonly RawCase[],
): Promise<Input> {
  const images = new Map(testCases.map(({ id, images }) => [id, images[0]]));
  return {
    paths: [testImages],
    imageOf: (id) => images.get(id),
    referenceFolder: (await exists(testCases[0]!.label)) ? testLabels : undefined,
  };
}

async function chosenInput(asker: Asker, { folder }: ModelFolder, source: 'folder' | 'files'): Promise<Input> {
  const isFolder = source === 'folder';
  const dialog = opened({
    what: vscode.l10n.t('the images'),
    canSelectFolders: isFolder,
    canSelectFiles: !isFolder,
    canSelectMany: !isFolder,
    filters: isFolder ? undefined : { [vscode.l10n.t('Images')]: [...endingsInDialogs] },
    openLabel: vscode.l10n.t('Predict'),
  });
  const paths = await asker.ask('images from elsewhere', dialog, 'same');
  const files = isFolder ? await listPredictable(paths[0]!) : paths;
  const images = firstImages(files, channelExpectation((await readModel(folder)).datasetJson));
  return { paths, imageOf: (id) => images.get(id) };
}

function channelText(datasetJson: { channel_names: Record<string, string> } | undefined): string {
  return datasetJson ? Object.values(datasetJson.channel_names).join(', ') : vscode.l10n.t('its own channels');
}

async function askOutput(
  { catalog }: Services,
  asker: Asker,
  { dataset, model, chosen }: ModelChoice,
): Promise<string> {
  const name = chosen ? 'best' : model.configuration;
  const items = async (): Promise<ListItem<string>[]> => {
    const suggested = await freeFolder(join(catalog.predictionsRoot(dataset), name));
    return [
      { label: basename(suggested), description: dirname(suggested), value: suggested },
      { label: vscode.l10n.t('Another folder…'), value: '' },
    ];
  };
  const placeholder = vscode.l10n.t('Where shall the masks go?');
  const folder = await asker.ask('output', oneOf({ placeholder, items }));
  if (folder !== '') return folder;
  const dialog = opened({
    what: vscode.l10n.t('the folder for the masks'),
    canSelectFolders: true,
    canSelectFiles: false,
    openLabel: vscode.l10n.t('Choose'),
  });
  return (await asker.ask('output elsewhere', dialog, 'same'))[0]!;
}

async function offerMasks(
  services: Services,
  { cases, failed = [] }: Pick<PredictedFolder, 'cases' | 'failed'>,
  { imageOf, referenceFolder }: Input,
  output: string,
): Promise<void> {
  if (failed.length > 0) {
    const [first] = failed;
    offer(
      'error',
      vscode.l10n.t(
        '{0} could not be predicted. {1}: {2}',
        counted(failed.length, 'image'),
        first!.case,
        first!.message,
      ),
    );
  }
  const [first] = cases;
  if (!first) return;
  const image = imageOf(first.case);
  const mask = vscode.Uri.file(first.output);
  const open = {
    title: vscode.l10n.t('Open {0}', first.case),
    run: () =>
      vscode.commands.executeCommand(
        'nnunet.openVolume',
        image === undefined ? mask : vscode.Uri.file(image),
        image === undefined ? {} : { mask },
      ),
  };
  const evaluate = {
    title: vscode.l10n.t('Evaluate'),
    run: () => vscode.commands.executeCommand('nnunet.evaluate', { predictions: output, references: referenceFolder }),
  };
  const text = vscode.l10n.t('{0} in {1}.', countedAre(cases.length, 'mask'), output);
  offer('information', text, ...(referenceFolder ? [open, evaluate] : [open]));
}
