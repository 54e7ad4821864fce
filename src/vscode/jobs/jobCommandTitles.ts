/** What are the commands called that a job takes, where they are listed behind the status bar? Menus have the same from package.json. */
import { t } from '@vscode/l10n';

export function jobCommandTitle(command: string): { title: string; icon: string } {
  const titles: Readonly<Record<string, { title: string; icon: string }>> = {
    'nnunet.stopJob': { title: t('Stop Job'), icon: 'debug-stop' },
    'nnunet.retryJob': { title: t('Try Again'), icon: 'refresh' },
    'nnunet.showResult': { title: t('Open Result'), icon: 'go-to-file' },
    'nnunet.showWorstCase': { title: t('Show Worst Case'), icon: 'target' },
    'nnunet.showSummary': { title: t('Show Summary'), icon: 'table' },
    'nnunet.showReport': { title: t('Show Report'), icon: 'graph' },
    'nnunet.showCurves': { title: t('Show Loss Curves'), icon: 'graph-line' },
    'nnunet.showLog': { title: t('Show Log'), icon: 'output' },
    'nnunet.resumeTraining': { title: t('Resume Training'), icon: 'debug-continue' },
    'nnunet.extendTraining': { title: t('Extend Training'), icon: 'debug-step-over' },
    'nnunet.trainAgain': { title: t('Train Again with the New Cases'), icon: 'add' },
    'nnunet.copyCommand': { title: t('Copy Command'), icon: 'terminal' },
    'nnunet.moveQueuedUp': { title: t('Move Earlier'), icon: 'arrow-up' },
    'nnunet.moveQueuedDown': { title: t('Move Later'), icon: 'arrow-down' },
    'nnunet.removeQueued': { title: t('Remove from List'), icon: 'trash' },
    'nnunet.refreshRuns': { title: t('Look Again'), icon: 'refresh' },
  };
  return titles[command] ?? { title: command, icon: 'play' };
}
