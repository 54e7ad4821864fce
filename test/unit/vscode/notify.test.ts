import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { errorFromLine, errorToLine } from '../../../src/method/errorObject';
import { EngineError } from '../../../src/method/errors';
import type { reportError } from '../../../src/vscode/messages';
import type * as Notify from '../../../src/vscode/notify';
import { stubVscode } from './vscodeStub';

const hostile = 'Dataset001_[Liver](command:workbench.action.terminal.new)';
const harmless = 'Dataset001_[Liver] (command:workbench.action.terminal.new)';

/** Everything that VS Code was asked to show, in order. */
const shown: unknown[] = [];
const show = (text: string, ...rest: unknown[]): Promise<undefined> => {
  shown.push(text, ...rest);
  return Promise.resolve(undefined);
};

describe('what is shown to the person', () => {
  let notify: typeof Notify;
  let report: typeof reportError;

  before(async () => {
    stubVscode({
      window: {
        showInformationMessage: show,
        showWarningMessage: show,
        showErrorMessage: show,
        withProgress: (options: { title: string }, work: (progress: unknown) => unknown) => {
          shown.push(options.title);
          return work({ report: ({ message }: { message?: string }) => shown.push(message) });
        },
      },
      CancellationError: class extends Error {},
    });
    notify = await import('../../../src/vscode/notify');
    ({ reportError: report } = await import('../../../src/vscode/messages'));
  });

  function take(): unknown[] {
    return shown.splice(0);
  }

  it('holds no link from a file: notifications and questions', async () => {
    for (const severity of ['information', 'warning', 'error'] as const) {
      await notify.notify(severity, `${hostile} is ready`, 'Train');
      assert.deepEqual(take(), [`${harmless} is ready`, 'Train']);
      await notify.askFirst(severity, hostile, hostile, 'Yes');
      assert.deepEqual(take(), [harmless, { modal: true, detail: harmless }, 'Yes']);
    }
  });

  it('holds no link from a file: errors', () => {
    const output = { error() {}, show() {} } as unknown as Parameters<typeof report>[0];
    report(output, 'Check', new Error(`No label in ${hostile}`));
    assert.deepEqual(take(), [`Check: No label in ${harmless}`, 'Show Log']);
  });

  it('offers the remedy for what a command of the command line says', () => {
    const output = { error() {}, show() {} } as unknown as Parameters<typeof report>[0];
    const line = errorToLine(
      new EngineError('core-missing', 'The training core is not there', { hint: 'Install it.' }),
    );
    report(output, 'Predict', errorFromLine(line));
    assert.deepEqual(take(), [
      'Predict: The training core is not there. Install it.',
      'Install from VSIX…',
      'Show Log',
    ]);
  });

  it('holds no link from a file: progress, and those of our own', async () => {
    const link = { text: 'Show Log', command: 'nnunet.showLog', parameters: ['/a'] };
    await notify.withProgress(
      { location: 15, title: hostile, links: [link, { ...link, text: 'Hide' }] },
      async (progress) => {
        progress.report({ message: hostile });
      },
    );
    const [title, message] = take();
    const address = 'command:nnunet.showLog?%5B%22%2Fa%22%5D';
    assert.equal(title, `${harmless} ([Show Log](${address}), [Hide](${address}))`);
    assert.equal(message, harmless);
  });
});
