/** Says what a job waits for: the same words in the terminal, in lists and in VS Code. */
import { t } from '@vscode/l10n';
import type { Waiting } from '../jobs/job';
import { gigabytes } from '../pipeline/resources';

/** @param titleOf  of a job, by its id; "Train Hippocampus 2d, fold 0" */
export function waitingText(waiting: Waiting, titleOf: (id: string) => string): string {
  switch (waiting.for) {
    case 'jobs':
      return waiting.ids.length === 0
        ? t('waits for what runs in its folder to end')
        : t('waits for {0} to end', titles(waiting.ids, titleOf));
    case 'device':
      return waitsForDevice(deviceWords(waiting.device), titles(waiting.ids, titleOf));
    case 'memory':
      return t(
        'waits for memory: it needs about {0}, and {1} are left beside what runs',
        gigabytes(waiting.neededBytes),
        gigabytes(waiting.freeBytes),
      );
    case 'disk':
      return t(
        'waits for disk space: it needs about {0}, and {1} are left beside what runs',
        gigabytes(waiting.neededBytes),
        gigabytes(waiting.freeBytes),
      );
    case 'host':
      return t('waits for {0}, the machine where it was asked for', waiting.host);
    case 'scheduler':
      return t("waits in the cluster's queue ({0})", waiting.reason);
    case 'turn':
      return t('waits for its turn');
  }
}

/** Why it is in the list and goes no further: most could not even be started. */
export function failureText({ code, message }: { code: string; message: string }): string {
  return code === 'job-lost' || code === 'cluster-ended' ? message : t('could not start: {0}', message);
}

/** A GPU goes by its number where there are several. */
function deviceWords(device: string): string {
  switch (device) {
    case 'auto':
      return t('a device');
    case 'cpu':
      return t('the processor');
    case 'cuda':
    case 'mps':
      return t('the GPU');
    default:
      return device;
  }
}

/** @param takers  empty where they are not known */
function waitsForDevice(device: string, takers: string): string {
  return takers === ''
    ? t('waits for {0}, which is taken', device)
    : t('waits for {0}, which is taken by {1}', device, takers);
}

function titles(ids: readonly string[], titleOf: (id: string) => string): string {
  if (ids.length === 0) return '';
  const first = `"${titleOf(ids[0]!)}"`;
  return ids.length === 1 ? first : t('{0} and {1} more', first, ids.length - 1);
}
