/** What is said when a training has ended: how, what can be done about it, and which commands that are. */
import { t } from '@vscode/l10n';
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
      const cause = error ? `${error.message.replace(/\.$/, '')}. ${error.hint}`.trim() : t('The log may say why.');
      return {
        severity: 'error',
        text: t('{0} failed: {1}', title, cause),
        actions: ['nnunet.showLog', 'nnunet.resumeTraining'],
      };
    }
    case 'interrupted':
    case 'running':
      return {
        severity: 'warning',
        text: epoch
          ? t(
              '{0} was interrupted after {1}: its process is gone. It can be resumed from its last checkpoint.',
              title,
              counted(epoch, 'epoch'),
            )
          : t('{0} was interrupted: its process is gone. It can be resumed from its last checkpoint.', title),
        actions: ['nnunet.resumeTraining', 'nnunet.showLog'],
      };
    case 'finished':
    case 'stopped': {
      const validated = typeof meanDice === 'number';
      const what =
        state === 'finished'
          ? t('{0} is trained', title)
          : epoch
            ? t('{0} was stopped after {1}', title, counted(epoch, 'epoch'))
            : t('{0} was stopped in its first epoch', title);
      const text = validated ? t('{0}: Dice {1} on the validation cases.', what, meanDice.toFixed(3)) : `${what}.`;
      return {
        severity: 'information',
        text: curve ? `${text} ${curve}` : text,
        actions: validated ? ['nnunet.showWorstCase', 'nnunet.showCurves'] : ['nnunet.showCurves', 'nnunet.showLog'],
      };
    }
  }
}
