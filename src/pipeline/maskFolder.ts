/** A folder of label maps: how they are read, and where what is made of them may go. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requireFolderForMasks } from '../dataset/outputPlace';
import { OutputFolder } from '../dataset/ownedOutputs';
import { fileNamesIn } from '../dataset/rawDataset';
import { compareCodePoints } from '../dataset/names';
import type { ReaderName } from '../images/types';
import { readModelDatasetJson, type DatasetJson } from '../method/datasetJson';
import { EvaluationError } from '../method/errors';
import { readPlans } from '../method/plans';
import { writeFileAtomic } from '../storage/atomicFile';

export interface MaskDescription {
  datasetJson: DatasetJson;
  reader: ReaderName;
  /** Of the two files, to be copied beside what is made. */
  texts: { plans: string; datasetJson: string };
  files: string[];
}

/**
 * plans.json and dataset.json, which every prediction leaves beside its masks.
 * @throws EvaluationError `dataset-json-missing`, `plans-missing`; PlansError, DatasetError, JsonError
 */
export async function describeMasks(
  folder: string,
  {
    plans = join(folder, 'plans.json'),
    datasetJson = join(folder, 'dataset.json'),
  }: { plans?: string; datasetJson?: string } = {},
): Promise<MaskDescription> {
  const texts = {
    plans: await textOf(plans, 'plans-missing', 'There is no plans.json to tell how masks are read', '--plans'),
    datasetJson: await textOf(
      datasetJson,
      'dataset-json-missing',
      'There is no dataset.json to tell the labels',
      '--dataset-json',
    ),
  };
  return {
    datasetJson: readModelDatasetJson(texts.datasetJson, datasetJson),
    reader: readPlans(texts.plans, plans).image_reader_writer as ReaderName,
    texts,
    files: [plans, datasetJson],
  };
}

async function textOf(file: string, code: string, message: string, option: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new EvaluationError(code, message, { where: file, hint: `Give it with ${option}.`, cause });
  });
}

/** @throws EvaluationError `no-predictions` */
export async function masksIn(
  folder: string,
  { datasetJson }: Pick<MaskDescription, 'datasetJson'>,
): Promise<string[]> {
  const ending = datasetJson.file_ending;
  const names = (await fileNamesIn(folder)).filter((name) => name.endsWith(ending));
  if (names.length > 0) return names.sort(compareCodePoints);
  throw new EvaluationError('no-predictions', `There is no mask ending in ${ending}`, {
    where: folder,
    hint: 'Check the folder, and file_ending in dataset.json.',
  });
}

/**
 * An output folder for masks of these cases, with what describes them; nothing is written yet.
 * @param inputs  folders and files that are read
 * @throws StorageError as `requireFolderForMasks` and `OutputFolder.requireReplaceable`
 */
export async function openMaskFolder(
  folder: string,
  names: readonly string[],
  { reader, texts }: MaskDescription,
  inputs: readonly string[],
): Promise<OutputFolder> {
  await requireFolderForMasks(folder, inputs);
  const outputs = await OutputFolder.open(folder);
  // The spacing of TIFF stacks.
  const sideFiles = reader === 'Tiff3DIO' ? names.map((name) => name.replace(/\.[^.]*$/, '.json')) : [];
  await outputs.requireReplaceable(
    [
      ...[...names, ...sideFiles].map((name) => ({ name })),
      { name: 'plans.json', content: texts.plans },
      { name: 'dataset.json', content: texts.datasetJson },
    ],
    inputs,
  );
  return outputs;
}

/** Writes masks to the folder, each when it is whole, and with the first one what describes them. */
export function maskWriter(
  outputs: OutputFolder,
  { texts }: Pick<MaskDescription, 'texts'>,
): <T>(write: (folder: string) => Promise<T>) => Promise<T> {
  let isDescribed = false;
  return (write) =>
    outputs.write(async (scratch) => {
      await mkdir(scratch, { recursive: true });
      const written = await write(scratch);
      if (!isDescribed) {
        isDescribed = true;
        for (const [name, text] of [
          ['plans.json', texts.plans],
          ['dataset.json', texts.datasetJson],
        ] as const) {
          if (!(await outputs.holds(name, text))) await writeFileAtomic(join(scratch, name), text);
        }
      }
      return written;
    });
}
