import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { EvaluationError } from '../../../src/method/errors';
import type * as PageEditor from '../../../src/vscode/pageEditor';
import { stubVscode } from './vscodeStub';

type Provider = { resolveCustomEditor(document: object, panel: object): Promise<void> };
const uri = { path: '/r/validation/summary.json', fsPath: '/r/validation/summary.json' };

describe('the editor that shows a file as a page', () => {
  let register: typeof PageEditor.registerPageEditor;
  let provider: Provider;
  let changed: () => void;
  let watched = 0;

  before(async () => {
    stubVscode({
      env: { language: 'en' },
      l10n: { t: (text: string) => text },
      window: {
        registerCustomEditorProvider: (_viewType: string, made: Provider) => (provider = made),
        showErrorMessage: () => undefined,
        showInformationMessage: () => undefined,
        showWarningMessage: () => undefined,
      },
      workspace: {
        createFileSystemWatcher: () => {
          watched++;
          return { onDidChange: (listener: () => void) => (changed = listener), onDidCreate: () => undefined };
        },
      },
      Uri: { joinPath: () => uri },
      RelativePattern: class {},
      Disposable: { from: () => ({ dispose: () => watched-- }) },
      CancellationError: class extends Error {},
    });
    ({ registerPageEditor: register } = await import('../../../src/vscode/pageEditor'));
  });

  /** An editor of a file that `read` gives the content of. */
  async function open(read: () => string) {
    const warned: string[] = [];
    const output = { warn: (text: string) => warned.push(text) } as never;
    register(
      { output },
      {
        viewType: 'v',
        commands: ['nnunet.open'],
        page: (_file, { nonce }) => Promise.resolve(`${read()} ${nonce.length > 20}`),
        failurePage: (_file, lines) => `failed: ${lines.join(' | ')}`,
      },
    );
    let close = (): void => undefined;
    const webview = { html: '', options: {} };
    await provider.resolveCustomEditor(
      { uri },
      { webview, onDidDispose: (listener: () => void) => (close = listener) },
    );
    return { webview, warned, close: () => close() };
  }

  it('runs no scripts and only the commands of its links', async () => {
    const { webview, close } = await open(() => 'page');
    assert.equal(webview.html, 'page true');
    const options = { enableScripts: false, enableCommandUris: ['nnunet.open'], localResourceRoots: [] };
    assert.deepEqual(webview.options, options);
    close();
  });

  it('follows the file until it is closed', async () => {
    let content = 'first';
    const { webview, close } = await open(() => content);
    content = 'second';
    changed();
    await settled();
    assert.equal(webview.html, 'second true');
    content = 'third';
    changed();
    close();
    await settled();
    assert.equal(webview.html, 'second true');
    assert.equal(watched, 0);
  });

  it('says what is wrong, where and what to do', async () => {
    const error = new EvaluationError('x', 'It is damaged', { where: '/r/summary.json', hint: 'Evaluate again.' });
    const { webview, warned } = await open(() => {
      throw error;
    });
    assert.equal(webview.html, 'failed: It is damaged | /r/summary.json | Evaluate again.');
    assert.equal(warned.length, 1);
  });
});

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
