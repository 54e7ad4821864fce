/** Are questions there before their answers are known, with a way back, and is nothing lost where one leaves? */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { line as Line } from '../../../../src/vscode/wizard/line';
import type * as List from '../../../../src/vscode/wizard/list';
import type * as Files from '../../../../src/vscode/wizard/files';
import type * as Questions from '../../../../src/vscode/wizard/questions';
import type { Asker, Frame } from '../../../../src/vscode/wizard/walk';
import { stubVscode } from '../vscodeStub';
import { Screen } from './quickInputs';

const screen = new Screen();
/** Answers of the file dialogs, in order, and their titles. */
const dialogs: (string | undefined)[] = [];
const dialogTitles: string[] = [];
const backButton = { isBack: true };

describe('questions', () => {
  let line: typeof Line;
  let list: typeof List;
  let files: typeof Files;
  let questions: typeof Questions;
  let back: symbol;
  const frame: Frame = {
    title: 'Train',
    step: 2,
    steps: 3,
    canGoBack: true,
    before: undefined,
    draft: () => undefined,
  };

  before(async () => {
    stubVscode({
      window: {
        ...screen.window,
        showOpenDialog: ({ title }: { title: string }) => {
          dialogTitles.push(title);
          const path = dialogs.shift();
          return Promise.resolve(path === undefined ? undefined : [{ fsPath: path }]);
        },
      },
      l10n: {
        t: (text: string, ...values: unknown[]) => text.replace(/\{(\d)\}/g, (_, at) => String(values[Number(at)])),
      },
      QuickInputButtons: { Back: backButton },
      ProgressLocation: { Window: 10 },
      Uri: { file: (path: string) => ({ fsPath: path }) },
    });
    ({ line } = await import('../../../../src/vscode/wizard/line'));
    list = await import('../../../../src/vscode/wizard/list');
    files = await import('../../../../src/vscode/wizard/files');
    questions = await import('../../../../src/vscode/wizard/questions');
    ({ back } = await import('../../../../src/vscode/wizard/walk'));
  });

  describe('a list', () => {
    it('is shown at once, busy until its answers are known', async () => {
      let know = (_items: List.ListItem<string>[]): void => undefined;
      const later = new Promise<List.ListItem<string>[]>((resolve) => (know = resolve));
      const answer = list.oneOf({ placeholder: 'Which?', items: () => later }).show(frame);
      await Promise.resolve();
      while (screen.shown.length === 0) await new Promise((resolve) => setImmediate(resolve));
      const [shown] = screen.shown;
      assert.deepEqual(
        [shown!.isShown, shown!.busy, shown!.title, shown!.step, shown!.totalSteps],
        [true, true, 'Train', 2, 3],
      );
      // Enter finds nothing to choose yet.
      shown!.accept();
      know([{ label: '2d', value: '2d' }]);
      const pick = await screen.pick();
      pick.choose('2d');
      assert.deepEqual(await answer, { value: '2d', kept: ['2d'] });
      assert.ok(pick.isDisposed);
    });

    it('goes where the answers cannot be found out, which is told', async () => {
      const items = () => new Promise<never>((_, reject) => setImmediate(() => reject(new Error('no plans'))));
      await assert.rejects(list.oneOf({ placeholder: 'Which?', items }).show(frame), /no plans/);
      assert.ok(screen.shown.shift()!.isDisposed);
    });

    it('may be left before its answers are known', async () => {
      const answer = list
        .oneOf({ placeholder: 'Which?', items: () => new Promise<never>(() => undefined) })
        .show(frame);
      while (screen.shown.length === 0) await new Promise((resolve) => setImmediate(resolve));
      screen.shown.shift()!.escape();
      assert.equal(await answer, undefined);
    });

    it('has a way back, and the answer of before is the first at hand', async () => {
      const items = () => [
        { label: '2d', value: 1 },
        { label: '3d', value: 2 },
      ];
      const answer = list.oneOf({ placeholder: 'Which?', items }).show({ ...frame, before: ['3d'] });
      const pick = await screen.pick();
      assert.deepEqual(
        pick.activeItems.map(({ label }) => label),
        ['3d'],
      );
      assert.deepEqual(pick.buttons, [backButton]);
      pick.back();
      assert.equal(await answer, back);
      const first = list.oneOf({ placeholder: 'Which?', items }).show({ ...frame, canGoBack: false });
      const shown = await screen.pick();
      assert.deepEqual(shown.buttons, []);
      shown.escape();
      assert.equal(await first, undefined);
    });

    it('of one needs no question, of none says so', async () => {
      const one = { placeholder: 'Which?', items: () => [{ label: 'Liver', value: 7 }], takesOnly: true };
      assert.deepEqual(await list.oneOf(one).show(frame), { value: 7, kept: ['Liver'], isOnly: true });
      let said = 0;
      const none = { placeholder: 'Which?', items: () => Promise.resolve([]), empty: () => void said++ };
      assert.equal(await list.oneOf(none).show(frame), undefined);
      assert.equal(said, 1);
      assert.equal(screen.shown.length, 0);
    });

    it('knows an item again by its words, although icons in them are shown as letters', async () => {
      const items = () => [
        { label: 'a$(trash)', value: 1 },
        { label: 'b', value: 2 },
      ];
      const question = list.oneOf({ placeholder: 'Which?', items });
      const answer = question.show(frame);
      const pick = await screen.pick();
      assert.equal(pick.items[0]!.label, 'a\\$(trash)');
      pick.choose('a\\$(trash)');
      assert.deepEqual(await answer, { value: 1, kept: ['a$(trash)'] });
      assert.deepEqual(await question.recall(['a$(trash)']), { value: 1, kept: ['a$(trash)'] });
      assert.equal(await question.recall(['gone']), undefined);
    });

    it('of which several are wanted begins with what is proposed, or was chosen before', async () => {
      const items = () => [
        { label: '2d', value: '2d' },
        { label: '3d', value: '3d', picked: true },
      ];
      const drafts: unknown[] = [];
      const question = list.severalOf({ placeholder: 'Which?', items });
      const answer = question.show({ ...frame, draft: (kept) => drafts.push(kept) });
      const pick = await screen.pick();
      assert.deepEqual(
        pick.selectedItems.map(({ label }) => label),
        ['3d'],
      );
      pick.choose('2d');
      assert.deepEqual(await answer, { value: ['2d'], kept: ['2d'] });
      assert.deepEqual(drafts, [['2d']]);
      const again = question.show({ ...frame, before: ['2d'] });
      const second = await screen.pick();
      assert.deepEqual(
        second.selectedItems.map(({ label }) => label),
        ['2d'],
      );
      second.back();
      assert.equal(await again, back);
    });
  });

  describe('a line', () => {
    const validate = (text: string) => (text === '' ? 'Give it a name [x](command:y)' : undefined);

    it('says what is wrong and takes nothing that is', async () => {
      const answer = line({ title: 'Name', prompt: 'Which?', value: 'Liver', validate }).show(frame);
      const box = await screen.box();
      assert.deepEqual([box.title, box.value, box.valueSelection], ['Train: Name', 'Liver', [0, 5]]);
      box.type('');
      assert.equal(box.validationMessage, 'Give it a name [x] (command:y)');
      box.accept();
      box.type('Spleen');
      assert.equal(box.validationMessage, undefined);
      box.accept();
      assert.deepEqual(await answer, { value: 'Spleen', kept: 'Spleen' });
    });

    it('has a way back, and keeps what is typed', async () => {
      const drafts: unknown[] = [];
      const answer = line({ prompt: 'Which?' }).show({ ...frame, draft: (kept) => drafts.push(kept) });
      const box = await screen.box();
      box.type('Sp');
      box.back();
      assert.equal(await answer, back);
      assert.deepEqual(drafts, ['Sp']);
      const again = line({ prompt: 'Which?', value: 'Liver' }).show({ ...frame, before: 'Sp' });
      const second = await screen.box();
      assert.equal(second.value, 'Sp');
      second.escape();
      assert.equal(await again, undefined);
    });
  });

  it('a dialog without a way back takes Cancel for one, and says where it stands', async () => {
    const dialog = files.opened({ what: 'the images' });
    dialogs.push(undefined, undefined, __filename);
    assert.equal(await dialog.show(frame), back);
    assert.equal(await dialog.show({ ...frame, canGoBack: false }), undefined);
    assert.deepEqual(await dialog.show(frame), { value: [__filename], kept: [__filename] });
    assert.equal(dialogTitles[0], 'Train (2 of 3): the images');
    assert.deepEqual(await dialog.recall([__filename]), { value: [__filename], kept: [__filename] });
    assert.equal(await dialog.recall(['/nowhere/at/all']), undefined);
  });

  describe('a command that is begun again', () => {
    const name = () => line({ title: 'Name', prompt: 'Name?', value: 'Dataset' });
    const body = async (asker: Asker) => {
      const kind = await asker.ask(
        'kind',
        list.oneOf({
          placeholder: 'Kind?',
          items: () => [
            { label: 'CT', value: 'ct' },
            { label: 'MR', value: 'mr' },
          ],
        }),
      );
      return [kind, await asker.ask('name', name())];
    };
    const begin = (id: string, act = (answers: string[]) => Promise.resolve(answers)) =>
      questions.askThen({ id, title: 'Create', steps: 2 }, body, act);

    it('offers to go on where it was left, with what was typed', async () => {
      const left = begin('left');
      (await screen.pick()).choose('MR');
      const box = await screen.box();
      box.type('Spl');
      box.escape();
      assert.equal(await left, undefined);
      const again = begin('left');
      const offered = await screen.pick();
      assert.deepEqual(
        offered.items.map(({ label, detail }) => [label, detail]),
        [
          ['Go On', 'MR'],
          ['Begin Anew', undefined],
        ],
      );
      offered.choose('Go On');
      const second = await screen.box();
      assert.equal(second.value, 'Spl');
      second.type('Spleen');
      second.accept();
      assert.deepEqual(await again, ['mr', 'Spleen']);
    });

    it('begins anew where that is wanted, and after it has done its work', async () => {
      const left = begin('anew');
      (await screen.pick()).choose('MR');
      (await screen.box()).escape();
      await left;
      const again = begin('anew');
      (await screen.pick()).choose('Begin Anew');
      const kinds = await screen.pick();
      assert.deepEqual(kinds.activeItems, []);
      kinds.choose('CT');
      const box = await screen.box();
      assert.equal(box.value, 'Dataset');
      box.accept();
      assert.deepEqual(await again, ['ct', 'Dataset']);
      const third = begin('anew');
      const pick = await screen.pick();
      assert.equal(pick.placeholder, 'Kind?');
      pick.escape();
      assert.equal(await third, undefined);
    });

    it('is the same question where only the first was left', async () => {
      const left = begin('first');
      (await screen.pick()).escape();
      await left;
      const again = begin('first');
      const pick = await screen.pick();
      assert.equal(pick.placeholder, 'Kind?');
      pick.escape();
      await again;
    });

    it('keeps the answers when its work failed, and asks the last question again', async () => {
      const failing = begin('failed', () => Promise.reject(new Error('The name is taken')));
      (await screen.pick()).choose('MR');
      (await screen.box()).accept();
      await assert.rejects(failing, /The name is taken/);
      const again = begin('failed');
      (await screen.pick()).choose('Go On');
      const box = await screen.box();
      box.type('Another');
      box.accept();
      assert.deepEqual(await again, ['mr', 'Another']);
    });
  });
});
