import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyEdits } from 'jsonc-parser/lib/esm/main.js';
import type { Finding } from '../../../../src/dataset/findings';
import { validateDatasetJson } from '../../../../src/method/datasetJson';
import { DatasetError } from '../../../../src/method/errors';
import { keysInFileOrder, parseJson } from '../../../../src/method/json';
import { explainAt } from '../../../../src/vscode/diagnostics/explain';
import { mostProblems, problemsOf } from '../../../../src/vscode/diagnostics/problems';
import { quickFix } from '../../../../src/vscode/diagnostics/quickFixes';

const text = `{
    "channel_names": { "0": "CT", "1": "T2" },
    "labels": {
        "background": 0,
        "kidney": [1, 2],
        "tumour": 2,
        "ignore": 3
    },
    "regions_class_order": [1, 2],
    "numTraining": 3,
    "file_ending": ".nii.gz"
}
`;

const finding = (part: Partial<Finding>): Finding => ({ code: 'x', severity: 'error', message: 'wrong', ...part });
const shown = (part: { offset: number; length: number }): string => text.slice(part.offset, part.offset + part.length);

describe('problems in dataset.json', () => {
  it('stand where the finding says, or at the key they have to do with', () => {
    const problems = problemsOf(
      [
        finding({ code: 'dataset-json-ignore', file: 'dataset.json', line: 7, column: 9 }),
        finding({ code: 'num-training', file: 'dataset.json' }),
        finding({ code: 'label-missing', case: 'a', file: 'labelsTr/a.nii.gz' }),
        finding({ code: 'no-foreground', file: 'labelsTr' }),
        finding({ code: 'regions-order', file: 'dataset.json', line: 9, column: 5 }),
        finding({ code: 'split-unknown-case', file: 'splits_final.json' }),
      ],
      text,
    );
    const expected = ['"ignore"', '"numTraining"', '{', '"labels"', '"regions_class_order"', '{'];
    assert.deepEqual(problems.map(shown), expected);
    assert.equal(problems[2]!.message, 'Case a: wrong');
    assert.equal(problems[5]!.message, 'splits_final.json: wrong');
  });

  it('put errors first and sum up what is too much', () => {
    const many = Array.from({ length: mostProblems + 5 }, (_, i) => finding({ case: String(i), severity: 'warning' }));
    const problems = problemsOf([...many, finding({ message: 'an error' })], text);
    assert.equal(problems.length, mostProblems + 1);
    assert.equal(problems[0]!.message, 'an error');
    assert.match(problems.at(-1)!.message, /^6 further findings/);
  });

  it('can be shown for a file that is empty', () => {
    assert.deepEqual(
      problemsOf([finding({})], '').map(({ offset, length }) => [offset, length]),
      [[0, 0]],
    );
  });
});

/** The code of the first rule that a text breaks. */
function brokenRule(json: string): string | undefined {
  try {
    validateDatasetJson(parseJson(json));
    return undefined;
  } catch (error) {
    assert.ok(error instanceof DatasetError);
    return error.code;
  }
}

describe('quick fixes', () => {
  const cases: [name: string, before: string][] = [
    ['background', text.replace('"background": 0,', '')],
    ['ignore', text.replace('"ignore": 3', '"ignore": 9')],
    ['regions', text.replace('"regions_class_order": [1, 2],', '')],
    ['version-1', text.replace(/"labels": \{[^}]*\}/, '"labels": { "0": "background", "1": "liver" }')],
  ];
  for (const [name, before] of cases) {
    it(`correct ${name}`, () => {
      const code = brokenRule(before);
      assert.equal(code, `dataset-json-${name}`);
      const fix = quickFix({ code }, before);
      assert.ok(fix);
      const after = applyEdits(before, fix.edits);
      assert.equal(brokenRule(after), undefined);
      assert.match(after, /"numTraining": 3,\n {4}"file_ending"/);
    });
  }

  it('rename a "Background", and give regions values that agree with the labels', () => {
    const capital = text.replace('"background"', '"Background"');
    assert.equal(applyEdits(capital, quickFix({ code: 'dataset-json-background' }, capital)!.edits), text);
    const wrong = text.replace('[1, 2],\n    "num', '[2, 1],\n    "num');
    assert.match(
      applyEdits(wrong, quickFix({ code: 'regions-order' }, wrong)!.edits),
      /"regions_class_order": \[\s*1,\s*2\s*\]/,
    );
  });

  it('put the background first', () => {
    const before = text.replace('"background": 0,', '');
    const after = applyEdits(before, quickFix({ code: 'dataset-json-background' }, before)!.edits);
    const { labels } = parseJson(after) as { labels: object };
    assert.equal(keysInFileOrder(labels)[0], 'background');
  });

  it('take the count of cases from the finding', () => {
    const fix = quickFix({ code: 'num-training', count: 20 }, text);
    assert.match(applyEdits(text, fix!.edits), /"numTraining": 20,/);
  });

  it('offer nothing for a text that is no JSON, and for what only a person can decide', () => {
    assert.equal(quickFix({ code: 'dataset-json-ignore' }, '{ "labels": '), undefined);
    assert.equal(quickFix({ code: 'dataset-json-consecutive' }, text), undefined);
  });
});

describe('hovering in dataset.json', () => {
  const explain = (word: string): string | undefined => explainAt(text, text.indexOf(word) + 2)?.text;

  it('explains how a channel is normalized and what its files are called', () => {
    assert.match(explain('"CT"')!, /Channel 0: CT.*CASE_0000.*CTNormalization/s);
    assert.match(explain('"T2"')!, /Channel 1: T2.*CASE_0001.*ZScoreNormalization/s);
  });

  it('explains regions, labels, background and ignore', () => {
    assert.match(explain('"kidney"')!, /region made of the label values 1, 2 \(tumour\).*written as 1/s);
    assert.match(explain('"tumour"')!, /class 2 of 2/);
    assert.match(explain('"background"')!, /everything that is no label/);
    assert.match(explain('"ignore"')!, /nobody annotated/);
  });

  it('says nothing elsewhere', () => {
    assert.equal(explain('"file_ending"'), undefined);
    assert.equal(explainAt(text, text.length), undefined);
  });
});
