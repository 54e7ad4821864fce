/** What is asked before trainings are ended: the ways in which they can end, and what each of them keeps. */
import { counted } from '../../words/counted';
import type { RunStatus } from '../../jobs/status';

interface StopQuestion {
  question: string;
  detail: string;
  ways: { title: string; validate: boolean }[];
}

type Asked = Pick<RunStatus, 'stage' | 'epoch' | 'isStopping'>;

const withoutValidation = { title: 'Stop without Validation', validate: false };

/** @param trainings  those that are to end, at least one */
export function stopQuestion(trainings: readonly Asked[]): StopQuestion {
  const isOne = trainings.length === 1;
  const question = isOne ? 'Stop this training?' : `Stop ${counted(trainings.length, 'training')}?`;
  if (trainings.every(({ isStopping }) => isStopping)) {
    return {
      question: isOne ? 'This training is stopping already.' : 'These trainings are stopping already.',
      detail: 'It saves, and then it validates. Without the validation it ends sooner, and its Dice is missing.',
      ways: [withoutValidation],
    };
  }
  if (trainings.some(({ stage, epoch }) => stage === 'train' && epoch !== undefined)) {
    return {
      question,
      detail: 'It finishes the iteration that it is at and saves. What was learned is kept, and can be resumed.',
      ways: [{ title: 'Stop and Validate', validate: true }, withoutValidation],
    };
  }
  if (trainings.some(({ stage }) => stage === 'train')) {
    return {
      question,
      detail: 'Its first epoch is not finished, so there is nothing to validate. It saves, and can be resumed.',
      ways: [{ title: 'Stop Training', validate: false }],
    };
  }
  if (trainings.some(({ stage }) => stage === 'validate')) {
    return {
      question: isOne ? 'Stop the validation?' : question,
      detail: 'The training is finished and kept; only its Dice is missing then.',
      ways: [{ title: 'Stop Validation', validate: false }],
    };
  }
  return {
    question,
    detail: 'It has not begun to train. What it has prepared so far is kept.',
    ways: [{ title: 'Stop Training', validate: false }],
  };
}
