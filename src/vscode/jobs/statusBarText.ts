/** What stands in the status bar: how many jobs run and wait; of one that runs alone, how far it is. */
import { t } from '@vscode/l10n';
import { progressLine, trainingWords } from '../../runs/describe';
import type { KnownJob } from '../../jobs/knownJob';
import type { RunStatus } from '../../jobs/status';
import type { WaitingJob } from '../../jobs/waiting';

/** Text of the status bar: of one job how far it is, of several how many; undefined where there is nothing to show. */
export function statusBarText(jobs: readonly KnownJob[], queue: readonly WaitingJob[]): string | undefined {
  const running = jobs.filter(({ status }) => status.state === 'running');
  const waiting = queue.filter(({ failure }) => !failure).length;
  if (running.length === 0 && waiting === 0) return undefined;
  const parts = [
    running.length > 0 ? t('{0} running', running.length) : '',
    waiting > 0 ? t('{0} waiting', waiting) : '',
  ];
  const course = running.length === 1 ? ` · ${shortProgress(running[0]!.status)}` : '';
  return `$(${running.length > 0 ? 'sync~spin' : 'clock'}) nnU-Net: ${parts.filter(Boolean).join(', ')}${course}`;
}

/** In the status bar there is room for what changes. */
function shortProgress(status: RunStatus): string {
  if (status.isStopping) return t('Stopping…');
  return status.stage === 'train' ? trainingWords(status).join(', ') : progressLine(status);
}
