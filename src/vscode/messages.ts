/** Shows errors to the person: what happened and what to do, with the log one click away. */
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { NnunetError } from '../method/errors';
import { inBackground, listenToBackground } from './background';
import { notify, type Severity } from './notify';

export interface Remedy {
  title: string;
  command: string;
}

/** Where the engine is not, or is made for another system. */
export const otherPackage: Remedy = {
  title: t('Install from VSIX…'),
  command: 'workbench.extensions.action.installVSIX',
};
const otherDevice: Remedy = { title: t('Choose Device'), command: 'nnunet.chooseDevice' };

/** What a failure's message offers to do, by the error's code. */
const remedies: Readonly<Record<string, Remedy>> = {
  'core-missing': otherPackage,
  'core-libraries-missing': otherPackage,
  'device-missing': otherDevice,
  'device-unknown': otherDevice,
};

/** Message and hint of an error, as one text for a notification. */
export function errorText(error: unknown): string {
  if (error instanceof NnunetError) return error.oneLine;
  return error instanceof Error ? error.message : String(error);
}

export function isCancellation(error: unknown): boolean {
  return error instanceof vscode.CancellationError || (error instanceof Error && error.name === 'AbortError');
}

/** Logs the error and shows it, without waiting for the person. Cancelled work is no error. */
export function reportError(output: vscode.LogOutputChannel, what: string, error: unknown): void {
  if (isCancellation(error)) return;
  output.error(`${what}: ${errorText(error)}`);
  if (!(error instanceof NnunetError) && error instanceof Error && error.stack) output.error(error.stack);
  else if (error instanceof NnunetError && error.cause instanceof Error) output.error(error.cause);
  const remedy = error instanceof NnunetError ? remedies[error.code] : undefined;
  const log = { title: t('Show Log'), run: () => output.show(true) };
  const help = remedy && { title: remedy.title, run: () => vscode.commands.executeCommand(remedy.command) };
  offer('error', `${what}: ${errorText(error)}`, ...(help ? [help, log] : [log]));
}

/** A button of a notification, and what it does. */
export interface Offer {
  title: string;
  run: () => unknown;
}

/** Tells something, and what can be done next, without waiting for the person. */
export function offer(severity: Severity, text: string, ...offers: readonly Offer[]): void {
  const shown = notify(severity, text, ...offers.map(({ title }) => title));
  inBackground(
    shown.then((choice) => {
      const chosen = offers.find(({ title }) => title === choice);
      if (chosen) inBackground(Promise.resolve(chosen.run()), chosen.title, { isAskedFor: true });
    }),
    text,
  );
}

/** From now on, failures of work that nobody waits for reach the log, and the person who asked for the work. */
export function reportBackground(output: vscode.LogOutputChannel): vscode.Disposable {
  return listenToBackground((what, error, isAskedFor) => {
    if (isAskedFor) reportError(output, what, error);
    else if (!isCancellation(error)) output.warn(`${what}: ${errorText(error)}`);
  });
}

/** A command's handler whose failures reach the person. */
export function guarded<A extends unknown[]>(
  output: vscode.LogOutputChannel,
  what: string,
  action: (...args: A) => unknown,
): (...args: A) => Promise<void> {
  return async (...args) => {
    try {
      await action(...args);
    } catch (error) {
      reportError(output, what, error);
    }
  };
}
