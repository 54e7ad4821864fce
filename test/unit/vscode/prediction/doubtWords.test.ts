import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { doubtDetail, doubtQuestion } from '../../../../src/vscode/prediction/doubtWords';

const doubt = (id: string, message: string) => ({ case: id, code: 'x', message, advice: 'Do this.' });

describe('what makes a prediction doubtful', () => {
  it('is said of one image without its name, with what it costs', () => {
    const cost = { seconds: 200, bytes: 2 ** 30, deviceBytes: 2 ** 30, availableBytes: 2 ** 34 };
    assert.equal(
      doubtDetail({ doubts: [doubt('scan', 'It is CT.')], cost }),
      'It is CT. Do this.\n\nAbout 3 min on the processor (less on a GPU, in about 1.0 GB of its memory) and 1.0 GB of memory.',
    );
  });

  it('is said once for several images, and not without end', () => {
    const same = doubtDetail({
      doubts: [doubt('a', 'It is CT.'), doubt('b', 'It is CT.'), doubt('c', 'It is large.')],
    });
    assert.equal(same, 'a (and 1 more): It is CT. Do this.\n\nc: It is large. Do this.');
    const many = doubtDetail({ doubts: Array.from({ length: 20 }, (_, at) => doubt(`c${at}`, `Size ${at}.`)) });
    assert.match(many, /c5: Size 5\. Do this\.\n\nAnd 14 more\.$/);
    assert.equal(doubtDetail({}), '');
  });

  it('is memory that will hardly do, too', () => {
    const cost = { seconds: 200, bytes: 2 ** 34, deviceBytes: 2 ** 30, availableBytes: 2 ** 33 };
    assert.match(doubtQuestion({ cost }) ?? '', /too little memory/);
    assert.match(doubtDetail({ cost }), /16\.0 GB of memory\. Only 8\.0 GB are free: close other programs/);
    const doubts = [doubt('scan', 'It is CT.')];
    assert.match(doubtQuestion({ cost, doubts }) ?? '', /unlike what the model was trained on/);
    assert.match(doubtDetail({ cost, doubts }), /It is CT[^]*Only 8\.0 GB are free/);
    assert.equal(doubtQuestion({ cost: { ...cost, availableBytes: 2 ** 35 }, doubts: [] }), undefined);
  });
});
