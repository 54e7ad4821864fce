/** Where do the reference and the image of an evaluated case lie? Summaries may come from another machine. */
import { basename, dirname, join } from 'node:path';
import { readPredictionRecord } from '../dataset/predictionRecord';
import { preprocessedPaths } from '../dataset/preprocessed';
import { imageFileName, rawPaths } from '../dataset/rawDataset';
import type { Roots } from '../dataset/roots';
import { splitEnding } from '../images/endings';
import { exists } from '../storage/exists';

interface CaseFiles {
  prediction: string;
  reference: string | undefined;
  /** Its first channel. */
  image: string | undefined;
}

type Where = Pick<Roots, 'raw' | 'preprocessed'> & { dataset: string | undefined };

/** @param reference  as the summary has it */
export async function caseFiles(prediction: string, reference: string, where: Where): Promise<CaseFiles> {
  const name = basename(prediction);
  const raw = where.dataset === undefined ? undefined : rawPaths(join(where.raw, where.dataset));
  const copies =
    where.dataset === undefined ? [] : [preprocessedPaths(join(where.preprocessed, where.dataset)).groundTruth];
  const references = [...copies, ...(raw ? [raw.labels, raw.testLabels] : [])].map((folder) => join(folder, name));
  const { stem, ending } = splitEnding(name);
  const image = imageFileName(stem, 0, ending);
  const { input = [] } = await readPredictionRecord(dirname(prediction));
  const beside = dirname(reference).replace(/labels(T[rs])$/, 'images$1');
  const images = [
    ...input.filter((file) => basename(file) === image),
    ...[...input, beside, ...(raw ? [raw.images, raw.testImages] : [])].map((folder) => join(folder, image)),
  ];
  return {
    prediction,
    reference: await firstThatExists([reference, ...references]),
    image: await firstThatExists(images),
  };
}

async function firstThatExists(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) if (file !== '' && (await exists(file))) return file;
  return undefined;
}
