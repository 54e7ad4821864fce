/** Opens a case that was evaluated: its image, its mask, and where they are known the reference and the largest error. */
import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { readPredictionRecord } from '../../dataset/predictionRecord';
import { preprocessedPaths } from '../../dataset/preprocessed';
import type { DatasetReference } from '../../dataset/references';
import { exists } from '../../storage/exists';
import { caseOfScored, casesNamed } from '../explorer/maskCases';
import { readScoredCases, type ScoredCase } from '../../pipeline/scoredCases';
import type { Services } from '../services';
import { datasetNameOf } from './scoredDataset';

/** @param folder  of the masks and their summary.json. @param id  of the case; the worst where none is named */
export async function openScored(services: Services, folder: string, id?: string): Promise<void> {
  const { cases } = await readScoredCases(folder);
  const scored = id === undefined ? cases[0] : cases.find((one) => one.id === id);
  if (!scored) return;
  const dataset = await datasetOf(services, folder, scored);
  const raw = dataset?.exists.raw ? await services.catalog.raw(dataset) : undefined;
  // A validation is of training cases, whatever test cases are called.
  const isValidation = basename(folder) === 'validation';
  const found = isValidation
    ? casesNamed(scored.id, raw && { cases: raw.cases, testCases: [] })[0]
    : caseOfScored(scored, await readPredictionRecord(folder), raw);
  const mask = vscode.Uri.file(scored.prediction);
  if (!found) {
    await vscode.commands.executeCommand('nnunet.openVolume', mask);
    return;
  }
  const copied = dataset && join(preprocessedPaths(dataset.preprocessed).groundTruth, basename(scored.prediction));
  const candidates = isValidation ? [found.label, copied, scored.reference] : [scored.reference, found.label];
  const reference = await firstThatExists(candidates);
  await vscode.commands.executeCommand('nnunet.openVolume', vscode.Uri.file(found.images[0]!), {
    mask,
    reference: reference === undefined ? undefined : vscode.Uri.file(reference),
  });
}

export async function datasetOf(
  { catalog }: Pick<Services, 'catalog'>,
  folder: string,
  scored: Pick<ScoredCase, 'reference'> | undefined,
): Promise<DatasetReference | undefined> {
  const name = datasetNameOf(folder, scored);
  return name === undefined ? undefined : catalog.dataset(name);
}

async function firstThatExists(files: readonly (string | undefined)[]): Promise<string | undefined> {
  for (const file of files) if (file && (await exists(file))) return file;
  return undefined;
}
