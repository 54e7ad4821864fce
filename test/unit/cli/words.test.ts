import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatDuration, parseDuration } from '../../../src/runs/duration';
import { parseFold, parseFolds } from '../../../src/cli/folds';
import { Output } from '../../../src/cli/output';
import { closest } from '../../../src/method/closest';
import { DatasetError } from '../../../src/method/errors';
import { table } from '../../../src/runs/table';

describe('durations', () => {
  it('reads what people write', () => {
    const cases: [string, number][] = [
      ['20m', 1200],
      ['90s', 90],
      ['1h30m', 5400],
      ['1.5h', 5400],
      ['2d', 172800],
      ['15 min', 900],
      ['2hours', 7200],
    ];
    for (const [text, seconds] of cases) assert.equal(parseDuration(text), seconds, text);
  });
  it('refuses numbers without a unit, words and nothing', () => {
    for (const text of ['20', 'soon', '', '0m', '5m!', '-5m', '1h x']) assert.throws(() => parseDuration(text), text);
  });
  it('writes two units at most', () => {
    const cases: [number, string][] = [
      [0.42, '0.4 s'],
      [45.2, '45 s'],
      [59.8, '1 min'],
      [200, '3 min 20 s'],
      [3600, '1 h'],
      [3599.6, '1 h'],
      [7500, '2 h 5 min'],
      [90000, '1 d 1 h'],
    ];
    for (const [seconds, text] of cases) assert.equal(formatDuration(seconds), text);
  });
});

describe('folds', () => {
  it('reads numbers, lists and "all"', () => {
    assert.equal(parseFold('7'), 7);
    assert.equal(parseFold('all'), 'all');
    assert.deepEqual(parseFolds(['0', '1', '2']), [0, 1, 2]);
    assert.deepEqual(parseFolds(['0,1,2,1']), [0, 1, 2]);
    assert.deepEqual(parseFolds(['all']), ['all']);
  });
  it('refuses negative numbers and other words', () => {
    for (const text of ['-1', 'every', '1.5', '', '99999999']) assert.throws(() => parseFold(text), text);
    assert.throws(() => parseFolds([',']));
  });
});

describe('suggestions', () => {
  it('find the word that was meant, and nothing when nothing is close', () => {
    const commands = ['train', 'predict', 'preprocess', 'plan', 'evaluate'];
    assert.equal(closest('trian', commands), 'train');
    assert.equal(closest('prepocess', commands), 'preprocess');
    assert.equal(closest('eval', commands), 'evaluate');
    assert.equal(closest('xyz', commands), undefined);
  });
});

describe('a table', () => {
  it('aligns numbers to the right and words to the left', () => {
    assert.deepEqual(
      table(
        ['label', 'Dice'],
        [
          ['liver', '0.95'],
          ['a', '-'],
        ],
      ),
      ['label  Dice', 'liver  0.95', 'a         -'],
    );
  });
});

describe('progress output', () => {
  const capture = ({ isTTY = false, json = false }) => {
    let out = '';
    let err = '';
    const output = new Output(
      json,
      { write: (text: string) => (out += text) },
      { write: (text: string) => (err += text), isTTY, columns: 80 },
    );
    return { output, texts: () => ({ out, err }) };
  };
  it('is a few plain lines off a terminal, and leaves stdout alone', (test) => {
    test.mock.timers.enable({ apis: ['Date'] });
    const { output, texts } = capture({});
    output.progress({ stage: 'preprocess', state: 'started', total: 100 });
    for (let done = 1; done <= 100; done += 1) {
      test.mock.timers.tick(1000);
      output.progress({ stage: 'preprocess', state: 'progress', done, total: 100 });
    }
    output.progress({ stage: 'preprocess', state: 'done' });
    output.result({ cases: 100 });
    const { out, err } = texts();
    assert.equal(out, '');
    const lines = err.trim().split('\n');
    assert.ok(lines.length >= 8 && lines.length <= 13, err);
    assert.ok(!err.includes('\r'));
  });
  it('is one line that is drawn again on a terminal', () => {
    const { output, texts } = capture({ isTTY: true });
    output.progress({ stage: 'train', state: 'progress', done: 1, total: 4 });
    output.warn('careful');
    output.progress({ stage: 'train', state: 'done', done: 4, total: 4 });
    const { err } = texts();
    assert.equal(err.split('\n').length, 3);
    assert.match(err, /█.* 1\/4/);
    assert.match(err, /\r\u001b\[Kwarning: careful\n/);
  });
  it('is events with --json, one object in a line, and the result alone on stdout', () => {
    const { output, texts } = capture({ json: true, isTTY: true });
    const time = '2026-01-02T03:04:05.000Z';
    output.event({ type: 'stage', time, stage: 'plan', state: 'progress', done: 1, total: 2 });
    output.progress({ stage: 'check', state: 'started' });
    output.warn('careful', 'be-careful');
    output.note('by the way');
    output.line('Plans: /a');
    output.error(new DatasetError('bad', 'It is bad', { where: '/a', hint: 'Mend it.' }));
    output.result({ cases: 100 });
    const { out, err } = texts();
    assert.deepEqual(JSON.parse(out), { cases: 100 });
    const events = err
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; time: string });
    assert.deepEqual(events[0], { type: 'stage', time, stage: 'plan', state: 'progress', done: 1, total: 2 });
    assert.ok(events.every((event) => !Number.isNaN(Date.parse(event.time))));
    assert.deepEqual(
      events.slice(1).map(({ time: _, ...rest }) => rest),
      [
        { type: 'stage', stage: 'check', state: 'started' },
        { type: 'warning', code: 'be-careful', message: 'careful' },
        { type: 'note', message: 'by the way' },
        { type: 'note', message: 'Plans: /a' },
        { type: 'error', code: 'bad', message: 'It is bad', hint: 'Mend it.', where: '/a' },
      ],
    );
  });
});
