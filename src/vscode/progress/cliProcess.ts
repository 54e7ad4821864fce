/** Runs a command of nnU-Net's command line as a process of its own: the editor stays free, whatever the work costs. */
import { spawn } from 'node:child_process';
import * as vscode from 'vscode';
import { parseEvent } from '../../jobs/events';
import { errorFromObject } from '../../method/errorObject';
import { NnunetError } from '../../method/errors';
import { rootFolderNames, rootNames } from '../../dataset/roots';
import { withProgress } from '../notify';
import type { Services } from '../services';
import type { StageEvent } from '../../protocol/events';
import { shareOf, stageTitle } from '../../runs/describe';
import { LineSplitter } from './cliProgress';

export interface CliOptions {
  progress?: (event: StageEvent) => void;
  token?: vscode.CancellationToken;
  /** Exit codes that still bring a result, besides 0. */
  accept?: readonly number[];
}

/**
 * @returns what the command prints with --json
 * @throws NnunetError, the command's own, or `command-failed` where it said nothing; CancellationError
 */
export async function runCli<T>(services: Services, words: readonly string[], options: CliOptions = {}): Promise<T> {
  const { output } = services;
  const { progress, token, accept = [] } = options;
  const roots = services.roots();
  output.info(`nnunet ${words.join(' ')}`);
  const environment = Object.fromEntries(rootNames.map((name) => [rootFolderNames[name], roots[name]]));
  const child = spawn(process.execPath, ['--enable-source-maps', services.distFile('cli.js'), ...words, '--json'], {
    env: { ...process.env, ...environment, ELECTRON_RUN_AS_NODE: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const cancel = token?.onCancellationRequested(() => child.kill('SIGTERM'));
  let result = '';
  let failure: NnunetError | undefined;
  const lines = new LineSplitter((line) => {
    const event = parseEvent(line);
    if (event?.type === 'stage') progress?.(event);
    else if (event?.type === 'warning') output.warn(event.message);
    else if (event?.type === 'note') output.info(event.message);
    else if (event?.type === 'error') {
      failure = errorFromObject(event) ?? failure;
      output.error(failure?.oneLine ?? event.message);
    } else if (line.trim()) output.info(line);
  });
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (result += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => lines.push(chunk));
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    lines.end();
    if (token?.isCancellationRequested) throw new vscode.CancellationError();
    const isGood = code === 0 || (code !== null && accept.includes(code) && result !== '');
    if (!isGood) throw failure ?? unexplained(words[0]!, code);
    return JSON.parse(result) as T;
  } finally {
    cancel?.dispose();
  }
}

/** The same with a notification that shows how far it is and can cancel it. */
export async function runCliWithProgress<T>(
  services: Services,
  title: string,
  words: readonly string[],
  options: Pick<CliOptions, 'accept'> = {},
): Promise<T> {
  const location = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return withProgress(location, (notification, token) => {
    let shown = 0;
    let stage = '';
    return runCli<T>(services, words, {
      ...options,
      token,
      progress: (event) => {
        const { done, total, message } = event;
        if (event.stage !== stage) shown = 0;
        stage = event.stage;
        const share = (shareOf(event) ?? 0) * 100;
        const count = total && total > 1 ? ` ${done}/${total}` : '';
        notification.report({
          message: `${stageTitle(stage)}${count}${message ? ` ${message}` : ''}`,
          increment: Math.max(0, share - shown),
        });
        shown = Math.max(shown, share);
      },
    });
  });
}

function unexplained(command: string, code: number | null): NnunetError {
  const how = code === null ? 'was ended from outside' : `ended with code ${code}`;
  return new NnunetError('command-failed', `The command "${command}" ${how}`, { hint: 'The log says more.' });
}
