/** Takes over a folder that already is an nnU-Net v2 dataset: copies it whole, or finds it where it belongs already. */
import { mkdir } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { writeFileAtomic } from '../../storage/atomicFile';
import { counted } from '../../words/counted';
import { type DatasetJson, validateDatasetJson } from '../../method/datasetJson';
import { DatasetError } from '../../method/errors';
import { keysInFileOrder } from '../../method/jsonReader';
import { stringifyJson } from '../../method/jsonWriter';
import { objectInOrder } from '../../method/jsonWrittenForm';
import { exists } from '../../storage/exists';
import { mapConcurrently } from '../../storage/mapConcurrently';
import { datasetFolderName, parseDatasetName, safeName } from '../names';
import { createFolder } from '../newFolder';
import { type RawCase, expandVariables, listTrainingCases } from '../rawDataset';
import { giveNames, withNames } from './givenNames';
import { chooseIdentity } from './identity';
import type { ImportContext, ImportOptions, ImportResult } from './plan';
import { type SourceListing, listSource } from './sourceFiles';
import { transfer } from './transfer';
import { unusedFiles } from './unused';
import { notWhole } from './verify';

export function looksLikeDatasetJson(json: unknown): json is Record<string, unknown> {
  if (typeof json !== 'object' || json === null) return false;
  const { channel_names, modality, file_ending, labels } = json as Record<string, unknown>;
  const named =
    typeof labels === 'object' &&
    labels !== null &&
    Object.values(labels).every((value) => typeof value !== 'string' || /^\d+$/.test(value));
  return typeof file_ending === 'string' && (channel_names !== undefined || modality !== undefined) && named;
}

/**
 * @returns undefined if the files are not named as nnU-Net needs them (images without a channel number): they can be paired by name
 * @throws DatasetError `import-files-missing` if files of training cases are not there, `no-training-cases`
 */
export async function importExisting(
  source: string,
  json: Record<string, unknown>,
  listing: SourceListing,
  options: ImportOptions,
): Promise<ImportResult | undefined> {
  // How many cases there are is counted, whatever the file says.
  const datasetJson = validateDatasetJson({ ...json, numTraining: 0 }, join(source, 'dataset.json'));
  const lists = portableLists(source, datasetJson);
  const cases = await listTrainingCases(source, { ...datasetJson, dataset: lists.dataset });
  datasetJson.numTraining = cases.length;
  const missing = await missingFiles(source, cases);
  const usesRegions = Object.values(datasetJson.labels).some(Array.isArray);
  if (!lists.dataset && !usesRegions && cases.every(({ label }) => missing.includes(label))) return undefined;
  refuseMissing(source, cases, missing);
  const report = [`This is an nnU-Net dataset already, with ${counted(cases.length, 'case')}.`];
  const own = parseDatasetName(basename(source));
  const done = (folder: string, id: number, name: string): ImportResult => {
    const copied = [...listing.images.map(({ path }) => path), ...listing.others];
    const unused = unusedFiles(
      source,
      { ...listing, repeated: [] },
      new Set(copied.map((path) => join(source, path))),
      [],
    );
    const ids = cases.map((one) => one.id);
    return {
      folder,
      id,
      name,
      cases: ids,
      testCases: [],
      report,
      refused: [],
      unused,
      datasetJson: withNames(datasetJson, options.names),
    };
  };
  if (
    own &&
    dirname(source) === options.rawRoot &&
    (options.id ?? own.id) === own.id &&
    (options.name ?? own.name) === own.name
  ) {
    report.push('It lies in nnUNet_raw already; nothing had to be done.');
    if (!options.dryRun) await giveNames(source, options.names);
    return done(source, own.id, own.name);
  }
  const changes: Partial<DatasetJson> = {
    ...(json.numTraining === cases.length ? {} : { numTraining: cases.length }),
    ...(lists.isChanged ? { dataset: lists.dataset } : {}),
  };
  if (changes.numTraining !== undefined)
    report.push(
      `numTraining became ${cases.length}, the number of cases (it was ${JSON.stringify(json.numTraining) ?? 'not given'}).`,
    );
  if (changes.dataset) report.push('Paths in dataset.json were written so that they hold in the new place.');
  const identity = identityOfExisting(source, datasetJson);
  const { id, name } = await chooseIdentity({ ...options, ...identity }, options.rawRoot, report);
  const folder = join(options.rawRoot, datasetFolderName({ id, name }));
  if (!options.dryRun) {
    await createFolder(
      folder,
      async (unfinished) => {
        const repacked = await copyDataset(source, unfinished, listing, options);
        if (Object.keys(changes).length > 0)
          await writeFileAtomic(join(unfinished, 'dataset.json'), stringifyJson({ ...json, ...changes }));
        await giveNames(unfinished, options.names);
        await refuseIncomplete(unfinished, { ...datasetJson, ...changes }, cases);
        if (repacked.length > 0)
          report.push(
            `Compressed or unpacked, as their endings say: ${repacked.join(', ')}. All others were copied unchanged.`,
          );
        else report.push('All files were copied unchanged.');
      },
      options.signal,
    );
  }
  return done(folder, id, name);
}

/** Number and name that the folder or its dataset.json suggest. */
function identityOfExisting(source: string, datasetJson: DatasetJson): { suggestedId?: number; suggestedName: string } {
  const parsed = parseDatasetName(basename(source));
  if (parsed) return { suggestedId: parsed.id, suggestedName: safeName(parsed.name) || 'Dataset' };
  const own = typeof datasetJson.name === 'string' ? safeName(datasetJson.name) : '';
  return { suggestedName: own || safeName(basename(source)) || 'Dataset' };
}

/** Every file byte for byte, except for those that are compressed otherwise than their ending says. @returns these */
async function copyDataset(
  source: string,
  target: string,
  listing: SourceListing,
  { signal, progress }: ImportContext,
): Promise<string[]> {
  const files = await filesToCopy(source, listing);
  const repacked: string[] = [];
  let done = 0;
  await mapConcurrently(files, 4, async (path) => {
    signal?.throwIfAborted();
    await mkdir(dirname(join(target, path)), { recursive: true });
    const how = await transfer(join(source, path), join(target, path));
    if (how !== 'copy') repacked.push(path);
    progress?.({ done: ++done, total: files.length, message: `Copying ${path}` });
  });
  return repacked.sort();
}

/** Also what links lead to a second time (imagesTr -> all, beside all), unless they lead back to a folder they lie in. */
async function filesToCopy(source: string, { images, others, repeated }: SourceListing): Promise<string[]> {
  const files = [...images.map(({ path }) => path), ...others];
  for (const { path, as } of repeated) {
    if (path.startsWith(as) || as === './') continue;
    const again = await listSource(join(source, path));
    files.push(...[...again.images.map((one) => one.path), ...again.others].map((one) => path + one));
  }
  return files;
}

/**
 * The file lists as they hold wherever the dataset lies: paths into its folder relative to it, others absolute or with their
 * environment variable, all with slashes.
 */
function portableLists(
  source: string,
  { dataset }: DatasetJson,
): Pick<DatasetJson, 'dataset'> & { isChanged: boolean } {
  if (!dataset) return { isChanged: false };
  let isChanged = false;
  const portable = (path: string): string => {
    const slashed = path.replaceAll('\\', '/');
    const expanded = expandVariables(slashed);
    const file = resolve(source, expanded);
    const inside = relative(source, file).replaceAll('\\', '/');
    const isInside = !inside.startsWith('../') && !isAbsolute(inside);
    const result = isInside ? inside : isAbsolute(expanded) ? slashed : file;
    isChanged ||= result !== path;
    return result;
  };
  const entries = keysInFileOrder(dataset).map((id): [string, { images: string[]; label: string }] => {
    const { images, label } = dataset[id]!;
    return [id, { images: images.map(portable), label: portable(label) }];
  });
  return { dataset: objectInOrder(entries), isChanged };
}

async function missingFiles(source: string, cases: readonly RawCase[]): Promise<string[]> {
  const files = cases.flatMap(({ images, label }) => [...images, label]);
  const there = await mapConcurrently(files, 8, exists);
  return files.filter((_, i) => !there[i]);
}

function refuseMissing(source: string, cases: readonly RawCase[], missing: readonly string[]): void {
  if (cases.length > 0 && missing.length === 0) return;
  if (cases.length === 0) {
    throw new DatasetError('no-training-cases', 'There is no training image of the ending that dataset.json gives', {
      where: source,
      hint: 'Check file_ending in dataset.json; image files are named CASE_0000, CASE_0001, … + ending.',
    });
  }
  const named = missing.slice(0, 3).map((file) => relative(source, file));
  const rest = missing.length > 3 ? ` and ${missing.length - 3} more` : '';
  throw new DatasetError(
    'import-files-missing',
    `Files of the training cases are not there: ${named.join(', ')}${rest}`,
    {
      where: source,
      hint: 'Put them there, or take dataset.json away: then images and labels are paired by their names.',
    },
  );
}

/** The copy must have the cases that were counted, with all their files. @throws DatasetError `import-not-whole` */
async function refuseIncomplete(folder: string, datasetJson: DatasetJson, expected: readonly RawCase[]): Promise<void> {
  const copied = await listTrainingCases(folder, datasetJson);
  const missing = await missingFiles(folder, copied);
  const isWhole =
    copied.length === expected.length && copied.every(({ images }, i) => images.length === expected[i]!.images.length);
  if (isWhole && missing.length === 0) return;
  throw notWhole(folder, `${counted(expected.length, 'case')} should have been copied, and there are ${copied.length}`);
}
