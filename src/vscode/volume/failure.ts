/** Turns any error into the form in which it crosses to the worker's client and the webview. */
import { t } from '@vscode/l10n';
import { NnunetError } from '../../method/errors';
import type { Failure } from '../../protocol/volume';

export const cancelled: Failure = { code: 'cancelled', message: t('This was cancelled'), hint: '' };

export function failureOf(error: unknown): Failure {
  if (error instanceof NnunetError) {
    const { code, message, where, hint } = error;
    return { code, message, where, hint };
  }
  if (error instanceof Error && error.name === 'AbortError') return cancelled;
  if (error instanceof RangeError && /allocation|array length/i.test(error.message))
    return {
      code: 'out-of-memory',
      message: t('There is not enough memory for this volume'),
      hint: t('Close other programs or crop the volume.'),
    };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'unexpected', message, hint: t('The log "nnU-Net" says more.') };
}

/** A failure that came across, as an error again. */
export class VolumeFailure extends NnunetError {
  constructor(readonly failure: Failure) {
    super(failure.code, failure.message, { where: failure.where, hint: failure.hint });
  }
}
