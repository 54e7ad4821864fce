/** Brings models from an archive or folder into the results: none gets its place before all of it was read and found right. */
import { mkdir, readFile, rename, rm, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { buildBeside } from '../../dataset/newFolder';
import { modelFolderName, parseModelFolderName, type Fold } from '../../dataset/results';
import type { Roots } from '../../dataset/roots';
import type { ModelName } from '../../method/bestConfiguration';
import { EngineError, NnunetError, StorageError } from '../../method/errors';
import { readInferenceInformation } from '../../method/inferenceInformation';
import { writeStreamAtomic } from '../../storage/atomicFile';
import { exists } from '../../storage/exists';
import type { StageContext } from '../progress';
import {
  acceptModel,
  acceptPostprocessing,
  modelNameFrom,
  requireSameDataset,
  type AcceptedModel,
} from './acceptModel';
import type { ArchivedModels } from './archivedModels';
import { modelsIn } from './foundModels';
import { choiceName, datasetFor, instructionsName, moveInto, requireNoModels, requireNumber } from './importPlace';
import { openModelSource, type ModelSource, type SourceFile } from './modelSource';

interface ImportModelOptions extends StageContext {
  /** A .zip file or a folder. */
  source: string;
  roots: Roots;
  /** DatasetXXX_Name, in place of the archive's own. */
  dataset?: string;
}

interface ImportedModel extends ModelName {
  folder: string;
  folds: Fold[];
}

export interface ImportedModels {
  dataset: string;
  /** The dataset's results. */
  folder: string;
  models: ImportedModel[];
  /** With it came which of them is the best. */
  isChosen: boolean;
  /** Files of the source that are no part of a model. */
  leftOut: string[];
}

/**
 * @throws EngineError, StorageError as `openModelSource`, `modelsIn`, `datasetFor`, `requireNumber`, `requireNoModels` and `acceptModel`;
 *   StorageError `disk-full`
 */
export async function importModels(options: ImportModelOptions): Promise<ImportedModels> {
  const source = await openModelSource(options.source);
  try {
    const found = modelsIn(source);
    const dataset = await datasetFor(source, found, options.dataset);
    await requireNumber(dataset, options.roots);
    const folder = join(options.roots.results, dataset);
    await requireNoModels(
      folder,
      found.models.flatMap(({ name }) => name ?? []),
    );
    const build = async (unfinished: string): Promise<ImportedModels> => {
      try {
        await unpack(source, found, unfinished, options);
        return await readUnpacked({ found, unfinished, folder, warn: options.warn });
      } catch (error) {
        throw namedByPlace(error, unfinished, source.place);
      }
    };
    return await buildBeside(folder, build, (unfinished) => moveInto(unfinished, folder), options.signal);
  } finally {
    await source.close();
  }
}

const unnamed = (at: number): string => `model-${at}`;

async function unpack(
  source: ModelSource,
  { models, datasetFiles }: ArchivedModels,
  unfinished: string,
  { progress, signal }: Pick<StageContext, 'progress' | 'signal'>,
): Promise<void> {
  const wanted = [
    ...models.flatMap(({ name, files }, at) =>
      files.map(({ path, place }) => ({ path, place: join(name ?? unnamed(at), place) })),
    ),
    ...datasetFiles,
  ];
  const sizes = new Map(source.files.map((file) => [file.path, file]));
  await requireSpace(
    unfinished,
    wanted.map(({ path }) => sizes.get(path)!),
  );
  progress({ stage: 'import', state: 'started', total: wanted.length });
  for (const [done, { path, place }] of wanted.entries()) {
    const target = join(unfinished, place);
    await mkdir(dirname(target), { recursive: true });
    await writeStreamAtomic(target, untilStopped(source.read(path), signal));
    progress({ stage: 'import', state: 'progress', done: done + 1, total: wanted.length, message: basename(place) });
  }
  progress({ stage: 'import', state: 'done', done: wanted.length, total: wanted.length });
}

async function* untilStopped(
  pieces: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    signal?.throwIfAborted();
    yield piece;
  }
}

/** @throws StorageError `disk-full` */
async function requireSpace(folder: string, files: readonly SourceFile[]): Promise<void> {
  const needed = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const { bavail, bsize } = await statfs(folder);
  if (needed <= bavail * bsize) return;
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
  throw new StorageError(
    'disk-full',
    `The models take ${gigabytes(needed)}, and there are ${gigabytes(bavail * bsize)} left on the disk`,
    { where: dirname(folder), hint: 'Free some space and try again; nothing was written.' },
  );
}

interface Unpacked {
  found: ArchivedModels;
  unfinished: string;
  /** Where it will be. */
  folder: string;
  warn: StageContext['warn'];
}

type NamedModel = AcceptedModel & { name: string };

async function readUnpacked({ found, unfinished, folder, warn }: Unpacked): Promise<ImportedModels> {
  const accepted: NamedModel[] = [];
  for (const [at, { name: known }] of found.models.entries()) {
    const name = known ?? (await giveName(unfinished, unnamed(at), folder));
    accepted.push({ ...(await acceptModel(join(unfinished, name), warn)), name });
  }
  requireSameDataset(accepted.map(({ model }) => model));
  await acceptPostprocessing(unfinished);
  return {
    dataset: basename(folder),
    folder,
    models: accepted.map(({ name, folds }) => ({ ...parseModelFolderName(name)!, folder: join(folder, name), folds })),
    isChosen: await acceptChoice(unfinished, folder, accepted, warn),
    leftOut: found.leftOut,
  };
}

async function giveName(unfinished: string, place: string, folder: string): Promise<string> {
  const name = await modelNameFrom(join(unfinished, place));
  await requireNoModels(folder, [name]);
  await requireNoModels(unfinished, [name]);
  await rename(join(unfinished, place), join(unfinished, name));
  return name;
}

/** What was chosen is taken over where all of it came along, and nothing was chosen here. */
async function acceptChoice(
  unfinished: string,
  folder: string,
  accepted: readonly NamedModel[],
  warn: StageContext['warn'],
): Promise<boolean> {
  const file = join(unfinished, choiceName);
  if (!(await exists(file))) return false;
  const { selected, folds } = readInferenceInformation(await readFile(file, 'utf8'), file);
  const isWhole = selected.every((name) => {
    const model = accepted.find((one) => one.name === modelFolderName(name));
    return folds.every((fold) => model?.folds.includes(fold));
  });
  if (isWhole && !(await exists(join(folder, choiceName)))) return true;
  warn(
    'choice-left-out',
    isWhole
      ? 'Another model was chosen as the best here already; that choice stays.'
      : 'Which model is the best was left out: it is about models or folds that did not come along.',
  );
  for (const name of [choiceName, instructionsName]) await rm(join(unfinished, name), { force: true });
  return false;
}

/** What was unpacked to be read is gone by the time that somebody reads of it. */
function namedByPlace(error: unknown, unfinished: string, place: string): unknown {
  if (!(error instanceof NnunetError)) return error;
  const named = (text: string): string => text.replaceAll(`${unfinished}/`, `${place}: `).replaceAll(unfinished, place);
  return new EngineError(error.code, named(error.message), {
    where: error.where === undefined ? place : named(error.where),
    hint: named(error.hint),
    cause: error,
  });
}
