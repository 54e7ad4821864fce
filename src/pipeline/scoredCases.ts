/** The validation cases of a fold or a folder of predictions, worst first. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { splitEnding } from '../images/endings';
import { readSummary, type Summary } from '../method/evaluation';

export interface ScoredCase {
  id: string;
  /** In the folder of the summary, whatever path the summary's writer had. */
  prediction: string;
  /** As the summary says; it may lie on another machine. */
  reference: string;
  /** Mean over the foreground classes that are in the case; NaN where none is. */
  meanDice: number;
  /** By label or region key, as in summary.json. */
  dice: Record<string, number>;
}

export async function readScoredCases(folder: string): Promise<{ summary: Summary; cases: ScoredCase[] }> {
  const file = join(folder, 'summary.json');
  const summary = readSummary(await readFile(file, 'utf8'), file);
  return { summary, cases: scoredCases(summary, folder) };
}

export function scoredCases(summary: Summary, folder: string): ScoredCase[] {
  return summary.metric_per_case
    .map((entry): ScoredCase => {
      const name = basename(entry.prediction_file.replaceAll('\\', '/'));
      const dice = Object.fromEntries(Object.entries(entry.metrics).map(([key, metrics]) => [key, metrics.Dice]));
      const present = Object.entries(dice).filter(([key, value]) => key !== '0' && !Number.isNaN(value));
      const sum = present.reduce((total, [, value]) => total + value, 0);
      return {
        id: splitEnding(name).stem,
        prediction: join(folder, name),
        reference: entry.reference_file,
        meanDice: present.length > 0 ? sum / present.length : NaN,
        dice,
      };
    })
    .sort(worstFirst);
}

/** Cases without any foreground tell nothing: they come last. */
function worstFirst(a: ScoredCase, b: ScoredCase): number {
  const [x, y] = [a, b].map(({ meanDice }) => (Number.isNaN(meanDice) ? Infinity : meanDice)) as [number, number];
  return x === y ? a.id.localeCompare(b.id, 'en', { numeric: true }) : x - y;
}
