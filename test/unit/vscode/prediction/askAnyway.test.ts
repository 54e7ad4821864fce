/** Is a person asked before a prediction that is likely to be wrong or to fail, and only then? Both commands ask through this. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type * as AskAnyway from '../../../../src/vscode/prediction/askAnyway';
import { stubVscode } from '../vscodeStub';

describe('before a prediction', () => {
  let ask: typeof AskAnyway.askAnyway;
  const asked: { question: string; detail: string; isModal: boolean; answers: string[] }[] = [];
  let answer: string | undefined;

  before(async () => {
    const show = async (question: string, options: { modal: boolean; detail: string }, ...answers: string[]) => {
      asked.push({ question, detail: options.detail, isModal: options.modal, answers });
      return answer;
    };
    stubVscode({ l10n: { t: (text: string) => text }, window: { showWarningMessage: show } });
    ({ askAnyway: ask } = await import('../../../../src/vscode/prediction/askAnyway'));
  });

  const doubts = [{ case: 'p1', code: 'ct', message: 'It looks like CT.', advice: 'Choose another model.' }];
  const cost = { seconds: 20, bytes: 2 ** 30, deviceBytes: 2 ** 30, availableBytes: 2 ** 33 };

  it('nothing is asked where nothing is doubtful', async () => {
    assert.equal(await ask({ doubts: [], cost }), true);
    assert.equal(await ask({}), true);
    assert.deepEqual(asked, []);
  });

  it('doubts have to be answered, and leaving the question means no', async () => {
    answer = 'Predict Anyway';
    assert.equal(await ask({ doubts, cost }), true);
    answer = undefined;
    assert.equal(await ask({ doubts, cost }), false);
    const [{ question, detail, isModal, answers }] = asked as [(typeof asked)[number]];
    assert.ok(isModal);
    assert.match(question, /may be wrong/);
    assert.match(detail, /It looks like CT\. Choose another model\./);
    assert.deepEqual(answers, ['Predict Anyway']);
  });

  it('too little memory has, too', async () => {
    asked.splice(0);
    assert.equal(await ask({ cost: { ...cost, availableBytes: 2 ** 29 } }), false);
    assert.match(asked[0]!.question, /too little memory/);
  });
});
