/** What is said when a training has ended: how, what can be done about it, and which commands that are. */
import { counted } from '../../words/counted';
import { foldTitle } from '../../runs/describe';
import { sparkline } from '../../runs/sparkline';
import type { KnownTraining, TrainingNames } from '../../jobs/knownJob';

export function runTitle({
  dataset,
  configuration,
  fold,
}: Pick<TrainingNames, 'dataset' | 'configuration' | 'fold'>): string {
  const short = dataset.replace(/^Dataset\d{3}_/, '');
  return `${short} ${configuration}, ${foldTitle(fold)}`;
}

interface EndNotice {
  severity: 'information' | 'warning' | 'error';
  text: string;
  /** Ids of commands that take the fold folder. */
  actions: ('nnunet.showWorstCase' | 'nnunet.showCurves' | 'nnunet.showLog' | 'nnunet.resumeTraining')[];
}

/** What is said when a run has ended. */
export function endNotice(run: KnownTraining): EndNotice {
  const { state, meanDice, epoch, error } = run.status;
  const title = runTitle(run.training);
  const curve = sparkline(run.training.diceCurve, 12);
  switch (state) {
    case 'failed': {
      const cause = error ? `${error.message.replace(/\.$/, '')}. ${error.hint}`.trim() : 'The log may say why.';
      return {
        severity: 'error',
        text: `${title} failed: ${cause}`,
        actions: ['nnunet.showLog', 'nnunet.resumeTraining'],
      };
    }
    case 'interrupted':
    case 'running':
      return {
        severity: 'warning',
        text: `${title} was interrupted${epoch ? ` after ${counted(epoch, 'epoch')}` : ''}: its process is gone. It can be resumed from its last checkpoint.`,
        actions: ['nnunet.resumeTraining', 'nnunet.showLog'],
      };
    case 'finished':
    case 'stopped': {
      const validated = typeof meanDice === 'number';
      const dice = validated ? `: Dice ${meanDice.toFixed(3)} on the validation cases` : '';
      const what = state === 'finished' ? 'is trained' : `was stopped after ${counted(epoch ?? 0, 'epoch')}`;
      return {
        severity: 'information',
        text: `${title} ${what}${dice}.${curve ? ` ${curve}` : ''}`,
        actions: validated ? ['nnunet.showWorstCase', 'nnunet.showCurves'] : ['nnunet.showCurves', 'nnunet.showLog'],
      };
    }
  }
}
