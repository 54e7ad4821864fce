/** Which commands run or write something, and so only in a window that the person trusts? Looking is always possible. */
import { t } from '@vscode/l10n';

export const commandsThatNeedTrust: ReadonlySet<string> = new Set([
  'nnunet.createDataset',
  'nnunet.importDataset',
  'nnunet.createSampleDataset',
  'nnunet.checkDataset',
  'nnunet.fixDataset',
  'nnunet.planAndPreprocess',
  'nnunet.predict',
  'nnunet.predictImage',
  'nnunet.predictRegion',
  'nnunet.moveMask',
  'nnunet.deleteMask',
  'nnunet.exportModel',
  'nnunet.exportModelArchive',
  'nnunet.importModel',
  'nnunet.evaluate',
  'nnunet.showReport',
  'nnunet.showDatasetCard',
  'nnunet.showVolumes',
  'nnunet.chooseSplits',
  'nnunet.newConfiguration',
  'nnunet.showEngine',
  'nnunet.chooseDevice',
  'nnunet.train',
  'nnunet.findBest',
  'nnunet.stopJob',
  'nnunet.resumeTraining',
  'nnunet.extendTraining',
  'nnunet.trainAgain',
  'nnunet.moveQueuedUp',
  'nnunet.moveQueuedDown',
  'nnunet.removeQueued',
  'nnunet.retryJob',
]);

/**
 * The command's action, or in Restricted Mode what says why it does not run.
 * @param what     the command in words
 * @param refuse  told why, in words
 */
export function inTrustedWindow<A extends unknown[], R>(
  id: string,
  what: string,
  action: (...args: A) => R,
  window: { isTrusted(): boolean; refuse(why: string): void },
): (...args: A) => R | undefined {
  if (!commandsThatNeedTrust.has(id)) return action;
  return (...args) => {
    if (window.isTrusted()) return action(...args);
    window.refuse(t('This window is in Restricted Mode. "{0}" needs a workspace that you trust.', what));
    return undefined;
  };
}
