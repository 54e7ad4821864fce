/** What is asked before trainings are ended: the ways in which they can end, and what each of them keeps. */
import { t } from '@vscode/l10n';
import { counted } from '../../words/counted';
import type { StopOptions } from '../../jobs/control';
import type { AnyJob } from '../../jobs/job';
import type { RunStatus } from '../../jobs/status';

type Way = { title: string } & StopOptions;

interface StopQuestion {
  question: string;
  detail: string;
  ways: Way[];
}

type Asked = Pick<RunStatus, 'stage' | 'epoch' | 'isStopping' | 'stopsAfterEpoch'>;

const withoutValidation = (): Way => ({ title: t('Stop without Validation'), validate: false });

/**
 * @param trainings  those that are to end, at least one
 * @param others  how many jobs of other kinds are to end with them
 */
export function stopQuestion(trainings: readonly Asked[], others = 0): StopQuestion {
  const isOne = trainings.length === 1 && others === 0;
  const all = others > 0 ? counted(trainings.length + others, 'job') : counted(trainings.length, 'training');
  const question = isOne ? t('Stop this training?') : t('Stop {0}?', all);
  if (trainings.every(({ isStopping }) => isStopping)) {
    return {
      question: isOne ? t('This training is stopping already.') : t('These trainings are stopping already.'),
      detail: t('It saves, and then it validates. Without the validation it ends sooner, and its Dice is missing.'),
      ways: [withoutValidation()],
    };
  }
  // Where all of them do so already, it is not offered again.
  const later = trainings.every(({ stopsAfterEpoch }) => stopsAfterEpoch)
    ? []
    : [{ title: t('Stop after This Epoch'), isAfterEpoch: true }];
  if (trainings.some(({ stage, epoch }) => stage === 'train' && epoch !== undefined)) {
    return {
      question,
      detail: t('It finishes the iteration that it is at and saves. What was learned is kept, and can be resumed.'),
      ways: [{ title: t('Stop and Validate'), validate: true }, ...later, withoutValidation()],
    };
  }
  if (trainings.some(({ stage }) => stage === 'train')) {
    return {
      question,
      detail: t('Its first epoch is not finished, so there is nothing to validate. It saves, and can be resumed.'),
      ways: [{ title: t('Stop Training'), validate: false }, ...later],
    };
  }
  if (trainings.some(({ stage }) => stage === 'validate')) {
    return {
      question: isOne ? t('Stop the validation?') : question,
      detail: t('The training is finished and kept; only its Dice is missing then.'),
      ways: [{ title: t('Stop Validation'), validate: false }],
    };
  }
  return {
    question,
    detail: t('It has not begun to train. What it has prepared so far is kept.'),
    ways: [{ title: t('Stop Training'), validate: false }],
  };
}

/** The same of other jobs: what they have written already stays. @param titles  at least one */
export function endQuestion(titles: readonly string[], kind: AnyJob['kind']): StopQuestion {
  const question = titles.length === 1 ? t('Stop "{0}"?', titles[0]!) : t('Stop {0}?', counted(titles.length, 'job'));
  const detail =
    kind === 'predict'
      ? t('The masks that are finished stay; a prediction of the same images can go on with the others.')
      : t('It leaves nothing half-written, and can be run again.');
  return { question, detail, ways: [{ title: t('Stop'), validate: false }] };
}
