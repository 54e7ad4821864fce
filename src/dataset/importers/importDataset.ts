/** Makes an nnU-Net dataset of what a person has: a Decathlon folder, loose files, DICOM, an nnU-Net v1 task or a v2 dataset. */
import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { writeFileAtomic } from '../../storage/atomicFile';
import { counted } from '../../words/counted';
import { validateDatasetJson } from '../../method/datasetJson';
import { DatasetError } from '../../method/errors';
import { parseJson } from '../../method/jsonReader';
import { stringifyJson } from '../../method/jsonWriter';
import { objectInOrder } from '../../method/jsonWrittenForm';
import { datasetFolderName } from '../names';
import { createFolder } from '../newFolder';
import { buildCases } from './build';
import { inferChannelNames } from './channelNames';
import { type ExaminedCase, channelCount, examineCases } from './examineCases';
import { examineLabels } from './examineLabels';
import { importExisting, looksLikeDatasetJson } from './existingDataset';
import { chooseFileEnding } from './formats';
import { giveNames, withNames } from './givenNames';
import { holdsDicom } from './dicomSource';
import { chooseIdentity } from './identity';
import { importDicom } from './importDicom';
import { planLooseFiles, wordsOfSource } from './looseFiles';
import type { ImportContext, ImportOptions, ImportPlan, ImportResult, RefusedCase } from './plan';
import { type SourceListing, describeListing, hintForOthers, importableEnding, listSource } from './sourceFiles';
import { surveyChannels } from './surveyChannels';
import { readTaskCases } from './taskCases';
import { isObject, isTaskJson, readTaskMetadata } from './taskJson';
import { verifyWritten } from './verify';
import { asUnused, filesOfCases, filesOfRefused, passedOverParts, unusedFiles } from './unused';

/**
 * The source is only read. The dataset appears under its name when it is complete; a failure or a cancel leaves nothing.
 * @throws DatasetError import-…, JsonError for a broken dataset.json
 */
export async function importDataset(sourceFolder: string, options: ImportOptions): Promise<ImportResult> {
  const source = resolve(sourceFolder);
  const rawRoot = resolve(options.rawRoot);
  await requireImportable(source, rawRoot);
  const json = await readSourceJson(source);
  const listing = await listSource(source);
  if (looksLikeDatasetJson(json)) {
    const imported = await importExisting(source, json, listing, { ...options, rawRoot });
    if (imported) return imported;
  }
  if (json === undefined && (await holdsDicom(source, listing)))
    return importDicom(source, listing, { ...options, rawRoot });
  const plan = await makePlan(source, json, listing, options);
  return carryOut(source, plan, listing, { ...options, rawRoot });
}

/** What cannot be imported at all is refused before anything is read. @throws DatasetError `import-no-folder`, `import-into-itself` */
export async function requireImportable(source: string, rawRoot: string): Promise<void> {
  const info = await stat(source).catch(() => undefined);
  if (!info?.isDirectory()) {
    throw new DatasetError('import-no-folder', info ? 'This is a file, not a folder' : 'There is no such folder', {
      where: source,
      hint: info ? hintForOthers([source]) : 'Check the path.',
    });
  }
  if (rawRoot === source || rawRoot.startsWith(join(source, '/'))) {
    throw new DatasetError('import-into-itself', 'The dataset would be written into the folder that is imported', {
      where: source,
      hint: 'Choose the folder with the images only, or another root.',
    });
  }
}

async function readSourceJson(source: string): Promise<unknown> {
  const file = join(source, 'dataset.json');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : parseJson(text, file);
}

async function makePlan(
  source: string,
  json: unknown,
  listing: SourceListing,
  context: ImportContext,
): Promise<ImportPlan> {
  const hasMetadata = isTaskJson(json) || (isObject(json) && isObject(json.labels));
  const metadata = hasMetadata ? readTaskMetadata(json, source) : undefined;
  const report = metadata?.report ?? [];
  const listed = isTaskJson(json) ? readTaskCases(json, source, listing, metadata!.channelNames) : undefined;
  if (metadata && listed && listed.cases.length > 0) {
    report.push(...listed.report);
    return { ...metadata, ...listed, unused: [], informative: ['dataset.json'], report };
  }
  if (listed?.refused.some(({ code }) => code !== 'file-missing')) throw allRefused(source, listed.refused);
  if (listed && listed.refused.length > 0)
    report.push('No case that dataset.json lists has its files: images and labels were paired by their names.');
  const loose = await planLooseFiles(source, listing, context);
  if (loose.cases.length === 0) {
    throw new DatasetError(
      'import-nothing-paired',
      `No image could be paired with a label: found ${describeListing(listing)}`,
      { where: source, hint: hintForOthers(listing.others) },
    );
  }
  if (!metadata) {
    const ignored = 'dataset.json has neither labels nor a list of cases: it was not used.';
    return json === undefined ? loose : { ...loose, report: [ignored, ...loose.report] };
  }
  if (!listed && !looksLikeDatasetJson(json))
    report.push('dataset.json names no channels or no file ending: its labels were taken, the rest was found out.');
  if (looksLikeDatasetJson(json))
    report.push('The files are not named as dataset.json of nnU-Net needs them; they get such names (CASE_0000).');
  const informative = ['dataset.json', ...loose.informative];
  return { ...loose, ...metadata, informative, report: [...report, ...loose.report] };
}

async function carryOut(
  source: string,
  plan: ImportPlan,
  listing: SourceListing,
  options: ImportOptions,
): Promise<ImportResult> {
  const report = [...plan.report];
  const training = await examineCases(plan.cases, plan.channelNames, options);
  if (training.cases.length === 0) throw allRefused(source, [...plan.refused, ...training.refused]);
  const words = wordsOfSource(source, plan.cases[0]);
  const labels = await examineLabels(training.cases, plan.labelNames, words, options);
  if (labels.cases.length === 0) throw allRefused(source, [...training.refused, ...labels.refused]);
  const test = await examineCases(plan.testCases, plan.channelNames, options, channelCount(labels.cases[0]!));
  reportGrids([...labels.cases, ...test.cases], report);
  if (training.splitsVolumes) report.push('4D images were split into one file per channel.');
  report.push(...labels.mapping.report);
  if (labels.floatFiles.size > 0)
    report.push(`${labels.floatFiles.size} label files stored as floating point became integer.`);
  const channelNames = await nameChannels(source, plan, labels.cases, report, options);
  const fileEnding = chooseFileEnding(
    [...labels.cases, ...test.cases].flatMap(({ images }) => images.map(({ file }) => importableEnding(file)!)),
    labels.cases.some(({ header }) => header.shape[0] > 1),
    report,
  );
  const { id, name } = await chooseIdentity({ ...options, ...plan }, options.rawRoot, report);
  const datasetJson = validateDatasetJson({
    channel_names: Object.fromEntries(channelNames.map((channel, i) => [String(i), channel])),
    labels: objectInOrder([...labels.mapping.labels]),
    numTraining: labels.cases.length,
    file_ending: fileEnding,
    name,
    ...plan.about,
  });
  const folder = join(options.rawRoot, datasetFolderName({ id, name }));
  if (!options.dryRun) {
    const settings = { fileEnding, mapping: labels.mapping, rewrite: labels.floatFiles };
    await createFolder(
      folder,
      async (unfinished) => {
        await buildCases(unfinished, labels.cases, test.cases, settings, options);
        await writeFileAtomic(join(unfinished, 'dataset.json'), stringifyJson(datasetJson));
        await giveNames(unfinished, options.names);
        await verifyWritten(unfinished, datasetJson, labels.cases, test.cases, options.signal);
      },
      options.signal,
    );
  }
  const idsOf = (cases: readonly ExaminedCase[]) => cases.map((one) => one.id);
  const refused = [...plan.refused, ...training.refused, ...labels.refused, ...test.refused];
  const informative = plan.informative.map((file) => join(source, file));
  const written = filesOfCases(source, listing, [...labels.cases, ...test.cases], labels.mapping);
  const unused = unusedFiles(source, listing, new Set([...informative, ...written]), [
    ...plan.unused,
    ...plan.refused.flatMap((one) => asUnused(source, one, one.files)),
    ...filesOfRefused(source, plan.cases, [...training.refused, ...labels.refused]),
    ...filesOfRefused(source, plan.testCases, test.refused),
    ...passedOverParts(source, labels.cases, labels.mapping),
  ]);
  return {
    folder,
    id,
    name,
    cases: idsOf(labels.cases),
    testCases: idsOf(test.cases),
    report,
    refused: refused.map(({ case: id, code, why }) => ({ case: id, code, why })),
    unused,
    datasetJson: withNames(datasetJson, options.names),
  };
}

function reportGrids(cases: readonly ExaminedCase[], report: string[]): void {
  const turned = cases.filter(({ turns }) => turns.size > 0);
  if (turned.length > 0) {
    report.push(
      `Labels stored along other axes than their image were turned onto its grid: ${listed(turned.map(({ id }) => id))}.`,
    );
  }
  const apart = cases.filter(({ elsewhere }) => elsewhere.length > 0);
  if (apart.length === 0) return;
  const far = apart.map(({ id, elsewhere: [one] }) => {
    return `${id} (${basename(one!.file)}, by ${Number(one!.voxels.toPrecision(3))} voxels)`;
  });
  report.push(
    `Files lie elsewhere in space than the first image of their case; nnU-Net goes by voxels, so look whether they fit: ${listed(far)}.`,
  );
}

function listed(items: readonly string[]): string {
  const most = 20;
  return items.slice(0, most).join(', ') + (items.length > most ? ` and ${items.length - most} more` : '');
}

async function nameChannels(
  source: string,
  plan: ImportPlan,
  cases: readonly ExaminedCase[],
  report: string[],
  context: ImportContext,
): Promise<string[]> {
  const count = channelCount(cases[0]!);
  if (plan.channelNames?.length === count) return plan.channelNames;
  if (plan.channelNames)
    report.push(`dataset.json names ${counted(plan.channelNames.length, 'channel')}, but the images have ${count}.`);
  const surveys = await surveyChannels(cases, context);
  return inferChannelNames(surveys, plan.channelWords, wordsOfSource(source, cases[0]), report);
}

function allRefused(source: string, refused: readonly RefusedCase[]): DatasetError {
  const [first] = refused;
  return new DatasetError(
    'import-all-refused',
    `No case can be used, of ${refused.length}; ${first?.case}: ${first?.why}`,
    {
      where: source,
      hint: 'Correct the files and import again; nothing was written.',
    },
  );
}
