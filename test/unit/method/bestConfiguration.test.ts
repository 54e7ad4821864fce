import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bestOf, candidatesOf, type ScoredCandidate } from '../../../src/method/bestConfiguration';
import { caseMetrics, summarize } from '../../../src/method/evaluation';

const absent = { tp: 0, fp: 0, fn: 0, tn: 100 };

function scored(identifier: string, ...dice: (number | undefined)[]): ScoredCandidate {
  const counts = dice.map((tp) => (tp === undefined ? absent : { tp, fp: 100 - tp, fn: 100 - tp, tn: 0 }));
  const classes = dice.map((_, at) => at + 1);
  const summary = summarize([caseMetrics(counts, classes, { prediction_file: 'p', reference_file: 'r' })], classes);
  return { identifier, members: [identifier], summary };
}

describe('the best configuration', () => {
  it('is looked for among single models, then all pairs, in order', () => {
    const names = candidatesOf(['a', 'b', 'c'], [0, 1, 4], true).map(({ identifier }) => identifier);
    assert.deepEqual(names, [
      'a',
      'b',
      'c',
      'ensemble___a___b___0_1_4',
      'ensemble___a___c___0_1_4',
      'ensemble___b___c___0_1_4',
    ]);
    assert.deepEqual(
      candidatesOf(['a', 'b'], [0], false).map(({ members }) => members),
      [['a'], ['b']],
    );
  });

  it('has the highest mean over the classes; of equals the first is taken', () => {
    assert.equal(bestOf([scored('a', 80, 60), scored('b', 90, 51), scored('c', 51, 90)]).identifier, 'b');
    assert.equal(bestOf([scored('a', 80), scored('b', 80)]).identifier, 'a');
  });

  it('is none whose mean is no number, as long as another has one', () => {
    assert.equal(bestOf([scored('a', undefined, 90), scored('b', 10, 20)]).identifier, 'b');
  });

  it('is decided by the classes that occur where one occurs in no case', () => {
    assert.equal(bestOf([scored('a', undefined, 80), scored('b', undefined, 90)]).identifier, 'b');
    assert.throws(() => bestOf([scored('a', undefined)]), { code: 'no-score' });
  });
});
