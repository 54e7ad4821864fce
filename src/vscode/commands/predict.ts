/** Segments images with a trained model: asks which model and which images, and shows the first mask. */
import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { choose } from '../notify';
import { exists } from '../../storage/exists';
import { firstImages, listPredictable } from '../../dataset/predictable';
import { endingsInDialogs } from '../../images/endings';
import { channelExpectation } from '../../dataset/channelFiles';
import { rawPaths } from '../../dataset/rawDataset';
import { parseModelFolderName } from '../../dataset/results';
import { withFirstStage } from '../../jobs/cascadePrediction';
import type { PredictRequest } from '../../jobs/requests';
import type { PredictedFolder } from '../../jobs/results';
import { readModel } from '../../pipeline/modelFolder';
import { rememberPredictions } from '../explorer/foundPredictions';
import type { ExplorerNode } from '../explorer/nodes';
import { offer } from '../messages';
import { askAnyway } from '../prediction/askAnyway';
import type { Services } from '../services';
import { onnxProvider } from '../settings';
import { runInOrder, runJob } from '../progress/jobProgress';
import { type DatasetArgument, type ModelChoice, pickModel } from '../explorer/pick';
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
  const title = vscode.l10n.t('Predict');
  const choice = await pickModel(services, argument, title);
  if (!choice) return;
  const input = await pickInput(services, choice, argument, selected);
  if (!input) return;
  const speed = await choose(
    [
      {
        label: vscode.l10n.t('Accurate'),
        detail: vscode.l10n.t('Averages over mirrored images'),
        mirroring: true,
      },
      {
        label: vscode.l10n.t('Fast'),
        detail: vscode.l10n.t('Without mirroring: several times faster, a little less accurate'),
        mirroring: false,
      },
    ],
    { title, placeHolder: vscode.l10n.t('How?') },
  );
  if (!speed) return;
  const output = await pickOutput(services, choice);
  if (!output) return;
  const request = predictRequest(choice.model.folder, input.paths, output, speed.mirroring);
  const looking = { kind: 'predict', request: { ...request, isDryRun: true }, title: looksTitle() } as const;
  if (!(await askAnyway(await runJob(services, looking)))) return;
  const stages = await withFirstStage(request);
  const asked = stages.map((request) => ({ kind: 'predict', request, title: predictsTitle(choice, request) }) as const);
  const result = await runInOrder(services, [...asked.slice(0, -1), asked.at(-1)!]);
  await rememberPredictions(services, choice.dataset.folderName, output);
  await offerMasks(services, result, input, output);
}

function predictRequest(model: string, input: string[], output: string, mirroring: boolean): PredictRequest {
  const provider = onnxProvider();
  return { models: [model], input, output, mirroring, stepSize: 0.5, device: 'auto', precision: 'auto', provider };
}

function looksTitle(): string {
  return vscode.l10n.t('Looking at the images');
}

function predictsTitle({ dataset, model }: ModelChoice, { models: [folder = ''] }: PredictRequest): string {
  const configuration = parseModelFolderName(basename(folder))?.configuration ?? model.configuration;
  return vscode.l10n.t('Predicting with {0}, {1}', dataset.folderName, configuration);
}

async function pickInput(
  services: Services,
  { dataset, model }: ModelChoice,
  argument: DatasetArgument,
  selected: readonly ExplorerNode[] | undefined,
): Promise<Input | undefined> {
  const nodes = (selected ?? (typeof argument === 'object' ? [argument] : [])).filter((node) => node.kind === 'case');
  if (nodes.length > 0) {
    const images = new Map(nodes.map(({ files }) => [files.id, files.images[0]]));
    return { paths: nodes.flatMap(({ files }) => files.images), imageOf: (id) => images.get(id) };
  }
  const raw = dataset.exists.raw ? await services.catalog.raw(dataset) : undefined;
  const paths = rawPaths(dataset.raw);
  const testCases = raw?.testCases ?? [];
  const items = [
    ...(testCases.length > 0
      ? [
          {
            label: vscode.l10n.t('Test images of {0}', dataset.folderName),
            description: `${testCases.length}`,
            source: 'test',
          },
        ]
      : []),
    { label: vscode.l10n.t('A folder…'), description: '', source: 'folder' },
    { label: vscode.l10n.t('Files…'), description: '', source: 'files' },
  ];
  const choice = await choose(items, {
    title: vscode.l10n.t('Predict'),
    placeHolder: vscode.l10n.t(
      'Which images? {0} was trained on {1}',
      model.configuration,
      channelText(raw?.datasetJson),
    ),
  });
  if (!choice) return undefined;
  if (choice.source === 'test') {
    const images = new Map(testCases.map(({ id, images }) => [id, images[0]]));
    const hasLabels = await exists(testCases[0]!.label);
    return {
      paths: [paths.testImages],
      imageOf: (id) => images.get(id),
      referenceFolder: hasLabels ? paths.testLabels : undefined,
    };
  }
  const chosen = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Images to predict'),
    canSelectFolders: choice.source === 'folder',
    canSelectFiles: choice.source === 'files',
    canSelectMany: choice.source === 'files',
    filters: choice.source === 'files' ? { [vscode.l10n.t('Images')]: [...endingsInDialogs] } : undefined,
    openLabel: vscode.l10n.t('Predict'),
  });
  if (!chosen) return undefined;
  const input = chosen.map(({ fsPath }) => fsPath);
  const files = choice.source === 'folder' ? await listPredictable(input[0]!) : input;
  const images = firstImages(files, channelExpectation((await readModel(model.folder)).datasetJson));
  return { paths: input, imageOf: (id) => images.get(id) };
}

function channelText(datasetJson: { channel_names: Record<string, string> } | undefined): string {
  return datasetJson ? Object.values(datasetJson.channel_names).join(', ') : vscode.l10n.t('its own channels');
}

async function pickOutput({ catalog }: Services, { dataset, model }: ModelChoice): Promise<string | undefined> {
  const suggested = await freeFolder(join(catalog.predictionsRoot(dataset.folderName), model.configuration));
  const items = [
    { label: basename(suggested), description: dirname(suggested), folder: suggested },
    { label: vscode.l10n.t('Another folder…'), description: '', folder: undefined },
  ];
  const choice = await choose(items, {
    title: vscode.l10n.t('Predict'),
    placeHolder: vscode.l10n.t('Where shall the masks go?'),
  });
  if (!choice || choice.folder) return choice?.folder;
  const [folder] =
    (await vscode.window.showOpenDialog({
      canSelectFolders: true,
      canSelectFiles: false,
      title: vscode.l10n.t('Folder for the masks'),
      openLabel: vscode.l10n.t('Choose'),
    })) ?? [];
  return folder?.fsPath;
}

async function offerMasks(
  services: Services,
  { cases, failed = [] }: PredictedFolder,
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
