/** Does every command show that it has begun, until something else does? */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type * as Register from '../../../src/vscode/registerCommand';
import type * as Notify from '../../../src/vscode/notify';
import { stubVscode } from './vscodeStub';

const statusBar = 10;

describe('a command', () => {
  let register: typeof Register;
  let notify: typeof Notify;
  const commands = new Map<string, () => Promise<unknown>>();
  /** What the status bar showed, and whether it still does. */
  const shown: { title: string; goes: Promise<unknown> }[] = [];

  before(async () => {
    stubVscode({
      window: {
        showInformationMessage: () => new Promise(() => undefined),
        showErrorMessage: () => new Promise(() => undefined),
        withProgress: ({ location, title }: { location: number; title: string }, work: () => Promise<unknown>) => {
          const goes = work();
          if (location === statusBar) shown.push({ title, goes });
          return goes;
        },
      },
      workspace: { isTrusted: true },
      commands: { registerCommand: (id: string, run: () => Promise<unknown>) => commands.set(id, run) },
      l10n: { t: (text: string) => text },
      ProgressLocation: { Window: statusBar },
      CancellationError: class extends Error {},
    });
    register = await import('../../../src/vscode/registerCommand');
    notify = await import('../../../src/vscode/notify');
  });

  const isOver = (goes: Promise<unknown>): Promise<boolean> =>
    Promise.race([goes.then(() => true), new Promise<boolean>((resolve) => setImmediate(() => resolve(false)))]);

  function run(action: () => Promise<unknown>): Promise<unknown> {
    register.registerCommand({ error() {} } as never, 'nnunet.test', 'Look at the Images', action);
    return commands.get('nnunet.test')!();
  }

  it('is in the status bar from its first moment to its end', async () => {
    let end = (): void => undefined;
    const ended = run(() => new Promise<void>((resolve) => (end = resolve)));
    const { title, goes } = shown.pop()!;
    assert.equal(title, 'Look at the Images');
    assert.equal(await isOver(goes), false);
    end();
    await ended;
    assert.equal(await isOver(goes), true);
  });

  it('leaves the status bar once it shows something of its own', async () => {
    void run(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      await notify.notify('information', 'Which?');
    });
    const { goes } = shown.pop()!;
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(await isOver(goes), true);
  });

  it('that asks at once is not in the status bar', async () => {
    void run(() => notify.notify('information', 'Which?'));
    assert.equal(await isOver(shown.pop()!.goes), true);
  });

  it('that fails leaves the status bar', async () => {
    await run(() => Promise.reject(new (class extends Error {})('no')));
    assert.equal(await isOver(shown.pop()!.goes), true);
  });
});
