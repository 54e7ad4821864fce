/** Says how many of something there are: "1 case", "2 cases". Languages differ in more than an s, so each noun has its own texts. */
import { t } from '@vscode/l10n';

type Form = (isOne: boolean, count: string) => string;

/** Of what views count. Errors, which are English, count other things as well. */
const forms: Readonly<Record<string, Form>> = {
  case: (isOne, n) => (isOne ? t('{0} case', n) : t('{0} cases', n)),
  channel: (isOne, n) => (isOne ? t('{0} channel', n) : t('{0} channels', n)),
  core: (isOne, n) => (isOne ? t('{0} core', n) : t('{0} cores', n)),
  day: (isOne, n) => (isOne ? t('{0} day', n) : t('{0} days', n)),
  epoch: (isOne, n) => (isOne ? t('{0} epoch', n) : t('{0} epochs', n)),
  error: (isOne, n) => (isOne ? t('{0} error', n) : t('{0} errors', n)),
  experiment: (isOne, n) => (isOne ? t('{0} experiment', n) : t('{0} experiments', n)),
  file: (isOne, n) => (isOne ? t('{0} file', n) : t('{0} files', n)),
  finding: (isOne, n) => (isOne ? t('{0} finding', n) : t('{0} findings', n)),
  fold: (isOne, n) => (isOne ? t('{0} fold', n) : t('{0} folds', n)),
  hour: (isOne, n) => (isOne ? t('{0} hour', n) : t('{0} hours', n)),
  image: (isOne, n) => (isOne ? t('{0} image', n) : t('{0} images', n)),
  iteration: (isOne, n) => (isOne ? t('{0} iteration', n) : t('{0} iterations', n)),
  job: (isOne, n) => (isOne ? t('{0} job', n) : t('{0} jobs', n)),
  label: (isOne, n) => (isOne ? t('{0} label', n) : t('{0} labels', n)),
  mask: (isOne, n) => (isOne ? t('{0} mask', n) : t('{0} masks', n)),
  minute: (isOne, n) => (isOne ? t('{0} minute', n) : t('{0} minutes', n)),
  model: (isOne, n) => (isOne ? t('{0} model', n) : t('{0} models', n)),
  month: (isOne, n) => (isOne ? t('{0} month', n) : t('{0} months', n)),
  pixel: (isOne, n) => (isOne ? t('{0} pixel', n) : t('{0} pixels', n)),
  prediction: (isOne, n) => (isOne ? t('{0} prediction', n) : t('{0} predictions', n)),
  row: (isOne, n) => (isOne ? t('{0} row', n) : t('{0} rows', n)),
  second: (isOne, n) => (isOne ? t('{0} second', n) : t('{0} seconds', n)),
  slice: (isOne, n) => (isOne ? t('{0} slice', n) : t('{0} slices', n)),
  stage: (isOne, n) => (isOne ? t('{0} stage', n) : t('{0} stages', n)),
  'test case': (isOne, n) => (isOne ? t('{0} test case', n) : t('{0} test cases', n)),
  thread: (isOne, n) => (isOne ? t('{0} thread', n) : t('{0} threads', n)),
  training: (isOne, n) => (isOne ? t('{0} training', n) : t('{0} trainings', n)),
  'training case': (isOne, n) => (isOne ? t('{0} training case', n) : t('{0} training cases', n)),
  validation: (isOne, n) => (isOne ? t('{0} validation', n) : t('{0} validations', n)),
  volume: (isOne, n) => (isOne ? t('{0} volume', n) : t('{0} volumes', n)),
  voxel: (isOne, n) => (isOne ? t('{0} voxel', n) : t('{0} voxels', n)),
  warning: (isOne, n) => (isOne ? t('{0} warning', n) : t('{0} warnings', n)),
};

/** @param plural  where an s at the end does not make it */
export function counted(count: number, noun: string, plural?: string): string {
  return countedAs(String(count), count === 1, noun, plural);
}

/** Where the number is written in a way of its own: "1,832 voxels". */
export function countedAs(written: string, isOne: boolean, noun: string, plural = `${noun}s`): string {
  const form = forms[noun];
  return form ? form(isOne, written) : `${written} ${isOne ? noun : plural}`;
}

/** As a number of things does something: "1 case is", "2 cases are". */
export function countedAre(count: number, noun: string, plural?: string): string {
  const many = counted(count, noun, plural);
  return count === 1 ? t('{0} is', many) : t('{0} are', many);
}
