/** Says what came of an evaluation: a table of Dice, and where the summary is. */
import { readFile } from 'node:fs/promises';
import type { Evaluated } from '../jobs/results';
import { readSummary } from '../method/evaluation';
import { readSurfaceSummary } from '../method/surfaceEvaluation';
import { evaluatedDatasetJson } from '../pipeline/evaluate';
import { summaryLines, surfaceLines } from '../runs/resultLines';
import type { Output } from './output';

/** @param datasetJson  the file that tells the labels */
export async function sayEvaluation(
  { summary: file, surface }: Evaluated,
  datasetJson: string,
  output: Output,
): Promise<void> {
  const summary = readSummary(await readFile(file, 'utf8'), file);
  const labels = await evaluatedDatasetJson(datasetJson);
  for (const line of summaryLines(summary, labels, file)) output.line(line);
  if (surface === undefined) return;
  const found = readSurfaceSummary(await readFile(surface, 'utf8'), surface);
  for (const line of surfaceLines(found, labels, surface)) output.line(line);
}
