/** Commands that make a dataset: from files, from a folder of another layout, or a synthetic one to try everything on. */
import { readFile, rm, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { makeScratch } from '../../storage/scratch';
import { imageFolders } from '../../dataset/imageFolders';
import type { ImportResult } from '../../dataset/importers/plan';
import { isHarmless } from '../../dataset/importers/unused';
import type { Role } from '../../dataset/importers/words';
import { datasetFolderName } from '../../dataset/names';
import { rawPaths } from '../../dataset/rawDataset';
import { lowestFreeId } from '../../dataset/references';
import { writeFileAtomic } from '../../storage/atomicFile';
import { offer } from '../messages';
import { askText, choose } from '../notify';
import type { Services } from '../services';
import { runJob } from '../progress/jobProgress';
import { rememberUnused } from '../findings/importNotes';
import { numbered } from './numbered';
import { checkName, editNames, parseNames, renamable, suggestName } from './datasetNames';
import { counted, countedAre } from '../../words/counted';

export async function importDatasetCommand(services: Services, source?: vscode.Uri): Promise<void> {
  const folder =
    source ??
    (await openDialog({
      canSelectFolders: true,
      canSelectFiles: false,
      title: vscode.l10n.t('Import Dataset: the folder with images and labels'),
      openLabel: vscode.l10n.t('Import'),
    }));
  if (folder) await importFlow(services, folder.fsPath, basename(folder.fsPath));
}

/** Images and labels may lie in different places: links to them are put side by side and imported. */
export async function createDatasetCommand(services: Services): Promise<void> {
  const images = await openMany(
    numbered(vscode.l10n.t('Create Dataset'), creating, 1, vscode.l10n.t('the images, files or their folder')),
    'image',
  );
  if (!images) return;
  const labels = await openMany(
    numbered(vscode.l10n.t('Create Dataset'), creating, 2, vscode.l10n.t('the labels, files or their folder')),
    'label',
    images,
  );
  if (!labels) return;
  const gathered = await makeScratch('files');
  try {
    await linkAll(join(gathered, 'images'), images);
    await linkAll(join(gathered, 'labels'), labels);
    await importFlow(services, gathered, suggestName(images[0]!.fsPath), creating);
  } finally {
    await rm(gathered, { recursive: true, force: true });
  }
}

export async function createSampleCommand(services: Services): Promise<void> {
  const { catalog } = services;
  const kinds = [
    {
      label: vscode.l10n.t('CT, 20 scans'),
      detail: vscode.l10n.t('Trains in minutes on a CPU'),
      options: {},
    },
    {
      label: vscode.l10n.t('MR, 20 scans'),
      detail: vscode.l10n.t('With a bias field'),
      options: { modality: 'mr' } as const,
    },
    {
      label: vscode.l10n.t('CT, 8 scans'),
      detail: vscode.l10n.t('Just to look around'),
      options: { cases: 8, testCases: 2 },
    },
    {
      label: vscode.l10n.t('CT with thick slices, 20 scans'),
      detail: vscode.l10n.t('Shows how anisotropic scans are planned'),
      options: { anisotropic: true },
    },
  ];
  const kind = await choose(kinds, {
    title: vscode.l10n.t('Create Sample Dataset'),
    placeHolder: vscode.l10n.t('Synthetic scans of a body with two organs, with labels'),
  });
  if (!kind) return;
  const id = lowestFreeId(await catalog.datasets());
  const folder = join(services.roots().raw, datasetFolderName({ id, name: 'Sample' }));
  const title = vscode.l10n.t('Creating {0}', basename(folder));
  const result = await runJob(services, { kind: 'sample', request: { folder, ...kind.options }, title });
  catalog.refresh();
  await offerNext(basename(result.folder), result.cases.length, result.testCases.length);
}

/** Questions in all; the last three are those of `importFlow`. */
const creating = 5;
const importing = 3;

/** @param steps  questions in all, with those that were asked before */
async function importFlow(services: Services, source: string, sourceName: string, steps = importing): Promise<void> {
  const { catalog, output } = services;
  const { raw: rawRoot } = services.roots();
  const found = await runJob(services, {
    kind: 'import',
    request: { source, rawRoot, isDryRun: true },
    title: vscode.l10n.t('Looking at {0}', sourceName),
  });
  for (const sentence of found.report) output.info(sentence);
  const summary = vscode.l10n.t(
    '{0} training and {1}; channels {2}; labels {3}',
    found.cases.length,
    counted(found.testCases.length, 'test case'),
    Object.values(found.datasetJson.channel_names).join(', '),
    Object.keys(found.datasetJson.labels).join(', '),
  );
  const name = await askText({
    title: numbered(vscode.l10n.t('Name of the Dataset'), steps, steps - 2),
    prompt: [summary, leftOut(found)].filter(Boolean).join('. '),
    value: sourceName === basename(source) ? found.name : suggestName(sourceName),
    valueSelection: undefined,
    ignoreFocusOut: true,
    validateInput: checkName,
  });
  if (name === undefined) return;
  const edits = await askNames(found, steps);
  if (!edits) return;
  const result = await runJob(services, {
    kind: 'import',
    request: { source, rawRoot, id: found.id, name: name.trim() },
    title: vscode.l10n.t('Importing {0}', name),
  });
  await applyNames(result.folder, edits);
  catalog.refresh();
  await rememberUnused(services.context.workspaceState, result.folder, result.unused);
  warnOfUnused(result);
  await offerNext(basename(result.folder), result.cases.length, result.testCases.length);
}

interface NameEdits {
  channels: string[] | undefined;
  labels: string[] | undefined;
}

/** Names that were inferred are shown for correction; nothing is asked where the source had them. */
async function askNames(found: ImportResult, steps: number): Promise<NameEdits | undefined> {
  const { channels, labels } = renamable(found.datasetJson);
  const channelText = await askText({
    title: numbered(vscode.l10n.t('Channels'), steps, steps - 1),
    prompt: vscode.l10n.t('One name for each image of a case. The name CT chooses the normalization for CT.'),
    value: channels.join(', '),
    ignoreFocusOut: true,
    validateInput: (text) => parseNames(text, channels.length).problem,
  });
  if (channelText === undefined) return undefined;
  const labelText = await askText({
    title: numbered(vscode.l10n.t('Labels'), steps, steps),
    prompt: vscode.l10n.t('Names of the labels in the order of their values, without the background'),
    value: labels.join(', '),
    ignoreFocusOut: true,
    validateInput: (text) => parseNames(text, labels.length).problem,
  });
  if (labelText === undefined) return undefined;
  const changed = (text: string, before: string[]): string[] | undefined => {
    const { names } = parseNames(text, before.length);
    return names.join() === before.join() ? undefined : names;
  };
  return { channels: changed(channelText, channels), labels: changed(labelText, labels) };
}

async function applyNames(folder: string, edits: NameEdits): Promise<void> {
  if (!edits.channels && !edits.labels) return;
  const file = rawPaths(folder).datasetJson;
  await writeFileAtomic(file, editNames(await readFile(file, 'utf8'), edits));
}

/** How many files are in no case, and why the first of them; nothing where all are used. The log names each. */
function leftOut({ unused }: ImportResult): string {
  const files = unused.filter((one) => !isHarmless(one));
  const [first] = files;
  if (!first) return '';
  return files.length === 1
    ? vscode.l10n.t('1 file is not used: {0}: {1}', first.file, first.reason)
    : vscode.l10n.t('{0} not used, the first is {1}: {2}', countedAre(files.length, 'file'), first.file, first.reason);
}

function warnOfUnused(result: ImportResult): void {
  const warning = leftOut(result);
  if (!warning) return;
  const show = (): unknown => vscode.commands.executeCommand('nnunet.showFindings', basename(result.folder));
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

async function openDialog(options: vscode.OpenDialogOptions): Promise<vscode.Uri | undefined> {
  return (await vscode.window.showOpenDialog(options))?.[0];
}

/** A folder of the workspace is one click; dialogs of some systems can choose files or folders, not both, so that is asked first. */
async function openMany(
  title: string,
  wanted: Role,
  without?: readonly vscode.Uri[],
): Promise<readonly vscode.Uri[] | undefined> {
  const choice = await choose(choicesFor(wanted, without), { title, ignoreFocusOut: true });
  if (!choice) return undefined;
  if (choice.folder !== undefined) return [vscode.Uri.file(choice.folder)];
  return vscode.window.showOpenDialog({
    title,
    canSelectFolders: choice.isFolder,
    canSelectFiles: !choice.isFolder,
    canSelectMany: !choice.isFolder,
    openLabel: vscode.l10n.t('Choose'),
  });
}

type FilesChoice = vscode.QuickPickItem & { folder?: string; isFolder?: boolean };

/** Large workspaces take a while: the question is there before its answers. */
async function choicesFor(wanted: Role, without: readonly vscode.Uri[] | undefined): Promise<FilesChoice[]> {
  const chosen = new Set(without?.map(({ fsPath }) => fsPath));
  const roots = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
  const found = (await imageFolders(roots)).filter(({ folder }) => !chosen.has(folder));
  const likelyFirst = [...found.filter(({ role }) => role === wanted), ...found.filter(({ role }) => role !== wanted)];
  return [
    ...likelyFirst.map(({ folder, files }) => ({
      label: vscode.workspace.asRelativePath(folder),
      description: counted(files, 'file'),
      iconPath: new vscode.ThemeIcon('folder'),
      folder,
    })),
    { label: vscode.l10n.t('Choose a folder…'), isFolder: true },
    { label: vscode.l10n.t('Choose files…'), isFolder: false },
  ];
}

async function linkAll(target: string, chosen: readonly vscode.Uri[]): Promise<void> {
  const [first] = chosen;
  const stat = await vscode.workspace.fs.stat(first!);
  if (stat.type & vscode.FileType.Directory) {
    await symlink(first!.fsPath, target, 'junction');
    return;
  }
  await vscode.workspace.fs.createDirectory(vscode.Uri.file(target));
  for (const { fsPath } of chosen) await symlink(fsPath, join(target, basename(fsPath)));
}
