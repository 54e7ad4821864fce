/** Says what came of an evaluation: a table of Dice, and where the summary is. */
import { readFile } from 'node:fs/promises';
import type { Evaluated } from '../jobs/results';
import { readSummary } from '../method/evaluation';
import { evaluatedDatasetJson } from '../pipeline/evaluate';
import { summaryLines } from '../runs/resultLines';
import type { Output } from './output';

/** @param datasetJson  the file that tells the labels */
export async function sayEvaluation({ summary: file }: Evaluated, datasetJson: string, output: Output): Promise<void> {
  const summary = readSummary(await readFile(file, 'utf8'), file);
  for (const line of summaryLines(summary, await evaluatedDatasetJson(datasetJson), file)) output.line(line);
}
