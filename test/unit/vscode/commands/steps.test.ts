/** Is a question there before its answers are known? */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type * as Steps from '../../../../src/vscode/commands/train/steps';
import { stubVscode } from '../vscodeStub';

class Pick {
  items: { label: string; value?: string }[] = [];
  selectedItems: { label: string; value?: string }[] = [];
  busy = false;
  isShown = false;
  isDisposed = false;
  accept = (): void => undefined;
  hide = (): void => undefined;

  onDidAccept(listener: () => void): void {
    this.accept = listener;
  }
  onDidHide(listener: () => void): void {
    this.hide = listener;
  }
  onDidTriggerButton(): void {
    // Nobody goes back here.
  }
  show(): void {
    this.isShown = true;
  }
  dispose(): void {
    this.isDisposed = true;
  }
}

describe('a question of a wizard', () => {
  let ask: typeof Steps.ask;
  let pick: Pick;
  const frame = { title: 'Train', placeholder: 'Which?', step: 1, steps: 1, canGoBack: false };

  before(async () => {
    stubVscode({ window: { createQuickPick: () => (pick = new Pick()) }, QuickInputButtons: {} });
    ({ ask } = await import('../../../../src/vscode/commands/train/steps'));
  });

  it('is shown at once, busy until its answers are known', async () => {
    let know = (_items: { label: string; value: string }[]): void => undefined;
    const later = new Promise<{ label: string; value: string }[]>((resolve) => (know = resolve));
    const answer = ask<string>({ ...frame, items: later });
    assert.deepEqual([pick.isShown, pick.busy, pick.items.length], [true, true, 0]);
    // Enter finds nothing to choose yet.
    pick.accept();
    know([{ label: '2d', value: '2d' }]);
    await later;
    assert.deepEqual([pick.busy, pick.items[0]?.label], [false, '2d']);
    pick.selectedItems = [pick.items[0]!];
    pick.accept();
    assert.equal(await answer, '2d');
    assert.ok(pick.isDisposed);
  });

  it('goes when the answers cannot be found out, which is told', async () => {
    const answer = ask<string>({ ...frame, items: Promise.reject(new Error('no plans')) });
    await assert.rejects(answer, /no plans/);
    assert.ok(pick.isDisposed);
  });

  it('may be left before its answers are known', async () => {
    const answer = ask<string>({ ...frame, items: new Promise(() => undefined) });
    pick.hide();
    assert.equal(await answer, undefined);
  });
});
