/** Shows errors to the person: what happened and what to do, with the log one click away. */
import * as vscode from 'vscode';
import { NnunetError } from '../method/errors';

const showLog = 'Show Log';

export interface Remedy {
  title: string;
  command: string;
}

/** Where the engine is not, or is made for another system. */
export const otherPackage: Remedy = { title: 'Install from VSIX…', command: 'workbench.extensions.action.installVSIX' };
const otherDevice: Remedy = { title: 'Choose Device', command: 'nnunet.chooseDevice' };

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
  const actions = [...(remedy ? [remedy.title] : []), showLog];
  void vscode.window.showErrorMessage(`${what}: ${errorText(error)}`, ...actions).then((choice) => {
    if (choice === showLog) output.show(true);
    else if (choice !== undefined && choice === remedy?.title) void vscode.commands.executeCommand(remedy.command);
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
