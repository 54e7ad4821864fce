/** Where do imported models get their place, and is it free? Below the results, in a dataset's folder that may hold other models. */
import { mkdir, readdir, rename, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseDatasetName } from '../../dataset/names';
import { listDatasets } from '../../dataset/references';
import { parseModelFolderName } from '../../dataset/results';
import type { Roots } from '../../dataset/roots';
import { EngineError } from '../../method/errors';
import { readPlans } from '../../method/plans';
import { exists } from '../../storage/exists';
import type { ArchivedModels } from './archivedModels';
import type { ModelSource } from './modelSource';

export const choiceName = 'inference_information.json';
export const instructionsName = 'inference_instructions.txt';

/** @throws EngineError `dataset-unnamed`; PlansError, JsonError */
export async function datasetFor(
  source: ModelSource,
  { models }: ArchivedModels,
  wanted: string | undefined,
): Promise<string> {
  const name = wanted ?? models[0]!.dataset ?? (await datasetInPlans(source, models[0]!.files));
  if (name !== undefined && parseDatasetName(name) && /^[^\\/:*?"<>|]+$/.test(name)) return name;
  const why = name === undefined ? 'Nothing says which dataset it is of' : `"${name}" is not the name of a dataset`;
  throw new EngineError('dataset-unnamed', why, {
    where: source.place,
    hint: 'Give the dataset that the model is of: --dataset Dataset004_Hippocampus.',
  });
}

async function datasetInPlans(
  source: ModelSource,
  files: readonly { path: string; place: string }[],
): Promise<string | undefined> {
  const file = files.find(({ place }) => place === 'plans.json');
  if (!file) return undefined;
  const pieces: Uint8Array[] = [];
  for await (const piece of source.read(file.path)) pieces.push(piece);
  return readPlans(Buffer.concat(pieces).toString('utf8'), `${source.place}: ${file.path}`).dataset_name;
}

/** nnU-Net goes by numbers. @throws EngineError `number-taken` */
export async function requireNumber(dataset: string, roots: Roots): Promise<void> {
  const { id } = parseDatasetName(dataset)!;
  const other = (await listDatasets(roots)).find((one) => one.id === id && one.folderName !== dataset);
  if (!other) return;
  throw new EngineError('number-taken', `The number of ${dataset} belongs to ${other.folderName} already`, {
    where: roots.results,
    hint: `Give another one: --dataset Dataset…_${parseDatasetName(dataset)!.name}.`,
  });
}

/** @throws EngineError `model-exists` */
export async function requireNoModels(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const content = await readdir(join(folder, name)).catch(() => []);
    if (content.length === 0) continue;
    throw new EngineError('model-exists', 'There is such a model already', {
      where: join(folder, name),
      hint: 'Move it away, or import the new one under another dataset (--dataset); nothing was overwritten.',
    });
  }
}

/** One folder after the other, the choice last; where one can't be moved, all that were go back. */
export async function moveInto(unfinished: string, folder: string): Promise<void> {
  const hadFolder = await exists(folder);
  const moved: string[] = [];
  const move = async (place: string): Promise<void> => {
    await mkdir(dirname(join(folder, place)), { recursive: true });
    await requireNoModels(folder, [place]);
    // Windows renames onto nothing, not even onto an empty folder.
    await rmdir(join(folder, place)).catch(() => undefined);
    await rename(join(unfinished, place), join(folder, place));
    moved.push(place);
  };
  try {
    const names = (await readdir(unfinished)).filter((name) => !name.startsWith('.'));
    const pairs = names.includes('ensembles') ? await readdir(join(unfinished, 'ensembles')) : [];
    for (const name of names.filter((one) => parseModelFolderName(one))) await move(name);
    for (const pair of pairs) if (!(await exists(join(folder, 'ensembles', pair)))) await move(join('ensembles', pair));
    for (const name of [instructionsName, choiceName])
      if (names.includes(name) && !(await exists(join(folder, name)))) await move(name);
  } catch (error) {
    for (const place of moved.reverse())
      await rename(join(folder, place), join(unfinished, place)).catch(() => undefined);
    if (!hadFolder) {
      await rmdir(join(folder, 'ensembles')).catch(() => undefined);
      await rmdir(folder).catch(() => undefined);
    }
    throw error;
  }
}
