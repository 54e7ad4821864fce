/** The words in which a person is told what makes a prediction doubtful: images unlike the model's, and too little memory. */
import { t } from '@vscode/l10n';
import { costWords, type PredictionCost } from '../../pipeline/prediction/predictionCost';
import { gigabytes } from '../../pipeline/resources';

/** As the command line and the prediction's process tell it. */
export interface Foreseen {
  doubts?: readonly { case: string; code: string; message: string; advice: string }[];
  cost?: PredictionCost;
}

const mostShown = 6;

/** What is to be decided before the prediction starts; undefined where nothing is doubtful. */
export function doubtQuestion(foreseen: Foreseen): string | undefined {
  if (foreseen.doubts?.length) return t('The masks may be wrong: this is unlike what the model was trained on.');
  return isTight(foreseen) ? t('There may be too little memory for this prediction.') : undefined;
}

const isTight = ({ cost }: Foreseen): boolean => cost !== undefined && cost.bytes > cost.availableBytes;

/** The same doubt of several cases is said once; of one image its name is not said again. */
export function doubtDetail({ doubts = [], cost }: Foreseen): string {
  const areSeveral = new Set(doubts.map((doubt) => doubt.case)).size > 1;
  const byText = new Map<string, string[]>();
  for (const { case: id, message, advice } of doubts) {
    const text = `${message} ${advice}`;
    byText.set(text, [...(byText.get(text) ?? []), id]);
  }
  const lines = [...byText].map(([text, [first, ...others]]) =>
    !areSeveral
      ? text
      : others.length > 0
        ? t('{0} (and {1} more): {2}', first!, others.length, text)
        : t('{0}: {1}', first!, text),
  );
  const more = lines.length - mostShown;
  const shown = more > 0 ? [...lines.slice(0, mostShown), t('And {0} more.', more)] : lines;
  const memory = t('Only {0} are free: close other programs, or crop the image.', gigabytes(cost?.availableBytes ?? 0));
  const price = cost ? [[`${costWords(cost)}.`, ...(isTight({ cost }) ? [memory] : [])].join(' ')] : [];
  return [...shown, ...price].join('\n\n');
}
