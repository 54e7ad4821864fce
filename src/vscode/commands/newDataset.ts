/** Commands that make a dataset: from files, from a folder of another layout, or a synthetic one to try everything on. */
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { imageFolders } from '../../dataset/imageFolders';
import { channelsOfKinds } from '../../dataset/importers/dicomChannels';
import { renamable, type GivenNames } from '../../dataset/importers/givenNames';
import type { DicomWishes, ImportResult, SeriesKind, UnusedFile } from '../../dataset/importers/plan';
import { isHarmless } from '../../dataset/importers/unused';
import type { Role } from '../../dataset/importers/words';
import type { SampleRequest } from '../../jobs/requests';
import { datasetFolderName } from '../../dataset/names';
import { lowestFreeId } from '../../dataset/references';
import { offer } from '../messages';
import type { Services } from '../services';
import { runJob } from '../progress/jobProgress';
import { rememberUnused } from '../findings/importNotes';
import { opened } from '../wizard/files';
import { line } from '../wizard/line';
import { oneOf, severalOf, type ListItem } from '../wizard/list';
import { askOnly, askThen } from '../wizard/questions';
import type { Asker, Question } from '../wizard/walk';
import { askPlace, placeSteps } from './askPlace';
import { checkName, parseNames, suggestName } from './datasetNames';
import { chosenFile, linkSideBySide, type ChosenFiles } from './sideBySide';
import { counted, countedAre } from '../../words/counted';

export async function importDatasetCommand(services: Services, source?: vscode.Uri): Promise<void> {
  const title = vscode.l10n.t('Import Dataset');
  await askThen(
    { id: `nnunet.importDataset ${source?.fsPath ?? ''}`, title, steps: (source ? 3 : 4) + placeSteps() },
    async (asker) => {
      const [folder] = source ? [source.fsPath] : await asker.ask('folder', folderToImport());
      const { raw } = await askPlace(asker, folder);
      return askNames(services, asker, { folder: folder!, name: basename(folder!), rawRoot: raw });
    },
    (wanted) => importAs(services, wanted),
  );
}

function folderToImport(): Question<string[]> {
  return opened({
    what: vscode.l10n.t('the folder with images and labels'),
    canSelectFolders: true,
    canSelectFiles: false,
    openLabel: vscode.l10n.t('Import'),
  });
}

/** Images and labels may lie in different places: links to them are put side by side and imported. */
export async function createDatasetCommand(services: Services): Promise<void> {
  const made: string[] = [];
  const link = async (chosen: ChosenFiles): Promise<string> => {
    const folder = await linkSideBySide(chosen);
    made.push(folder);
    return folder;
  };
  try {
    await askThen(
      { id: 'nnunet.createDataset', title: vscode.l10n.t('Create Dataset'), steps: 5 + placeSteps() },
      async (asker) => {
        const images = await askFiles(asker, 'image');
        const labels = await askFiles(asker, 'label', images);
        const chosen = { images, labels };
        const folder = await asker.once(`links to ${JSON.stringify([images, labels])}`, () => link(chosen));
        const { raw } = await askPlace(asker);
        return askNames(services, asker, { folder, name: suggestName(images[0]!), rawRoot: raw, chosen });
      },
      (wanted) => importAs(services, wanted),
    );
  } finally {
    for (const folder of made) await rm(folder, { recursive: true, force: true });
  }
}

export async function createSampleCommand(services: Services): Promise<void> {
  const { catalog } = services;
  const placeholder = vscode.l10n.t('Synthetic scans of a body with two organs, with labels');
  const wanted = await askOnly(
    { id: 'nnunet.createSampleDataset', title: vscode.l10n.t('Create Sample Dataset'), steps: 1 + placeSteps() },
    async (asker) => ({
      kind: await asker.ask('kind', oneOf({ placeholder, items: sampleKinds })),
      place: await askPlace(asker),
    }),
  );
  if (!wanted) return;
  const { kind, place } = wanted;
  const id = lowestFreeId(await catalog.datasets());
  const folder = join(place.raw, datasetFolderName({ id, name: 'Sample' }));
  const title = vscode.l10n.t('Creating {0}', basename(folder));
  const result = await runJob(services, { kind: 'sample', request: { folder, ...kind }, title });
  catalog.refresh();
  await offerNext(basename(result.folder), result.cases.length, result.testCases.length);
}

function sampleKinds(): ListItem<Omit<SampleRequest, 'folder'>>[] {
  return [
    {
      label: vscode.l10n.t('CT, 20 scans'),
      detail: vscode.l10n.t('Trains in minutes on a CPU'),
      value: {},
    },
    {
      label: vscode.l10n.t('MR, 20 scans'),
      detail: vscode.l10n.t('With a bias field'),
      value: { modality: 'mr' },
    },
    {
      label: vscode.l10n.t('CT, 8 scans'),
      detail: vscode.l10n.t('Just to look around'),
      value: { cases: 8, testCases: 2 },
    },
    {
      label: vscode.l10n.t('CT with thick slices, 20 scans'),
      detail: vscode.l10n.t('Shows how anisotropic scans are planned'),
      value: { anisotropic: true },
    },
  ];
}

/** Where the files lie, and what the place is called. */
interface Source {
  folder: string;
  name: string;
  /** Where the dataset goes. */
  rawRoot: string;
  /** Of files that lie elsewhere, and are only linked in the folder. */
  chosen?: ChosenFiles;
}

/** A dataset as the person wants it. */
interface Wanted extends Pick<Source, 'chosen'> {
  source: string;
  rawRoot: string;
  id: number;
  name: string;
  dicom: DicomWishes | undefined;
  /** Those that the person changed. */
  names: GivenNames;
}

/** Looks at the files, then asks for names. Those that were inferred stand there for correction. */
async function askNames(services: Services, asker: Asker, source: Source): Promise<Wanted> {
  const { folder, name, rawRoot, chosen } = source;
  const looks = `look at ${folder} for ${rawRoot}`;
  const first = await asker.once(looks, () => lookAt(services, source));
  const dicom = await askSeries(asker, first.seriesKinds ?? []);
  const found = dicom
    ? await asker.once(`${looks} ${JSON.stringify(dicom)}`, () => lookAt(services, source, dicom))
    : first;
  const { channels, labels } = renamable(found.datasetJson);
  const named = await asker.ask(
    'name',
    line({
      title: vscode.l10n.t('Name of the Dataset'),
      prompt: [whatWasFound(found), leftOut(unusedAsChosen(found, chosen))].filter(Boolean).join('. '),
      value: name === basename(folder) ? found.name : suggestName(name),
      validate: checkName,
    }),
  );
  const channelText = await asker.ask(
    'channels',
    line({
      title: vscode.l10n.t('Channels'),
      prompt: vscode.l10n.t('One name for each image of a case. The name CT chooses the normalization for CT.'),
      value: channels.join(', '),
      validate: (text) => parseNames(text, channels.length).problem,
    }),
  );
  const labelText = await asker.ask(
    'labels',
    line({
      title: vscode.l10n.t('Labels'),
      prompt: vscode.l10n.t('Names of the labels in the order of their values, without the background'),
      value: labels.join(', '),
      validate: (text) => parseNames(text, labels.length).problem,
    }),
  );
  const changed = (text: string, before: string[]): string[] | undefined => {
    const { names } = parseNames(text, before.length);
    return names.join() === before.join() ? undefined : names;
  };
  const names = { channels: changed(channelText, channels), labels: changed(labelText, labels) };
  return { source: folder, rawRoot, chosen, id: found.id, name: named.trim(), dicom, names };
}

/** Of DICOM: which series are the channels; nothing where there is one kind of them only. */
async function askSeries(asker: Asker, kinds: readonly SeriesKind[]): Promise<DicomWishes | undefined> {
  if (kinds.length < 2) return undefined;
  const items = kinds.map(({ kind, series, patients, hasLabels, channel }): ListItem<string> => ({
    label: kind,
    description: vscode.l10n.t('{0} of {1}', counted(series, 'series', 'series'), counted(patients, 'patient')),
    detail: hasLabels ? vscode.l10n.t('Segmentations were drawn on it') : undefined,
    picked: channel !== undefined,
    value: kind,
  }));
  const placeholder = vscode.l10n.t('Which series are the images? Several are channels of one case.');
  const chosen = await asker.ask('series', severalOf({ placeholder, items: () => items }));
  return chosen.length === 0 ? undefined : { channels: channelsOfKinds(chosen) };
}

async function lookAt(
  services: Services,
  { folder, name, rawRoot }: Source,
  dicom?: DicomWishes,
): Promise<ImportResult> {
  const found = await runJob(services, {
    kind: 'import',
    request: { source: folder, rawRoot, dicom, isDryRun: true },
    title: vscode.l10n.t('Looking at {0}', name),
  });
  for (const sentence of found.report) services.output.info(sentence);
  return found;
}

function whatWasFound({ cases, testCases, datasetJson }: ImportResult): string {
  return vscode.l10n.t(
    '{0} training and {1}; channels {2}; labels {3}',
    cases.length,
    counted(testCases.length, 'test case'),
    Object.values(datasetJson.channel_names).join(', '),
    Object.keys(datasetJson.labels).join(', '),
  );
}

async function importAs(services: Services, wanted: Wanted): Promise<void> {
  const { source, rawRoot, chosen, id, name, dicom, names } = wanted;
  const { catalog, context } = services;
  const result = await runJob(services, {
    kind: 'import',
    request: { source, rawRoot, id, name, dicom, names },
    title: vscode.l10n.t('Importing {0}', name),
  });
  catalog.refresh();
  const unused = unusedAsChosen(result, chosen);
  await rememberUnused(context.workspaceState, result.folder, unused);
  warnOfUnused(result.folder, unused);
  await offerNext(basename(result.folder), result.cases.length, result.testCases.length);
}

/** With the names that the person knows the files by. */
function unusedAsChosen({ unused }: ImportResult, chosen: ChosenFiles | undefined): UnusedFile[] {
  if (!chosen) return unused;
  return unused.map((one) => ({ ...one, file: vscode.workspace.asRelativePath(chosenFile(chosen, one.file)) }));
}

/** How many files are in no case, and why the first of them; nothing where all are used. The log names each. */
function leftOut(unused: readonly UnusedFile[]): string {
  const files = unused.filter((one) => !isHarmless(one));
  const [first] = files;
  if (!first) return '';
  return files.length === 1
    ? vscode.l10n.t('1 file is not used: {0}: {1}', first.file, first.reason)
    : vscode.l10n.t('{0} not used, the first is {1}: {2}', countedAre(files.length, 'file'), first.file, first.reason);
}

function warnOfUnused(folder: string, unused: readonly UnusedFile[]): void {
  const warning = leftOut(unused);
  if (!warning) return;
  const show = (): unknown => vscode.commands.executeCommand('nnunet.showFindings', basename(folder));
  offer('warning', warning, { title: vscode.l10n.t('Show Findings'), run: show });
}

async function offerNext(dataset: string, cases: number, testCases: number): Promise<void> {
  await vscode.commands.executeCommand('nnunet.datasets.focus');
  const text =
    testCases > 0
      ? vscode.l10n.t('{0} is ready: {1} training and {2}.', dataset, cases, counted(testCases, 'test case'))
      : vscode.l10n.t('{0} is ready: {1}.', dataset, counted(cases, 'training case'));
  offer(
    'information',
    text,
    { title: vscode.l10n.t('Train'), run: () => vscode.commands.executeCommand('nnunet.train', dataset) },
    { title: vscode.l10n.t('Check'), run: () => vscode.commands.executeCommand('nnunet.checkDataset', dataset) },
  );
}

/**
 * A folder of the workspace is one click; dialogs of some systems can choose files or folders, not both, so that is asked first.
 * @returns a folder, or files
 */
async function askFiles(asker: Asker, wanted: Role, without: readonly string[] = []): Promise<string[]> {
  const [placeholder, what] =
    wanted === 'image'
      ? [vscode.l10n.t('Where are the images?'), vscode.l10n.t('the images, files or their folder')]
      : [vscode.l10n.t('Where are the masks of these images?'), vscode.l10n.t('the labels, files or their folder')];
  const choice = await asker.ask(wanted, oneOf({ placeholder, items: () => choicesFor(wanted, without) }));
  if (choice.folder !== undefined) return [choice.folder];
  const { isFolder } = choice;
  const dialog = opened({
    what,
    canSelectFolders: isFolder,
    canSelectFiles: !isFolder,
    canSelectMany: !isFolder,
    openLabel: vscode.l10n.t('Choose'),
  });
  return asker.ask(`${wanted} from elsewhere`, dialog, 'same');
}

interface FilesChoice {
  folder?: string;
  isFolder?: boolean;
}

/** Large workspaces take a while: the question is there before its answers. */
async function choicesFor(wanted: Role, without: readonly string[]): Promise<ListItem<FilesChoice>[]> {
  const roots = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
  const found = (await imageFolders(roots)).filter(({ folder }) => !without.includes(folder));
  const likelyFirst = [...found.filter(({ role }) => role === wanted), ...found.filter(({ role }) => role !== wanted)];
  return [
    ...likelyFirst.map(({ folder, files }) => ({
      label: vscode.workspace.asRelativePath(folder),
      description: counted(files, 'file'),
      iconPath: new vscode.ThemeIcon('folder'),
      value: { folder },
    })),
    { label: vscode.l10n.t('Choose a folder…'), value: { isFolder: true } },
    { label: vscode.l10n.t('Choose files…'), value: { isFolder: false } },
  ];
}
