/** The words in which a person is told what makes a prediction doubtful. */
import { costWords, type PredictionCost } from '../../pipeline/prediction/predictionCost';

/** As the command line and the prediction's process tell it. */
export interface Foreseen {
  doubts?: readonly { case: string; code: string; message: string; advice: string }[];
  cost?: PredictionCost;
}

const mostShown = 6;

/** The same doubt of several cases is said once; of one image its name is not said again. */
export function doubtDetail({ doubts = [], cost }: Foreseen): string {
  const areSeveral = new Set(doubts.map((doubt) => doubt.case)).size > 1;
  const byText = new Map<string, string[]>();
  for (const { case: id, message, advice } of doubts) {
    const text = `${message} ${advice}`;
    byText.set(text, [...(byText.get(text) ?? []), id]);
  }
  const lines = [...byText].map(([text, [first, ...others]]) =>
    areSeveral ? `${first}${others.length > 0 ? ` (and ${others.length} more)` : ''}: ${text}` : text,
  );
  const more = lines.length - mostShown;
  const shown = more > 0 ? [...lines.slice(0, mostShown), `And ${more} more.`] : lines;
  return [...shown, ...(cost ? [`${costWords(cost)}.`] : [])].join('\n\n');
}
