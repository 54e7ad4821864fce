import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { applyEdits } from 'jsonc-parser/lib/esm/main.js';
import type { Finding } from '../../../../src/dataset/findings';
import { type DatasetJson, validateDatasetJson } from '../../../../src/method/datasetJson';
import { DatasetError } from '../../../../src/method/errors';
import { keysInFileOrder, parseJson } from '../../../../src/method/jsonReader';
import { explainAt } from '../../../../src/vscode/diagnostics/explain';
import { mostProblems, problemsOf } from '../../../../src/vscode/diagnostics/problems';
import { type DatasetFacts, quickFixes } from '../../../../src/vscode/diagnostics/quickFixes';

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

/** The text after the fix that is offered first; undefined where none is. */
function fixed(found: Partial<Finding>, before: string, facts?: DatasetFacts): string | undefined {
  const [fix] = quickFixes(finding(found), before, facts);
  return fix && applyEdits(before, fix.edits());
}

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
      const after = fixed({ code }, before);
      assert.ok(after !== undefined);
      assert.equal(brokenRule(after), undefined);
      assert.match(after, /"numTraining": 3,\n {4}"file_ending"/);
    });
  }

  it('rename a "Background", and give regions values that agree with the labels', () => {
    const capital = text.replace('"background"', '"Background"');
    assert.equal(fixed({ code: 'dataset-json-background' }, capital), text);
    const wrong = text.replace('[1, 2],\n    "num', '[2, 1],\n    "num');
    assert.match(fixed({ code: 'regions-order' }, wrong)!, /"regions_class_order": \[\s*1,\s*2\s*\]/);
  });

  it('put the background first', () => {
    const before = text.replace('"background": 0,', '');
    const after = fixed({ code: 'dataset-json-background' }, before)!;
    const { labels } = parseJson(after) as { labels: object };
    assert.equal(keysInFileOrder(labels)[0], 'background');
  });

  it('take the count of cases from the finding', () => {
    const after = fixed({ code: 'num-training', count: 20 }, text);
    assert.match(after!, /"numTraining": 20,/);
  });

  it('insert a missing comma where it is said to be missing, one after the other', () => {
    const before = text.replace('"background": 0,', '"background": 0').replace('3\n    },', '3\n    }');
    const message = { message: 'Comma missing after line 4' };
    assert.throws(() => parseJson(before), message);
    const once = fixed({ code: 'json-comma' }, before)!;
    assert.throws(() => parseJson(once), { message: 'Comma missing after line 8' });
    assert.equal(fixed({ code: 'json-comma' }, once), text);
    const windows = before.replaceAll('\n', '\r\n');
    const corrected = fixed({ code: 'json-comma' }, fixed({ code: 'json-comma' }, windows)!)!;
    assert.equal(corrected, text.replaceAll('\n', '\r\n'));
  });

  it('remove a comma that nothing follows', () => {
    const before = text.replace('"ignore": 3', '"ignore": 3,');
    assert.equal(fixed({ code: 'json-trailing-comma' }, before), text);
  });

  it('declare the labels that all masks hold, in regions, too', () => {
    const before = text.replace(/,\s*"ignore": 3/, '');
    const one = { code: 'label-undeclared', values: [3] };
    const facts = { folder: '/d', cases: [], findings: [finding(one), finding({ ...one, values: [4, 3] })] };
    const json = parseJson(fixed(one, before, facts)!) as DatasetJson;
    validateDatasetJson(json);
    assert.deepEqual(json.labels, { background: 0, kidney: [1, 2], tumour: 2, label_3: 3, label_4: 4 });
    assert.deepEqual(json.regions_class_order, [1, 2, 3, 4]);
    assert.equal(quickFixes(finding(one), before, facts)[0]!.title, 'Declare labels 3, 4, found in the masks');
    // What would leave a gap, or come after "ignore", a person must decide.
    const plain = text.replace('"kidney": [1, 2]', '"kidney": 1').replace('"regions_class_order": [1, 2],', '');
    assert.equal(brokenRule(plain), undefined);
    assert.equal(fixed({ ...one, values: [7] }, plain), undefined);
    assert.equal(fixed({ ...one, values: [4] }, plain), undefined);
  });

  it('exclude cases without a label, by listing the others', () => {
    const cases = ['a', 'b', 'c'].map((id) => {
      const images = [0, 1].map((channel) => join('/d', 'imagesTr', `${id}_000${channel}.nii.gz`));
      return { id, images, label: join('/d', 'labelsTr', `${id}.nii.gz`) };
    });
    const missing = (id: string): Finding => finding({ code: 'label-missing', case: id });
    const facts = { folder: '/d', cases, findings: [missing('b'), missing('c')] };
    const once = fixed(missing('b'), text, facts)!;
    const json = parseJson(once) as DatasetJson;
    validateDatasetJson(json);
    assert.equal(json.numTraining, 2);
    assert.deepEqual(json.dataset!['a'], {
      images: ['imagesTr/a_0000.nii.gz', 'imagesTr/a_0001.nii.gz'],
      label: 'labelsTr/a.nii.gz',
    });
    assert.deepEqual(Object.keys(json.dataset!), ['a', 'c']);
    // The list that is there now only loses an entry.
    const left = cases.filter(({ id }) => id !== 'b');
    const again = parseJson(fixed(missing('c'), once, { ...facts, cases: left })!) as DatasetJson;
    assert.deepEqual([Object.keys(again.dataset!), again.numTraining], [['a'], 1]);
    const [, all] = quickFixes(missing('b'), text, facts);
    assert.equal(all!.title, 'Exclude all 2 cases without a label');
    assert.deepEqual(parseJson(applyEdits(text, all!.edits())), again);
  });

  it('offer nothing for a text that is no JSON, and for what only a person can decide', () => {
    assert.equal(fixed({ code: 'dataset-json-ignore' }, '{ "labels": '), undefined);
    assert.equal(fixed({ code: 'dataset-json-consecutive' }, text), undefined);
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
