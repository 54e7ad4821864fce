/** Makes an nnU-Net dataset of what a person has: a Decathlon folder, loose files, an nnU-Net v1 task or a v2 dataset. */
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { writeFileAtomic } from '../../images/atomicFile';
import { type DatasetJson, validateDatasetJson } from '../../method/datasetJson';
import { DatasetError } from '../../method/errors';
import { parseJson, stringifyJson } from '../../method/json';
import { objectInOrder } from '../../method/jsonWrittenForm';
import { datasetFolderName, parseDatasetName } from '../names';
import { createFolder } from '../newFolder';
import { readRawDataset } from '../rawDataset';
import { buildCases } from './build';
import { inferChannelNames } from './channelNames';
import { type ExaminedCase, type RefusedCase, channelCount, examineCases } from './examineCases';
import { examineLabels } from './examineLabels';
import { copyDataset, identityOfExisting, keepFileListsValid, looksLikeDatasetJson } from './existingDataset';
import { chooseFileEnding } from './formats';
import { chooseIdentity } from './identity';
import { planLooseFiles, wordsOfSource } from './looseFiles';
import type { ImportContext, ImportPlan, ImportProgress } from './plan';
import { describeListing, hintForOthers, importableEnding, listSource } from './sourceFiles';
import { surveyChannels } from './surveyChannels';
import { isTaskJson, readTaskCases, readTaskMetadata } from './taskJson';

export type { ImportProgress } from './plan';
export type { RefusedCase } from './examineCases';

export interface ImportOptions {
  /** The nnUNet_raw folder; made if it does not exist. */
  rawRoot: string;
  /** Otherwise the source's own number, or the lowest free one. */
  id?: number | undefined;
  /** Otherwise the source's own name. */
  name?: string | undefined;
  progress?: ((progress: ImportProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
  /** Find out everything, write nothing. */
  dryRun?: boolean | undefined;
}

export interface ImportResult {
  /** The dataset's folder (with dryRun: where it would be). */
  folder: string;
  id: number;
  name: string;
  cases: string[];
  testCases: string[];
  /** What was inferred, one sentence each. */
  report: string[];
  /** Cases that were left out, and why. */
  refused: RefusedCase[];
  datasetJson: DatasetJson;
}

/**
 * The source is only read. The dataset appears under its name when it is complete; a failure or a cancel leaves nothing.
 * @throws DatasetError import-…, JsonError for a broken dataset.json
 */
export async function importDataset(sourceFolder: string, options: ImportOptions): Promise<ImportResult> {
  const source = resolve(sourceFolder);
  const rawRoot = resolve(options.rawRoot);
  await refuseUnusable(source, rawRoot);
  const json = await readSourceJson(source);
  if (looksLikeDatasetJson(json)) return importExisting(source, json, { ...options, rawRoot });
  const plan = await makePlan(source, json, options);
  return carryOut(source, plan, { ...options, rawRoot });
}

async function refuseUnusable(source: string, rawRoot: string): Promise<void> {
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

async function makePlan(source: string, json: unknown, context: ImportContext): Promise<ImportPlan> {
  const metadata = isTaskJson(json) ? readTaskMetadata(json, source) : undefined;
  if (metadata && isTaskJson(json) && Array.isArray(json.training) && json.training.length > 0) {
    const { report, ...cases } = await readTaskCases(json, source);
    if (cases.cases.length > 0)
      return { ...metadata, ...cases, channelWords: [], report: [...metadata.report, ...report] };
  }
  const listing = await listSource(source);
  const loose = await planLooseFiles(source, listing, context);
  if (loose.cases.length === 0) {
    throw new DatasetError(
      'import-nothing-paired',
      `No image could be paired with a label: found ${describeListing(listing)}`,
      {
        where: source,
        hint: hintForOthers(listing.others),
      },
    );
  }
  if (!metadata) return loose;
  return { ...loose, ...metadata, report: [...metadata.report, ...loose.report] };
}

async function carryOut(source: string, plan: ImportPlan, options: ImportOptions): Promise<ImportResult> {
  const report = [...plan.report];
  const training = await examineCases(plan.cases, plan.channelNames, options);
  if (training.cases.length === 0) throw allRefused(source, training.refused);
  const test = await examineCases(plan.testCases, plan.channelNames, options);
  const words = wordsOfSource(source, plan.cases[0]);
  const labels = await examineLabels(training.cases, plan.labelNames, words, options);
  if (labels.cases.length === 0) throw allRefused(source, [...training.refused, ...labels.refused]);
  const testCases = test.cases.filter((one) => channelCount(one) === channelCount(labels.cases[0]!));
  if (training.splitsVolumes) report.push('4D images were split into one file per channel.');
  report.push(...labels.mapping.report);
  if (labels.floatFiles.size > 0)
    report.push(`${labels.floatFiles.size} label files stored as floating point became integer.`);
  const channelNames = await nameChannels(source, plan, labels.cases, report, options);
  const fileEnding = chooseFileEnding(
    [...labels.cases, ...testCases].flatMap(({ images }) => images.map(({ file }) => importableEnding(file)!)),
    labels.cases.some(({ header }) => header.shape[0] > 1),
    report,
  );
  const { id, name } = await chooseIdentity({ ...options, ...plan }, options.rawRoot, report);
  const refused = [...training.refused, ...labels.refused, ...test.refused];
  report.push(...refused.map((one) => `Left out case ${one.case}: ${one.why}`));
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
        await buildCases(unfinished, labels.cases, testCases, settings, options);
        await writeFileAtomic(join(unfinished, 'dataset.json'), stringifyJson(datasetJson));
      },
      options.signal,
    );
  }
  const idsOf = (cases: readonly ExaminedCase[]) => cases.map((one) => one.id);
  return { folder, id, name, cases: idsOf(labels.cases), testCases: idsOf(testCases), report, refused, datasetJson };
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
    report.push(`dataset.json names ${plan.channelNames.length} channels, but the images have ${count}.`);
  const surveys = await surveyChannels(cases, context);
  return inferChannelNames(surveys, plan.channelWords, wordsOfSource(source, cases[0]), report);
}

function allRefused(source: string, refused: readonly RefusedCase[]): DatasetError {
  const [first] = refused;
  return new DatasetError(
    'import-all-refused',
    `None of the ${refused.length} cases can be used; ${first?.case}: ${first?.why}`,
    {
      where: source,
      hint: 'Correct the files and import again; nothing was written.',
    },
  );
}

async function importExisting(source: string, json: unknown, options: ImportOptions): Promise<ImportResult> {
  const datasetJson = validateDatasetJson(json, join(source, 'dataset.json'));
  const { cases } = await readRawDataset(source);
  const report = [`This is an nnU-Net dataset already, with ${cases.length} cases.`];
  const own = parseDatasetName(basename(source));
  const done = (folder: string, id: number, name: string): ImportResult => {
    return { folder, id, name, cases: cases.map((one) => one.id), testCases: [], report, refused: [], datasetJson };
  };
  if (
    own &&
    dirname(source) === options.rawRoot &&
    (options.id ?? own.id) === own.id &&
    (options.name ?? own.name) === own.name
  ) {
    report.push('It lies in nnUNet_raw already; nothing had to be done.');
    return done(source, own.id, own.name);
  }
  const { id, name } = await chooseIdentity(
    { ...options, ...identityOfExisting(source, datasetJson) },
    options.rawRoot,
    report,
  );
  const folder = join(options.rawRoot, datasetFolderName({ id, name }));
  if (!options.dryRun) {
    await createFolder(
      folder,
      async (unfinished) => {
        await copyDataset(source, unfinished, options);
        await keepFileListsValid(source, unfinished, datasetJson, report);
      },
      options.signal,
    );
    report.push('All files were copied unchanged.');
  }
  return done(folder, id, name);
}
