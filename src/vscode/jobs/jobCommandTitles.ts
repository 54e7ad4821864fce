/** What are the commands called that a job takes, where they are listed behind the status bar? Menus have the same from package.json. */

export const jobCommandTitles: Readonly<Record<string, { title: string; icon: string }>> = {
  'nnunet.stopJob': { title: 'Stop Job', icon: 'debug-stop' },
  'nnunet.retryJob': { title: 'Try Again', icon: 'refresh' },
  'nnunet.showResult': { title: 'Open Result', icon: 'go-to-file' },
  'nnunet.showWorstCase': { title: 'Show Worst Case', icon: 'target' },
  'nnunet.showSummary': { title: 'Show Summary', icon: 'table' },
  'nnunet.showCurves': { title: 'Show Loss Curves', icon: 'graph-line' },
  'nnunet.showLog': { title: 'Show Log', icon: 'output' },
  'nnunet.resumeTraining': { title: 'Resume Training', icon: 'debug-continue' },
  'nnunet.extendTraining': { title: 'Extend Training', icon: 'debug-step-over' },
  'nnunet.copyCommand': { title: 'Copy Command', icon: 'terminal' },
  'nnunet.moveQueuedUp': { title: 'Move Earlier', icon: 'arrow-up' },
  'nnunet.moveQueuedDown': { title: 'Move Later', icon: 'arrow-down' },
  'nnunet.removeQueued': { title: 'Remove from List', icon: 'trash' },
  'nnunet.refreshRuns': { title: 'Look Again', icon: 'refresh' },
};
