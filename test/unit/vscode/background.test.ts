import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { inBackground, listenToBackground } from '../../../src/vscode/background';
import { PagePost } from '../../../src/vscode/pagePost';

describe('work that nobody waits for', () => {
  let heard: { what: string; error: unknown; isAskedFor: boolean }[];
  let listening: { dispose(): void };
  /** What was rejected has been told by then. */
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  beforeEach(() => {
    heard = [];
    listening = listenToBackground((what, error, isAskedFor) => heard.push({ what, error, isAskedFor }));
  });
  afterEach(() => listening.dispose());

  it('tells of its failure, and whether a person asked for it', async () => {
    const error = new Error('no');
    inBackground(Promise.reject(error), 'Looking for predictions');
    inBackground(Promise.reject(error), 'Opening the mask', { isAskedFor: true });
    inBackground(Promise.resolve(), 'Something that works');
    await settled();
    assert.deepEqual(heard, [
      { what: 'Looking for predictions', error, isAskedFor: false },
      { what: 'Opening the mask', error, isAskedFor: true },
    ]);
  });

  it('does not speak to a page that was closed', async () => {
    const sent: unknown[] = [];
    const closed = new Error('Webview is disposed');
    let isDisposed = false;
    const webview = {
      postMessage: (message: unknown): Promise<boolean> => {
        if (isDisposed) return Promise.reject(closed);
        sent.push(message);
        return Promise.resolve(true);
      },
    };
    const page = new PagePost<string>(webview, 'Curves');
    page.post('first');
    isDisposed = true;
    page.close();
    page.post('late');
    await settled();
    assert.deepEqual(sent, ['first']);
    assert.deepEqual(heard, []);
  });
});
