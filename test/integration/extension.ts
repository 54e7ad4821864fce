/** The extension under test, its manifest and what activate() gives. */
import * as assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Services } from '../../src/vscode/services';

export const extensionId = 'nnunet-vscode.nnunet';

export function extension(): vscode.Extension<Services> {
  const found = vscode.extensions.getExtension<Services>(extensionId);
  assert.ok(found, `${extensionId} is not among the extensions`);
  return found;
}

export async function services(): Promise<Services> {
  return extension().activate();
}

/** A path in the workspace that the tests were started with (a copy; tests may change it). */
export function workspacePath(...parts: string[]): string {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder, 'the tests were started without a workspace');
  return join(folder.uri.fsPath, ...parts);
}

/** Tries again until `check` does not throw: for what VS Code does in its own time. */
export async function eventually<T>(check: () => T | Promise<T>, milliseconds = 300_000): Promise<T> {
  for (const until = Date.now() + milliseconds; ;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Starts the built command line as a terminal would: without VS Code. */
export function startCli(words: readonly string[]): ChildProcess {
  return spawn(process.execPath, [join(extension().extensionPath, 'dist', 'cli.js'), ...words], {
    cwd: workspacePath(),
    stdio: 'ignore',
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
  });
}

/** Waits until the command ends; it must end well. */
export async function cliNode(words: readonly string[]): Promise<void> {
  const child = startCli(words);
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  assert.equal(code, 0, `nnunet ${words.join(' ')}`);
}

/** Runs a task of ours as `tasks.json` would give it. @returns its exit code, once it has ended */
export async function executeTask(definition: vscode.TaskDefinition): Promise<number | undefined> {
  const task = await taskFor(definition);
  const ended = new Promise<number | undefined>((resolve) => {
    const subscription = vscode.tasks.onDidEndTaskProcess(({ execution, exitCode }) => {
      if (execution.task.name !== task.name) return;
      subscription.dispose();
      resolve(exitCode);
    });
  });
  await vscode.tasks.executeTask(task);
  return ended;
}

/** A task of tasks.json: VS Code has us resolve it. */
export async function taskFor(definition: vscode.TaskDefinition): Promise<vscode.Task> {
  const label = `test: ${definition.task} ${tasksMade++}`;
  const settings = vscode.workspace.getConfiguration('tasks');
  await settings.update('version', '2.0.0', vscode.ConfigurationTarget.Workspace);
  await settings.update('tasks', [{ label, ...definition }], vscode.ConfigurationTarget.Workspace);
  return eventually(async () => {
    const found = (await vscode.tasks.fetchTasks({ type: 'nnunet' })).find(({ name }) => name === label);
    assert.ok(found, `${label} is not offered`);
    return found;
  });
}
let tasksMade = 1;
