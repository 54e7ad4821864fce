/** Averages folders of predictions, which hold probabilities of the same cases, into a folder of label maps. */
import { join } from 'node:path';
import { compareCodePoints } from '../dataset/names';
import { fileNamesIn } from '../dataset/rawDataset';
import { EvaluationError } from '../method/errors';
import { averagingBytes, ensembleStage, requireProperties, type EnsembleCase } from './ensemble';
import { describeMasks, maskWriter, openMaskFolder } from './maskFolder';
import type { StageContext } from './progress';

interface EnsembleFoldersOptions extends StageContext {
  /** In order; the first one's labels and properties count. */
  folders: readonly string[];
  output: string;
  saveProbabilities?: boolean;
  workers?: number;
}

/** @returns the cases. @throws EvaluationError `no-probabilities`, `cases-differ`, and as `ensembleStage`; StorageError */
export async function ensembleFolders(options: EnsembleFoldersOptions): Promise<string[]> {
  const { folders, output, saveProbabilities = false } = options;
  const cases = await casesOf(folders);
  await requireProperties(cases);
  const description = await describeMasks(folders[0]!);
  const ending = description.datasetJson.file_ending;
  const kinds = [ending, ...(saveProbabilities ? ['.npz', '.pkl'] : [])];
  const names = cases.flatMap(({ id }) => kinds.map((kind) => `${id}${kind}`));
  const inputs = [...folders, ...cases.flatMap(({ probabilities }) => probabilities), ...description.files];
  const outputs = await openMaskFolder(output, names, description, inputs);
  await ensembleStage({
    ...options,
    ...description,
    cases,
    writeCase: maskWriter(outputs, description),
  });
  return cases.map(({ id }) => id);
}

/** Memory that the largest case takes. @throws as `ensembleFolders` for what is missing */
export async function ensembleBytes(folders: readonly string[]): Promise<number> {
  let largest = 0;
  for (const { probabilities } of await casesOf(folders))
    largest = Math.max(largest, await averagingBytes(probabilities[0]!));
  return largest;
}

async function casesOf(folders: readonly string[]): Promise<EnsembleCase[]> {
  const found = await Promise.all(
    folders.map(async (folder) => new Set((await fileNamesIn(folder)).filter((name) => name.endsWith('.npz')))),
  );
  const all = [...new Set(found.flatMap((names) => [...names]))].sort(compareCodePoints);
  found.forEach((names, at) => {
    const where = folders[at]!;
    if (names.size === 0) {
      throw new EvaluationError('no-probabilities', 'There are no probabilities in this folder', {
        where,
        hint: 'Predict again with --save-probabilities: their .npz files are averaged.',
      });
    }
    const missing = all.filter((name) => !names.has(name));
    if (missing.length === 0) return;
    throw new EvaluationError(
      'cases-differ',
      `${missing[0]!} is missing here, and another folder has it${missing.length > 1 ? ` (and ${missing.length - 1} more)` : ''}`,
      { where, hint: 'Average predictions of the same images.' },
    );
  });
  return all.map((name) => ({
    id: name.slice(0, -'.npz'.length),
    probabilities: folders.map((folder) => join(folder, name)),
  }));
}
